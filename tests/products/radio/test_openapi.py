"""The API description and its page: valid, complete, and rendered with no internet."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from colonnade.app.site import Site
from colonnade.kernel.testing import (
    NO_TLS,
    LiveServer,
    find_gaps,
    lint_description,
    list_operations,
    refused_examples,
    run_command,
    strange_sentences,
    undescribed,
)
from colonnade.products.radio.product import PRODUCT

CLIENTS = Path(__file__).parents[2] / "clients"


@pytest.fixture
async def document(radio):
    """Return the description as clients get it."""
    answer = await (await radio.http()).get("/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


@pytest.mark.node
async def test_redocly_has_nothing_to_say(document, tmp_path):
    assert await lint_description(document, CLIENTS, tmp_path) == []


def test_every_public_route_is_described(document):
    assert undescribed(document, PRODUCT) == []
    assert document["openapi"].startswith("3.1")


def test_every_operation_is_complete(document):
    assert find_gaps(document, PRODUCT) == []


def test_errors_show_themselves(document):
    responses = document["components"]["responses"]
    for name, response in responses.items():
        example = response["content"]["application/json"]["example"]
        assert example["success"] is False
        assert set(example["error"]) >= {"code", "message", "timestamp", "requestId"}, name
        assert "X-Request-Id" in response["headers"]
    assert (
        responses["Error422"]["content"]["application/json"]["example"]["error"]["code"] == "VALIDATION_ERROR"
    )
    assert "Retry-After" in responses["Error429"]["headers"]


async def test_examples_of_bodies_are_understood(radio, document):
    """Whatever else is wrong with them here, their fields are valid."""

    async def before():
        radio.forget_limits()

    refused = await refused_examples(
        await radio.http("admin"),
        document,
        details_of=lambda body: body["error"].get("details"),
        leave_out=("/auth", "/account", "/livechat/session"),  # whose codes are nobody's
        before=before,
    )
    assert refused == []


KNOWN = re.compile(
    r"Ends at must be after starts at|There is no such (?:category|partnership type)"
    r"|This slot is not broadcast on that date|A cancelled broadcast has no programme"
)
"""What rules over several fields say."""


async def test_every_refusal_is_in_a_known_form(radio, document):
    async def before():
        radio.forget_limits()

    found = await strange_sentences(
        await radio.http("admin"),
        document,
        details_of=lambda body: body["error"].get("details"),
        leave_out=("/auth/logout", "/auth/refresh", "/uploads"),
        known=KNOWN,
        before=before,
    )
    assert "\n".join(sorted(found)) == ""


async def test_the_document_knows_where_it_is_mounted(radio):
    client = await radio.http()
    assert (await client.get("/openapi.json")).json()["servers"] == [{"url": "/"}]
    from colonnade.app.compose import RunningProduct

    running = RunningProduct(radio.services, with_worker=False)
    async with LiveServer(Site([running], single=False, show_logins=False, grace_seconds=1)) as server:
        import httpx

        async with httpx.AsyncClient(base_url=server.url, verify=NO_TLS) as gateway:
            assert (await gateway.get("/radio/openapi.json")).json()["servers"] == [{"url": "/radio"}]
            host = {"Host": "radio.localhost"}
            assert (await gateway.get("/openapi.json", headers=host)).json()["servers"] == [{"url": "/"}]


async def test_login_examples_are_demonstration_accounts_for_local_visits_only(radio):
    for host, expected in (("localhost", True), ("evil.example", False)):
        document = (await (await radio.http()).get("/openapi.json", headers={"Host": host})).json()
        login = document["paths"]["/auth/login"]["post"]["requestBody"]["content"]["application/json"]
        assert ("admin-elshaddai" in json.dumps(document)) is expected
        if expected:
            assert {role: example["value"]["email"] for role, example in login["examples"].items()} == {
                login.role: login.email for login in PRODUCT.demo_logins
            }
        else:
            assert login["example"]["email"] == "rina@example.org"


@pytest.mark.browser
@pytest.mark.node
@pytest.mark.parametrize(
    ("path", "width", "scheme"), [("/api-docs", "1280", "light"), ("/api-docs/", "360", "dark")]
)
async def test_the_page_renders_with_nothing_from_elsewhere(radio, document, chromium, path, width, scheme):
    command = ("node", "docs_page.js", chromium, f"{radio.url}{path}", width, scheme)
    code, out, err = await run_command(*command, folder=CLIENTS)
    assert code == 0, err
    found = json.loads(out)
    assert found["title"] == "El Shaddai FM – API"
    assert sorted(found["operations"]) == sorted(f"{m.upper()} {p}" for m, p, _ in list_operations(document))
    hosts = {urlsplit(url).netloc for url in found["requests"] if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(radio.url).netloc}
    assert found["failed"] == []
    assert found["complaints"] == []
    assert found["status"] == "200"
    look = found["look"]
    assert (look["sideways"], look["language"]) == (0, "en")
    assert (look["paper"] > 200, look["ink"] > 200) == (scheme == "light", scheme == "dark")
    by_tag, by_path, by_summary = found["filtered"].values()
    assert by_tag == [
        f"{m.upper()} {p}"
        for m, p, operation in list_operations(document)
        if "Song requests" in operation["tags"]
    ]
    assert by_path == [
        "GET /gallery/{picture_id}",
        "PUT /gallery/{picture_id}",
        "DELETE /gallery/{picture_id}",
    ]
    assert by_summary == [
        f"{m.upper()} {p}"
        for m, p, operation in list_operations(document)
        if "on air" in operation["summary"]
    ]
    assert by_summary


async def test_assets_of_the_page(radio):
    client = await radio.http()
    kinds = {"css": "text/css", "js": "application/javascript", "png": "image/png"}
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png", "docs.css", "docs.js"):
        answer = await client.get(f"/api-docs/assets/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kinds[name.rpartition(".")[2]])
        assert answer.headers["cache-control"] == "public, max-age=86400"
        again = await client.get(
            f"/api-docs/assets/{name}", headers={"If-None-Match": answer.headers["etag"]}
        )
        assert again.status_code == 304
    for name in ("../docs.py", "..%2fdocs.py", "index.html", "docs.js.map", "VERSION"):
        assert (await client.get(f"/api-docs/assets/{name}")).status_code == 404


async def test_the_page_is_current_and_runs_nothing_inline(radio):
    client = await radio.http()
    page = await client.get("/api-docs")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert re.findall("<script(?! src=)|<style| style=| on[a-z]+=", page.text) == []
    bundle = (await client.get("/api-docs/assets/swagger-ui-bundle.js")).text
    (purifier,) = re.findall(r'DOMPurify\.version="(\d+)\.(\d+)\.(\d+)"', bundle)
    (own,) = re.findall(r'PACKAGE_VERSION:"(\d+)\.(\d+)\.(\d+)"', bundle)
    assert tuple(map(int, purifier)) >= (3, 4, 16)
    assert tuple(map(int, own)) >= (5, 34, 0)


async def test_the_routes_that_honour_a_key_describe_it(radio):
    document = (await (await radio.http()).get("/openapi.json")).json()
    found = {
        f"{method.upper()} {path}"
        for method, path, operation in list_operations(document)
        if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
    }
    assert found == {
        "POST /articles",
        "POST /membership/register",
        "POST /services/prayer",
        "POST /services/song_request",
        "POST /testimonials",
    }
