"""Statuses that come in: forward only, of our messages, and before their sending is noted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.products.dealroom.test_channels_inbound import API
from tests.products.dealroom.whatsapp import (
    status_of,
    webhook,
    wire,
    wire_server,
)

__all__ = ["wire", "wire_server"]


async def test_statuses_move_forward_only(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "Ada", "human")
    await wire.work()
    socket = await wire.socket(await wire.token(wire.accounts["melati"]))
    await socket.call("join-session", {"sessionId": session})
    for given, expected in (
        ("delivered", "delivered"),
        ("sent", "delivered"),
        ("read", "read"),
        ("delivered", "read"),
        ("failed", "read"),
    ):
        answer = await wire.deliver(webhook(statuses=(status_of("wamid.out-1", given),)))
        assert answer.status_code == 200
        assert (await wire.messages(session))[1]["status"] == expected
    heard = await socket.wait_for("message-updated", 3)
    assert [(event["message"]["status"], "error" in event["message"]) for event in heard] == [
        ("delivered", False),
        ("read", False),
        ("read", True),
    ]
    assert (await wire.health())["state"] == "connected"


async def test_statuses_of_strangers_messages_change_nothing(wire: Any) -> None:
    session = await wire.talk("Halo")
    before = await wire.messages(session)
    customers = before[0]["providerMessageId"]
    body = webhook(statuses=(status_of("wamid.unknown", "read"), status_of(customers, "read")))
    assert (await wire.deliver(body)).status_code == 200
    assert await wire.messages(session) == before


async def test_a_failure_that_is_told_later_has_its_reason(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "Ada", "human")
    await wire.work()
    errors = [{"code": 131047, "title": "Re-engagement message", "message": "Re-engagement message"}]
    body = webhook(statuses=(status_of("wamid.out-1", "failed", errors=errors),))
    assert (await wire.deliver(body)).status_code == 200
    failed = (await wire.messages(session))[1]
    assert (failed["status"], failed["error"]["code"]) == ("failed", "131047")
    assert failed["error"]["reason"] == "Re-engagement message. Send a template message to reach them."
    health = await wire.health()
    assert (health["state"], health["failed"], health["lastError"]) == (
        "degraded",
        1,
        "131047: Re-engagement message",
    )


@pytest.mark.parametrize("named", [True, False])
async def test_a_status_that_comes_before_the_sending_is_noted_is_not_lost(wire: Any, named: bool) -> None:
    session = await wire.talk("Halo")
    wire.provider.gate = asyncio.Event()
    sent = await wire.say(session, "Ada", "human")
    working = asyncio.create_task(wire.work())
    await wire.provider.reached.wait()
    more = {"biz_opaque_callback_data": str(sent["id"])} if named else {}
    pricing = {"billable": True, "category": "service"}
    for status in ("sent", "delivered", "warning"):
        body = webhook(statuses=(status_of("wamid.out-1", status, pricing=pricing, **more),))
        assert (await wire.deliver(body)).status_code == 200
    assert (await wire.messages(session))[1]["status"] == ("delivered" if named else "pending")
    wire.provider.gate.set()
    await working
    found = (await wire.messages(session))[1]
    assert (found["status"], found["providerMessageId"]) == ("delivered", "wamid.out-1")
    assert await wire.services.db.fetch_value("SELECT count(*) FROM early_statuses") == 0
    assert len(wire.provider.sent) == 1
    told = (await wire.melati.get(f"{API}/messages/{sent['id']}/statuses")).json()["data"]
    assert [(one["status"], one["pricing"], one["providerTime"]) for one in told] == [
        (status, pricing, "2025-10-09T08:53:21Z") for status in ("sent", "delivered", "warning")
    ]
