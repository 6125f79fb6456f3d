"""Templates as they are listed: by page, thousands of them, and lists that cannot be kept or do not end."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from tests.products.dealroom.test_sending_templates import API, many, send, sync
from tests.products.dealroom.whatsapp import FakeProvider, wire, wire_server

from colonnade.kernel.testing.worst import longest_turn

__all__ = ["wire", "wire_server"]


async def test_thousands_of_templates_are_listed_by_page_and_delay_nobody(wire: Any) -> None:
    wire.provider.templates = many(2_000)
    gc.collect()  # a server's objects are frozen, those of a test run take up to a second
    async with longest_turn() as turn:
        answer = await sync(wire)
    assert turn.seconds < 0.2
    assert answer.status_code == 200
    path = f"{API}/channels/{wire.channel}/templates"
    async with longest_turn() as turn:
        first = (await wire.melati.get(path)).json()
    assert turn.seconds < 0.2
    assert answer.json()["data"] == first["data"]
    assert [one["name"] for one in first["data"]] == [f"t_{n:04}" for n in range(50)]
    names = []
    page = (await wire.melati.get(path, params={"limit": 7})).json()
    while True:
        names += [one["name"] for one in page["data"]]
        if page.get("nextCursor") is None or len(names) > 30:
            break
        page = (await wire.melati.get(path, params={"limit": 7, "cursor": page["nextCursor"]})).json()
    assert names == [f"t_{n:04}" for n in range(35)]
    refused = await wire.melati.get(path, params={"cursor": "x"})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["cursor"])
    # Each statement stores many of them.
    assert await wire.services.db.fetch_value("SELECT count(*) FROM channel_templates") == 2_000


async def test_one_template_that_cannot_be_kept_stops_no_other(wire: Any) -> None:
    good, nul, large, named = many(4)
    nul["components"] = [{"type": "BODY", "text": "Halo\x00 {{1}}", "exa\ud800mple": ["\x00"]}]
    large["components"] = [{"type": "BODY", "text": "x" * 70_000}]
    named["name"] = "t_\x00"
    wire.provider.templates = [nul, large, named, good]
    answer = await sync(wire)
    assert answer.status_code == 200, answer.text
    listed = {one["name"]: one for one in answer.json()["data"]}
    assert list(listed) == ["t_0000", "t_0001", "t_0002"]
    assert listed["t_0000"]["problem"] is None
    assert (listed["t_0001"]["state"], listed["t_0001"]["problem"]) == (
        "APPROVED",
        "Some characters of the template cannot be shown here",
    )
    assert listed["t_0001"]["variables"] == ["1"]
    assert (listed["t_0002"]["state"], listed["t_0002"]["problem"], listed["t_0002"]["preview"]) == (
        "UNREADABLE",
        "The template is too large to be kept here",
        "",
    )
    session = await wire.talk("Halo")
    refused = await send(wire, session, name="t_0002", variables={})
    assert (refused.status_code, refused.json()["code"]) == (409, "TEMPLATE_NOT_APPROVED")


async def test_a_list_that_does_not_end_is_read_once(wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(self: Any, path: str) -> dict[str, Any]:
        paging = {"cursors": {"after": "again"}, "next": "https://graph.example/next"}
        return {"data": many(3), "paging": paging}

    monkeypatch.setattr(FakeProvider, "_page", endless)
    wire.provider.asked.clear()
    answer = await sync(wire)
    assert [one["name"] for one in answer.json()["data"]] == ["t_0000", "t_0001", "t_0002"]
    assert len(wire.provider.asked) == 2
    monkeypatch.setattr("colonnade.products.dealroom.channels.clients.provider.LIST_SECONDS", 0.0)
    answer = await sync(wire)
    assert (answer.status_code, answer.json()["code"]) == (503, "PROVIDER_UNAVAILABLE")
    monkeypatch.undo()
    monkeypatch.setattr(FakeProvider, "_page", lambda self, path: ["no list"])
    answer = await sync(wire)
    assert (answer.status_code, answer.json()["code"]) == (503, "PROVIDER_UNAVAILABLE")
    assert await wire.services.db.fetch_value("SELECT count(*) FROM channel_templates") == 3


async def test_templates_are_listed_by_the_number_of_a_page_too(wire: Any) -> None:
    wire.provider.templates = many(12)
    await sync(wire)
    path = f"{API}/channels/{wire.channel}/templates"
    pages = [(await wire.melati.get(path, params={"page": page, "limit": 5})).json() for page in (1, 3, 4)]
    names = [[one["name"] for one in page["data"]] for page in pages]
    assert names == [[f"t_{n:04}" for n in range(5)], ["t_0010", "t_0011"], []]
    assert pages[1]["pagination"] == {
        "page": 3,
        "limit": 5,
        "total": 12,
        "totalPages": 3,
        "hasNext": False,
        "hasPrev": True,
    }
    begun = (await wire.melati.get(path, params={"cursor": "*", "limit": 5})).json()
    assert [one["name"] for one in begun["data"]] == names[0]
    assert begun["nextCursor"] is not None
    for wrong in ("0", "x", "1.5"):
        assert (await wire.melati.get(path, params={"page": wrong})).status_code == 422
