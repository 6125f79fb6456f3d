"""Reading and exporting the audit log over HTTP. The log outlives tests, so each reads from its own beginning."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from colonnade.kernel.audit import link_entries, record, verify_log
from colonnade.kernel.http import describe_product


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
async def auditor(site: Any) -> httpx.AsyncClient:
    """Provide an administrator; five entries of `thing.made` for things 1 to 5 are the newest."""
    http = (await site.sign_in("admin")).http
    for number in range(1, 6):
        async with site.db.transaction() as tx:
            await record(
                tx,
                action="thing.made",
                actor="cli",
                target=("thing", number),
                after={"number": number, "password": "hunter2", "mail": "a@b.example"},
            )
    return http


async def test_what_was_committed_is_read_at_once(site: Any, auditor: httpx.AsyncClient) -> None:
    answer = await auditor.get("/audit", params={"limit": 1})
    (entry,) = answer.json()["data"]
    assert sorted(entry) == [
        "action", "actor", "address", "after", "before", "createdAt", "id", "position", "requestId", "target",
    ]  # fmt: skip
    assert entry["action"] == "thing.made"
    assert entry["actor"] == {"kind": "system", "id": "cli", "role": None, "sessionId": None}
    assert entry["target"] == {"kind": "thing", "id": "5"}
    assert (entry["before"], entry["after"]) == (
        None,
        {"number": 5, "password": "[hidden]", "mail": "[email]"},
    )


async def test_pages_are_stable_while_the_log_grows(site: Any, auditor: httpx.AsyncClient) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while len(seen) < 5:
        params = {"limit": 2, "action": "thing.made", **({"cursor": cursor} if cursor else {})}
        answer = (await auditor.get("/audit", params=params)).json()
        seen += [entry["target"]["id"] for entry in answer["data"]]
        cursor = answer["nextCursor"]
        async with site.db.transaction() as tx:
            await record(tx, action="thing.made", actor="cli", target=("thing", "later"))
        await link_entries(site.db)
    assert seen[:5] == ["5", "4", "3", "2", "1"]


async def test_filters(site: Any, auditor: httpx.AsyncClient) -> None:
    async def ids(**params: str) -> list[str]:
        found = (await auditor.get("/audit", params={"limit": "3", **params})).json()["data"]
        return [entry["target"]["id"] for entry in found if entry["target"]]

    assert await ids(target="thing:4") == await ids(target="thing:4", action="thing.made")
    assert (await ids(target="thing:4"))[0] == "4"
    assert await ids(target="thing") == ["5", "4", "3"]
    assert await ids(actor="cli") == ["5", "4", "3"]
    assert await ids(action="thing.unmade") == []
    assert await ids(since="2100-01-01T00:00:00Z") == []
    assert await ids(until="2000-01-01T00:00:00Z") == []
    assert await ids(since="2000-01-01T00:00:00Z", until="2100-01-01T00:00:00Z") == ["5", "4", "3"]
    answer = await auditor.post("/roles", json={"name": "x", "title": "X", "permissions": []})
    assert await ids(requestId=answer.headers["x-request-id"]) == ["x"]


@pytest.mark.parametrize(
    "params",
    [
        {"cursor": "x"},
        {"cursor": "WyIxIl0"},
        {"cursor": "Wy0xXQ"},
        {"cursor": "WzFlOTlld"},
        {"cursor": "WzkyMjMzNzIwMzY4NTQ3NzU4MDhd"},
        {"limit": "0"},
        {"limit": "51"},
        {"since": "yesterday"},
        {"since": "2025-01-01T00:00:00"},
        {"until": "2025-01-01"},
        {"since": "1700000000"},
        {"until": "0.5"},
        {"action": "x" * 201},
        {"requestId": "x" * 65},
    ],
)
async def test_what_is_no_filter(site: Any, auditor: httpx.AsyncClient, params: dict[str, str]) -> None:
    assert error_of(await auditor.get("/audit", params=params)) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize("who", ["member", "manager", None])
@pytest.mark.parametrize("path", ["/audit", "/audit/export"])
async def test_only_those_with_the_permission(site: Any, who: str | None, path: str) -> None:
    http = (await site.sign_in(who)).http if who else site.client()
    assert error_of(await http.get(path)) == ((403, "FORBIDDEN") if who else (401, "UNAUTHORIZED"))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/audit", "/audit/1", "/audit/export"])
async def test_nothing_is_written_or_deleted_over_http(
    site: Any, auditor: httpx.AsyncClient, method: str, path: str
) -> None:
    await link_entries(site.db)
    before = await verify_log(site.db)
    answer = await auditor.request(method, path, json={})
    assert answer.status_code in (404, 405)
    assert await verify_log(site.db) == before


async def test_an_export_is_all_of_it_and_notes_itself(site: Any, auditor: httpx.AsyncClient) -> None:
    answer = await auditor.get("/audit/export", params={"target": "thing"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.ndjson"'
    assert answer.headers["cache-control"] == "no-store"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["target"]["id"] for line in lines[-5:]] == ["1", "2", "3", "4", "5"]
    positions = [line["position"] for line in lines]
    assert positions == sorted(positions)
    newest = (await auditor.get("/audit", params={"limit": 1})).json()["data"][0]
    assert (newest["action"], newest["actor"]["id"], newest["address"]) == (
        "audit.exported",
        "3",
        "127.0.0.1",
    )
    assert newest["after"] == {"target_kind": "thing"}
    assert newest["requestId"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/x-ndjson"),
        ("", "application/x-ndjson"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("text/html, text/plain;q=0.9", "text/plain; charset=utf-8"),
        ("text/plain, */*;q=0.1", "application/x-ndjson"),
        ("text/plain, application/x-ndjson", "application/x-ndjson"),
    ],
)
async def test_an_export_is_text_for_those_who_want_text(
    site: Any, auditor: httpx.AsyncClient, accept: str, media: str
) -> None:
    answer = await auditor.get("/audit/export", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)
    assert [json.loads(line)["position"] for line in answer.text.splitlines()]


async def test_an_export_of_more_than_a_batch(site: Any, auditor: httpx.AsyncClient) -> None:
    async with site.db.transaction() as tx:
        for number in range(1_200):
            await record(tx, action="bulk.made", actor="cli", target=("bulk", number))
    answer = await auditor.get("/audit/export", params={"action": "bulk.made"})
    numbers = [int(json.loads(line)["target"]["id"]) for line in answer.text.splitlines()]
    assert numbers[-1_200:] == list(range(1_200))
    assert (await verify_log(site.db)).intact


async def test_answers_without_the_envelope_are_described(site: Any) -> None:
    paths = describe_product(site.services.product)["paths"]
    export = paths["/audit/export"]["get"]["responses"]["200"]["content"]
    assert list(export) == ["application/x-ndjson", "text/plain"]
    for media in export.values():
        assert media["schema"] == {"type": "string"}  # of many JSON values: no client parses it as one
    keys = paths["/.well-known/jwks.json"]["get"]["responses"]["200"]["content"]
    assert keys["application/json"]["schema"] == {"$ref": "#/components/schemas/KeySet"}
