"""The day after a customer's message, in which texts are sent: when it ends, and what it counts from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.products.dealroom.test_sending import API, intact, last, states
from tests.products.dealroom.whatsapp import (
    SARI,
    text_message,
    webhook,
    wire,
    wire_server,
)

__all__ = ["intact", "wire", "wire_server"]


async def test_a_text_after_the_window_is_refused_and_says_the_way_through(wire: Any) -> None:
    session = await wire.talk("Halo")
    db = wire.services.db
    bind = {"channelId": wire.channel, "phoneNumber": f"+{SARI}"}
    contact = (await wire.melati.post(f"{API}/sessions/{session}/contact", json=bind)).json()["data"]
    written = await db.fetch_value("SELECT last_inbound_at FROM channels")
    window = datetime.fromisoformat(contact["windowEndsAt"]) - written
    assert abs(window - timedelta(hours=24)) < timedelta(seconds=5)
    await db.execute("UPDATE channel_contacts SET window_ends_at = now() - interval '1 second'")
    await wire.say(session, "satu", "human")
    await wire.work()
    found = await last(wire, session)
    assert (wire.provider.sent, found["status"], found["error"]["code"]) == ([], "failed", "WINDOW_CLOSED")
    assert "template" in found["error"]["reason"]
    health = await wire.health()  # the provider was not asked
    assert (health["state"], health["lastError"]) == ("connected", None)
    # The customer writes again: the window is open, and what was refused can be sent.
    await wire.talk("Masih ada?")
    assert (await wire.melati.post(f"{API}/messages/{found['id']}/resend")).status_code == 200
    await wire.work()
    assert wire.provider.texts == ["satu"]


@pytest.mark.parametrize(
    ("written", "left"),
    [
        (timedelta(hours=-20), timedelta(hours=4)),  # the webhook was late
        (timedelta(hours=-30), timedelta(hours=-6)),
        (timedelta(days=400), timedelta(hours=24)),  # a clock that is wrong
    ],
)
async def test_the_day_counts_from_when_the_customer_wrote(
    wire: Any, written: timedelta, left: timedelta
) -> None:
    moment = datetime.now(UTC) + written
    message = text_message("wamid.late", "Halo", timestamp=str(int(moment.timestamp())))
    assert (await wire.deliver(webhook(message))).status_code == 200
    session = (await wire.sessions())[0]["id"]
    bind = {"channelId": wire.channel, "phoneNumber": f"+{SARI}"}
    contact = (await wire.melati.post(f"{API}/sessions/{session}/contact", json=bind)).json()["data"]
    found = datetime.fromisoformat(contact["windowEndsAt"]) - datetime.now(UTC)
    assert abs(found - left) < timedelta(seconds=60)
    await wire.say(session, "satu", "human")
    await wire.work()
    assert await states(wire, session) == ["sent" if left > timedelta(0) else "failed"]
    # What comes later, but was written before, closes nothing.
    await wire.deliver(webhook(text_message("wamid.now", "Halo?")))
    old = datetime.now(UTC) - timedelta(days=3)
    await wire.deliver(webhook(text_message("wamid.old", "Hai", timestamp=str(int(old.timestamp())))))
    contact = (await wire.melati.post(f"{API}/sessions/{session}/contact", json=bind)).json()["data"]
    found = datetime.fromisoformat(contact["windowEndsAt"]) - datetime.now(UTC)
    assert abs(found - timedelta(hours=24)) < timedelta(seconds=60)


async def test_what_is_written_just_before_the_window_ends_is_left_to_the_provider(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.services.db.execute(
        "UPDATE channel_contacts SET window_ends_at = now() + interval '10 seconds'"
    )
    await wire.say(session, "satu", "human")
    await wire.services.db.execute(
        "UPDATE channel_contacts SET window_ends_at = (SELECT max(created_at) FROM messages)"
    )
    await wire.work()
    assert (wire.provider.texts, await states(wire, session)) == (["satu"], ["sent"])
