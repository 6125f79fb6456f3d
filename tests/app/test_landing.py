"""The pages at the addresses that `up` prints: the gateway's, and each product's where it has no route of its own."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from colonnade.app.compose import RunningProduct, load_product, open_services
from colonnade.app.site import Site
from colonnade.kernel.http import Ok, anyone, get
from colonnade.kernel.product import Slice, load_product_settings
from colonnade.kernel.testing import LiveServer, repeated_headers, run_command

CLIENTS = Path(__file__).parents[1] / "clients"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
NOBODY = "postgresql://nobody@127.0.0.1:9/nothing"
"""No page needs a database."""


def make_site(home: Path, *names: str, single: bool = False, logins: bool = True, **more: Any) -> Site:
    """Build a site of these products, not started; `routes` replace those of the products."""
    routes = more.pop("routes", None)
    running = []
    for name in names:
        product = load_product(name)
        if routes is not None:
            product = replace(product, slices=[Slice(name="home", routes=routes)])
        settings = load_product_settings(
            product, Path("/nonexistent"), environ={}, **{"app_env": "test", "colonnade_home": home, **more}
        )
        running.append(RunningProduct(open_services(product, settings, NOBODY), with_worker=False))
    return Site(running, single=single, show_logins=logins)


async def ask(
    site: Site,
    path: str,
    *,
    peer: str = "127.0.0.1",
    host: str = "localhost:3000",
    accept: str = BROWSER,
    method: str = "GET",
) -> httpx.Response:
    """Send one request to the site, from `peer`."""
    transport = httpx.ASGITransport(app=site, client=(peer, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
        return await client.request(method, path, headers={"Host": host, "Accept": accept})


def links(page: httpx.Response) -> list[str]:
    """Return the addresses of a page's links."""
    return re.findall('<a href="([^"]+)"', page.text)


def check_page(page: httpx.Response, *, vary: str = "Accept, Origin") -> None:
    """Check that a page is HTML with a language, whose policy allows no script and no inline style but ours."""
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert int(page.headers["content-length"]) == len(page.content)
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["vary"] == vary
    assert repeated_headers(page) == []
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe-inline" not in policy
    assert page.text.startswith('<!doctype html>\n<html lang="en">')
    assert "<script" not in page.text
    assert ' style="' not in page.text


async def test_one_product_at_the_root_answers_a_browser(tmp_path):
    page = await ask(make_site(tmp_path, "radio", single=True), "/")
    check_page(page)
    assert "<title>El Shaddai FM</title>" in page.text
    assert links(page) == ["/api-docs", "/openapi.json", "/health", "/_dev/mail"]
    assert "<code>admin@elshaddaifm.id</code></td><td><code>admin-elshaddai</code>" in page.text


@pytest.mark.parametrize(
    ("path", "host", "base", "expected"),
    [
        ("/radio/", "localhost:3000", "/radio", ["/"]),
        ("/radio", "localhost:3000", "/radio", ["/"]),
        ("/", "radio.localhost:3000", "", []),
    ],
)
async def test_a_product_of_a_gateway_answers_a_browser(tmp_path, path, host, base, expected):
    page = await ask(make_site(tmp_path, "radio", "dealroom"), path, host=host)
    check_page(page)
    below = [f"{base}/{name}" for name in ("api-docs", "openapi.json", "health", "_dev/mail")]
    assert links(page) == [*expected, *below]


async def test_the_gateway_links_every_product_and_mailbox(tmp_path):
    page = await ask(make_site(tmp_path, "radio", "dealroom"), "/")
    check_page(page, vary="Accept")
    for name in ("radio", "dealroom"):
        below = [f"/{name}/{part}" for part in ("", "api-docs", "openapi.json", "health", "_dev/mail")]
        assert set(links(page)) >= {*below, f"//{name}.localhost:3000/"}
    assert "admin-elshaddai" in page.text
    assert "admin-dealroom" in page.text


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "",
        "text/html;q=0",
        "application/json, text/html;q=0.9",
        "text/*",
        "text/html;q=x",
    ],
)
@pytest.mark.parametrize(("path", "single"), [("/", True), ("/radio/", False)])
async def test_programs_still_get_the_products_own_404(tmp_path, accept, path, single):
    answer = await ask(make_site(tmp_path, "radio", single=single), path, accept=accept)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]["code"] == "NOT_FOUND"
    # A cache must not give this to a browser, nor the page to a program.
    assert answer.headers["vary"] == "Accept, Origin"
    assert repeated_headers(answer) == []


async def test_a_welcome_page_is_an_answer_like_any_other(tmp_path):
    site = make_site(tmp_path, "radio", single=True, rate_limit_global="2/minute")
    page = await ask(site, "/")
    assert re.fullmatch(r"[0-9a-f]{32}", page.headers["x-request-id"])
    assert page.headers["ratelimit-policy"] == '"global";q=2;w=60'
    assert "strict-transport-security" not in page.headers
    assert (await ask(site, "/", accept="*/*")).status_code == 404
    spent = await ask(site, "/")
    assert (spent.status_code, spent.json()["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")


async def test_only_the_root_is_a_page_and_only_to_be_read(tmp_path):
    site = make_site(tmp_path, "radio", single=True)
    assert (await ask(site, "/", method="POST")).status_code == 404
    assert (await ask(site, "/nothing")).headers["content-type"] == "application/json"
    head, page = await ask(site, "/", method="HEAD"), await ask(site, "/")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == page.headers["content-length"]


async def test_a_route_of_the_products_own_is_never_shadowed(tmp_path):
    @get("/", guards=[anyone()], include_in_schema=False)
    async def show_home() -> Ok[str]:
        return Ok("mine")

    answer = await ask(make_site(tmp_path, "radio", single=True, routes=[show_home]), "/")
    assert (answer.status_code, answer.json()) == (200, {"success": True, "data": "mine"})


@pytest.mark.parametrize(("single", "path"), [(True, "/"), (False, "/"), (False, "/radio/")])
@pytest.mark.parametrize(
    ("peer", "host"), [("127.0.0.1", "evil.example"), ("8.8.8.8", "localhost"), ("8.8.8.8", "lab.example:80")]
)
async def test_others_see_neither_logins_nor_mailbox(tmp_path, single, path, peer, host):
    page = await ask(make_site(tmp_path, "radio", single=single), path, peer=peer, host=host)
    check_page(page, vary="Accept" if (single, path) == (False, "/") else "Accept, Origin")
    assert "El Shaddai FM" in page.text
    assert "api-docs" in page.text
    assert "elshaddaifm.id" not in page.text
    assert "_dev" not in page.text


async def test_logins_are_shown_only_when_there_is_demonstration_data(tmp_path):
    page = await ask(make_site(tmp_path, "radio", single=True, logins=False), "/")
    assert "elshaddaifm.id" not in page.text
    assert "/_dev/mail" in links(page)


async def test_production_shows_neither_logins_nor_mailbox(tmp_path):
    settings = {"app_env": "production", "field_keys": "a:" + "A" * 43, "jwt_secret": "x" * 64}
    page = await ask(make_site(tmp_path, "radio", single=True, **settings), "/")
    check_page(page)
    assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    overview = await ask(make_site(tmp_path, "radio", "dealroom", **settings), "/")
    assert overview.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert links(page) == ["/api-docs", "/openapi.json", "/health"]
    assert "elshaddaifm.id" not in page.text


async def test_a_mailbox_is_linked_only_where_there_is_one(tmp_path):
    page = await ask(make_site(tmp_path, "radio", single=True, smtp_host="127.0.0.1"), "/")
    assert "_dev" not in page.text


@pytest.mark.browser
@pytest.mark.node
async def test_the_pages_fit_a_telephone_by_day_and_by_night(tmp_path, chromium):
    async with LiveServer(make_site(tmp_path, "radio", "dealroom")) as server:
        urls = (f"{server.url}/", f"{server.url}/radio/")
        code, out, err = await run_command("node", "pages.js", chromium, *urls, folder=CLIENTS)
    assert code == 0, err
    looks = json.loads(out)
    assert len(looks) == 8
    for look in looks:
        assert look["sideways"] == 0, look
        assert (look["language"], look["failed"], look["complaints"]) == ("en", [], []), look
        dark = look["colorScheme"] == "dark"
        assert (look["paper"] > 200, look["ink"] > 200) == (not dark, dark), look
    assert {look["title"] for look in looks} == {"Colonnade", "El Shaddai FM"}
