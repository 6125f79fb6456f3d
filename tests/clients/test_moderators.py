"""Moderators and listeners on the real socket.io-client, with two server processes between them."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
import pytest

from colonnade.kernel.testing import NO_TLS

pytestmark = pytest.mark.node


async def session_of(station: Any, name: str) -> str:
    """Return the id of the newest session of a guest."""
    sessions = await station.http("GET", "/livechat/sessions?limit=50", role="penyiar")
    found: str = next(each["session_id"] for each in sessions if each["name"] == name)
    return found


async def changes(moderator: Any, id: str, count: int) -> list[str]:
    """Return what a moderator has heard of an item of the queue, once it is so much."""
    heard = 0
    while True:
        events = await moderator.ask("heard", event="queue-changed", count=heard + 1)
        heard = len(events)
        found = [each["change"] for each in events if id in each["ids"]]
        if len(found) >= count:
            return found


async def test_a_block_on_one_server_closes_and_hides_on_the_other(station: Any) -> None:
    mark = uuid.uuid4().hex[:8]
    troll, _ = await station.listener(f"Troll {mark}", at=0)
    witness, _ = await station.listener("Saksi", at=1)
    moderator, _ = await station.listener("", at=0, role="penyiar")
    texts = [f"{mark} iklan {number}" for number in range(3)]
    await troll.ask("say", texts=texts)
    ids = await troll.ask("sent", count=3)
    id = await session_of(station, f"Troll {mark}")
    blocked = await station.http(
        "POST",
        f"/livechat/sessions/{id}/block",
        server=1,
        role="admin",
        json={"minutes": 5, "scope": "session", "hide_messages": True},
    )
    assert (blocked["hidden_messages"], blocked["blocked_sessions"]) == (3, [id])
    for seen in (witness, moderator):
        removed = await seen.ask("heard", event="message-moderated", count=3)
        assert [each["messageId"] for each in removed[-3:]] == [ids[text] for text in texts]
    refused = await troll.ask("heard", event="error")
    assert refused[-1]["code"] == "SESSION_BLOCKED"
    assert "io server disconnect" in (await troll.ask("state"))["disconnects"]
    assert not {each["message"] for each in await station.history()} & set(texts)
    # The address is somebody else's as well: a neighbour comes in, and writes.
    neighbour, _ = await station.listener(f"Tetangga {mark}", at=1)
    await neighbour.ask("say", texts=[f"{mark} halo"])
    assert len(await neighbour.ask("sent", count=1)) == 1


async def test_of_two_moderators_on_two_servers_one_has_the_item(station: Any) -> None:
    here, _ = await station.listener("", at=0, role="admin")
    there, _ = await station.listener("", at=1, role="penyiar")
    song = await station.http(
        "POST",
        "/services/song_request",
        json={"song_title": f"Lagu {uuid.uuid4().hex[:8]}", "requester_name": "Keluarga Simbolon"},
    )
    path = f"/moderation/queue/song/{song['id']}/claim"

    async def claim(server: int, role: str) -> int:
        headers = {"authorization": f"Bearer {station.staff[role]}"}
        async with httpx.AsyncClient(base_url=station.addresses[server], verify=NO_TLS) as http:
            return (await http.post(path, headers=headers)).status_code

    assert sorted(await asyncio.gather(claim(0, "admin"), claim(1, "penyiar"))) == [200, 409]
    await station.http("POST", f"/services/song_request/{song['id']}/approve", server=1, role="penyiar")
    for moderator in (here, there):
        assert await changes(moderator, song["id"], 3) == ["added", "claimed", "decided"]


async def test_presenters_on_both_servers_hear_who_has_a_request(station: Any) -> None:
    here, _ = await station.listener("", at=0, role="admin")
    there, _ = await station.listener("", at=1, role="penyiar")
    song = await station.http(
        "POST",
        "/services/song_request",
        server=1,
        json={"song_title": "Kasih Allah", "requester_name": "Oma Grace"},
    )
    routed = [(await moderator.ask("heard", event="request-routed"))[-1] for moderator in (here, there)]
    assert routed[0] == routed[1]
    assert routed[0]["requestIds"] == [song["id"]]
    groups = await station.http("GET", "/on-air/handover", role="penyiar")
    (holder,) = [
        group["presenter"]
        for group in groups
        if song["id"] in [request["id"] for request in group["requests"]]
    ]
    assert holder == routed[0]["presenter"]
