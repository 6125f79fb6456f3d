"""What the provider says of a message that was sent: in any order, again, and of what it had given up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.products.dealroom.test_sending import API, UNDELIVERED, intact, states
from tests.products.dealroom.whatsapp import (
    status_of,
    webhook,
    wire,
    wire_server,
)

from colonnade.kernel.testing import Fault, out_of_order, replayed

__all__ = ["intact", "wire", "wire_server"]


async def test_statuses_replayed_and_out_of_order_end_at_the_furthest(wire: Any) -> None:
    session = await wire.talk("Halo")
    for number in range(5):
        await wire.say(session, str(number), "human")
    await wire.work()
    told = [
        status_of(f"wamid.out-{number}", status)
        for number in range(1, 6)
        for status in ("sent", "delivered", "read")
    ]
    for status in replayed(out_of_order(told, seed=7)):
        assert (await wire.deliver(webhook(statuses=(status,)))).status_code == 200
    assert await states(wire, session) == ["read"] * 5


async def test_what_was_delivered_or_read_has_not_failed(wire: Any) -> None:
    session = await wire.talk("Halo")
    for number in range(2):
        await wire.say(session, str(number), "human")
    await wire.work()
    failed = {"errors": [{"code": 131026, "title": "Message undeliverable"}]}
    for status, more in (("delivered", {}), ("failed", failed)):
        await wire.deliver(webhook(statuses=(status_of("wamid.out-1", status, **more),)))
    for status, more in (("read", {}), ("failed", failed)):
        await wire.deliver(webhook(statuses=(status_of("wamid.out-2", status, **more),)))
    assert await states(wire, session) == ["delivered", "read"]
    health = await wire.health()
    assert (health["failed"], health["state"], health["lastError"]) == (0, "connected", None)
    # Each says what the provider said later, once; that one is read after all says nothing more of it.
    said = {"code": "131026", "reason": "Message undeliverable"}
    _, *before = await wire.messages(session)
    assert [message["error"] for message in before] == [said] * 2
    other = {"errors": [{"code": 131000, "title": "Something went wrong"}], "timestamp": "1760000009"}
    await wire.deliver(webhook(statuses=(status_of("wamid.out-1", "failed", **other),)))
    assert (await wire.messages(session))[1:] == before
    await wire.deliver(webhook(statuses=(status_of("wamid.out-1", "read"),)))
    found = (await wire.messages(session))[1]
    assert (found["status"], "error" in found) == ("read", False)
    assert (await wire.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]["intact"] is True


@pytest.mark.parametrize("arrival", ["delivered", "read"])
async def test_what_arrived_after_the_provider_had_given_it_up_has_not_failed(
    wire: Any, arrival: str
) -> None:
    session = await wire.talk("Halo")
    written = await wire.say(session, "satu", "human")
    await wire.work()
    await wire.deliver(webhook(statuses=(status_of("wamid.out-1", "failed", **UNDELIVERED),)))
    assert await states(wire, session) == ["failed"]
    await wire.deliver(webhook(statuses=(status_of("wamid.out-1", "sent"),)))
    assert await states(wire, session) == ["failed"]
    await wire.deliver(webhook(statuses=(status_of("wamid.out-1", arrival),)))
    shown = (await wire.messages(session))[-1]
    assert (shown["status"], "error" in shown) == (arrival, False)
    # What was said before is kept, in the statuses and in the record's revisions; and it is not sent again.
    told = (await wire.melati.get(f"{API}/messages/{written['id']}/statuses")).json()["data"]
    assert {one["status"] for one in told} == {"failed", "sent", arrival}
    assert next(one for one in told if one["status"] == "failed")["errors"] == UNDELIVERED["errors"]
    revisions = (await wire.melati.get(f"{API}/messages/{written['id']}/revisions")).json()["data"]
    assert [one["before"].get("status") for one in revisions].count("failed") == 1
    refused = await wire.melati.post(f"{API}/messages/{written['id']}/resend")
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_RESENDABLE")
    await wire.work()
    assert wire.provider.texts == ["satu"]
    assert (await wire.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]["intact"] is True
    assert (await wire.health())["failed"] == 0


async def test_what_arrived_is_not_sent_again_though_that_was_asked_for(wire: Any) -> None:
    session = await wire.talk("Halo")
    written = await wire.say(session, "satu", "human")
    await wire.work()
    await wire.deliver(webhook(statuses=(status_of("wamid.out-1", "failed", **UNDELIVERED),)))
    assert (await wire.melati.post(f"{API}/messages/{written['id']}/resend")).status_code == 200
    for status, expected in (("failed", "pending"), ("sent", "pending"), ("delivered", "delivered")):
        told = status_of("wamid.out-1", status, biz_opaque_callback_data=f"{written['id']}")
        await wire.deliver(webhook(statuses=(told,)))
        assert await states(wire, session) == [expected]
    await wire.work()
    assert (wire.provider.texts, await states(wire, session)) == (["satu"], ["delivered"])
    await wire.say(session, "dua", "human")
    await wire.work()
    assert wire.provider.texts == ["satu", "dua"]


async def test_people_do_not_say_that_what_failed_was_delivered(wire: Any) -> None:
    session = await wire.session()
    written = await wire.say(session, "satu", "human")
    path = f"{API}/messages/{written['id']}/status"
    await wire.melati.patch(path, json={"status": "failed"})
    refused = await wire.melati.patch(path, json={"status": "delivered"})
    assert refused.status_code == 409


async def test_statuses_that_come_at_the_same_time_end_at_the_furthest(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    await wire.work()
    told = [status_of("wamid.out-1", status) for status in ("sent", "read", "delivered") for _ in range(3)]
    for answer in await asyncio.gather(*(wire.deliver(webhook(statuses=(one,))) for one in told)):
        assert answer.status_code == 200
    assert await states(wire, session) == ["read"]


async def test_two_answers_with_one_id_are_two_messages(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    await wire.say(session, "dua", "human")
    wire.provider.faults.extend([Fault(), Fault(repeat=True)])
    await wire.work()
    assert await states(wire, session) == ["sent", "sent"]
    assert wire.provider.texts == ["satu", "dua"]
    ids = [m["providerMessageId"] for m in (await wire.messages(session))[1:]]
    assert ids == ["wamid.out-1", None]
