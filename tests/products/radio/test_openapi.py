"""The API description and its page: valid, complete, and rendered with no internet."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from colonnade.app.site import Site
from colonnade.kernel.http import build_litestar, list_routes
from colonnade.kernel.testing import LiveServer
from colonnade.products.radio.product import PRODUCT

UNKNOWN = "00000000-0000-4000-8000-000000000000"
CLIENTS = Path(__file__).parents[2] / "clients"


async def _run(*command, cwd=CLIENTS, timeout=60):
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
    )
    out, err = await asyncio.wait_for(process.communicate(), timeout)
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
async def document(radio):
    """The description as clients get it."""
    answer = await (await radio.http()).get("/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def _operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


@pytest.mark.node
async def test_redocly_has_nothing_to_say(document, tmp_path):
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    code, out, err = await _run(
        str(CLIENTS / "node_modules/.bin/redocly"),
        "lint",
        "--config",
        "redocly.yaml",
        "--format",
        "json",
        str(file),
    )
    report = json.loads(out)
    assert report["problems"] == [], err
    assert code == 0


def test_every_public_route_is_described(document):
    hidden = ("/health", "/metrics", "/openapi.json", "/api-docs", "/uploads", "/_dev")
    written = {
        (route.method.lower(), re.sub(r":\w+\}", "}", route.path))
        for route in list_routes(build_litestar(PRODUCT))
        if not route.path.startswith(hidden)
    }
    assert {(method, path) for method, path, _ in _operations(document)} == written
    assert document["openapi"].startswith("3.1")


def test_every_operation_is_complete(document):
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert all(tags.values())
    ids = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(ids) == len(set(ids))
    access = {
        (r.method.lower(), re.sub(r":\w+\}", "}", r.path)): r.access
        for r in list_routes(build_litestar(PRODUCT))
    }
    for method, path, operation in _operations(document):
        where = f"{method} {path}"
        assert set(operation["tags"]) <= set(tags), where
        assert " " in operation["summary"], where
        assert not operation["summary"].endswith((".", ";", ":")), where
        assert operation["summary"].count("(") == operation["summary"].count(")"), where
        assert len(operation["summary"]) <= 100, where
        permission = access[method, path]
        anonymous = {} in operation["security"]
        assert {"bearer": []} in operation["security"], where
        assert anonymous == (permission == "anyone"), where
        if ":" in permission:
            assert f"`{permission}`" in operation["description"], where
        statuses = set(operation["responses"])
        assert {"400", "401", "422", "429", "500", "503"} <= statuses, where
        assert ("403" in statuses) or anonymous, where
        assert ("404" in statuses) or "{" not in path, where
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert "example" in content, where
        successes = [status for status in statuses if status.startswith("2")]
        assert len(successes) == 1, where
        if successes != ["204"]:
            assert "example" in operation["responses"][successes[0]]["content"]["application/json"], where


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
    admin = await radio.http("admin")
    for method, path, operation in _operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None or path.startswith("/auth"):
            continue
        radio.services.limiter._meters.clear()
        url = re.sub(r"\{(session_id|prayer_id|request_id)\}", UNKNOWN, path)
        url = re.sub(r"\{\w+\}", "999", url)
        answer = await admin.request(method.upper(), url, json=content["example"])
        assert answer.status_code in (200, 201, 204, 401, 404, 409, 422), (method, path, answer.text)
        if answer.status_code == 422:
            # Fields may not go together, or not with an empty station; each by itself is valid.
            wrong = r"must be (at |a |an |true)|does not allow the value|Invalid .* format|is required"
            complaints = answer.json()["error"].get("details", {"": "is required"})
            assert not [text for text in complaints.values() if re.search(wrong, text)], (
                method,
                path,
                complaints,
            )


async def test_the_document_knows_where_it_is_mounted(radio):
    client = await radio.http()
    assert (await client.get("/openapi.json")).json()["servers"] == [{"url": "/"}]
    from colonnade.app.compose import RunningProduct

    running = RunningProduct(radio.services, with_worker=False)
    async with LiveServer(Site([running], single=False, show_logins=False, grace_seconds=1)) as server:
        import httpx

        async with httpx.AsyncClient(base_url=server.url) as gateway:
            assert (await gateway.get("/radio/openapi.json")).json()["servers"] == [{"url": "/radio"}]
            host = {"Host": "radio.localhost"}
            assert (await gateway.get("/openapi.json", headers=host)).json()["servers"] == [{"url": "/"}]


@pytest.mark.browser
@pytest.mark.node
@pytest.mark.parametrize("path", ["/api-docs", "/api-docs/"])
async def test_the_page_renders_with_nothing_from_elsewhere(radio, document, path):
    chromium = (
        os.environ.get("COLONNADE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    code, out, err = await _run("node", "docs_page.js", str(chromium), f"{radio.url}{path}")
    assert code == 0, err
    found = json.loads(out)
    assert found["title"] == "El Shaddai FM – API"
    assert sorted(found["operations"]) == sorted(f"{m.upper()} {p}" for m, p, _ in _operations(document))
    hosts = {urlsplit(url).netloc for url in found["requests"] if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(radio.url).netloc}
    assert found["failed"] == []
    assert found["complaints"] == []
    assert found["status"] == "200"


async def test_assets_of_the_page(radio):
    client = await radio.http()
    for name, kind in (("swagger-ui.css", "text/css"), ("swagger-ui-bundle.js", "application/javascript")):
        answer = await client.get(f"/api-docs/assets/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["cache-control"] == "public, max-age=86400"
        again = await client.get(
            f"/api-docs/assets/{name}", headers={"If-None-Match": answer.headers["etag"]}
        )
        assert again.status_code == 304
    for name in ("../docs.py", "..%2fdocs.py", "index.html", "start.js.map"):
        assert (await client.get(f"/api-docs/assets/{name}")).status_code == 404
