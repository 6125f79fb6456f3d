"""What depends on when a customer wrote: late deliveries, closed windows, hours that are changed."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.products.dealroom.conftest import API
from tests.products.dealroom.model_server import ModelServer
from tests.products.dealroom.test_assistant_outages import answers, model, model_server, switch
from tests.products.dealroom.test_channel_catalogue import equip, local, local_server
from tests.products.dealroom.test_channel_rules import closed_now, ruled
from tests.products.dealroom.test_webhook_items import echo
from tests.products.dealroom.whatsapp import (
    SARI,
    Wire,
    error,
    status_of,
    text_message,
    webhook,
    wire,
    wire_server,
)

from colonnade.kernel.testing import Fault

__all__ = ["local", "local_server", "model", "model_server", "switch", "wire", "wire_server"]


@pytest.mark.parametrize(("minutes", "state"), [(10, "sent"), (60, "failed")])
async def test_lateness_counts_from_when_the_customer_wrote(
    wire: Wire, model: ModelServer, minutes: int, state: str
) -> None:
    model.says("Halo, Bu.")
    await ruled(wire, language="pt-MZ")
    written = str(int(time.time()) - minutes * 60)
    assert (await wire.deliver(webhook(text_message("w1", "Halo", timestamp=written)))).status_code == 200
    await wire.work()
    (session,) = await wire.sessions()
    (answer,) = await answers(wire, session["id"])
    assert answer["state"] == state
    if state == "failed":
        assert answer["reasons"] == ["TOO_LATE: 60 min"]
        note = (await wire.messages(session["id"]))[-1]
        assert (note["sender"], note["content"]) == (
            "system",
            "O assistente não respondeu à última mensagem (TOO_LATE). Por favor, responda você mesmo.",
        )
        assert wire.provider.texts == []


@pytest.mark.parametrize("told", ["at once", "by a status"])
async def test_the_provider_says_that_the_day_is_over(wire: Any, told: str) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    client = await wire.socket(await wire.token(1))
    await client.call("join-inbox", {})
    outside = error(131047, "Re-engagement message")
    if told == "at once":
        wire.provider.answers = [(400, outside)]
    await wire.work()
    if told == "by a status":
        failed = status_of(
            "wamid.out-1", "failed", errors=[{"code": 131047, "title": "Re-engagement message"}]
        )
        assert (await wire.deliver(webhook(statuses=(failed,)))).status_code == 200
    assert await client.wait_for("inbox-changed") == [{"sessionId": session}]
    await wire.say(session, "dua", "human")
    await wire.work()
    found = [
        (m["status"], m["error"]["code"]) for m in await wire.messages(session) if m["sender"] == "human"
    ]
    assert found == [("failed", "131047"), ("failed", "WINDOW_CLOSED")]
    assert wire.provider.texts == ["satu"]
    # The customer's next message opens it.
    await wire.talk("Masih ada?")
    await wire.say(session, "tiga", "human")
    await wire.work()
    assert wire.provider.texts == ["satu", "tiga"]


async def test_who_waits_for_the_opening_is_answered_when_it_is_earlier(local: Any) -> None:
    await equip(local)
    await ruled(local, **closed_now(), whileClosed="wait")
    session = await local.talk("Berapa harga Sepatu Kulit Anoa?")
    await local.work()
    assert local.provider.texts == []
    await ruled(local, openingHours=None)
    await local.work()
    price = "Sepatu Kulit Anoa: Rp450.000 - Rp525.000."
    assert local.provider.texts == [price]
    # At the opening of before nothing is said again.
    await local.hurry()
    await local.work()
    assert local.provider.texts == [price]
    assert len((await local.melati.get(f"{API}/sessions/{session}/answers")).json()["data"]) == 1


async def test_new_hours_answer_nobody_whom_a_person_has_in_hand(local: Any) -> None:
    await equip(local)
    await ruled(local, **closed_now(), whileClosed="wait")
    session = await local.talk("Berapa harga Sepatu Kulit Anoa?")
    assert (
        await local.melati.post(f"{API}/sessions/{session}/takeover", json={"minutes": 5})
    ).status_code == 200
    await ruled(local, openingHours=None)
    await local.work()
    assert local.provider.texts == []


async def test_nobody_says_that_a_customers_message_was_sent(wire: Any) -> None:
    session = await wire.talk("Halo")
    (before,) = await wire.messages(session)
    for status in ("failed", "read", "sent"):
        refused = await wire.melati.patch(f"{API}/messages/{before['id']}/status", json={"status": status})
        assert (refused.status_code, refused.json()["code"]) == (409, "MESSAGE_OF_CUSTOMER")
    assert await wire.messages(session) == [before]
    assert before["phoneNumber"] == f"+{SARI}"


async def test_a_reaction_of_the_owner_does_not_keep_new_hours_from_answering(local: Any) -> None:
    await equip(local)
    await ruled(local, **closed_now(), whileClosed="wait")
    session = await local.talk("Berapa harga Sepatu Kulit Anoa?")
    asked = (await local.messages(session))[0]["providerMessageId"]
    heart = echo("e1", type="reaction", reaction={"message_id": asked, "emoji": "\u2764"})
    assert (await local.deliver(heart)).status_code == 200
    await ruled(local, openingHours=None)
    await local.work()
    assert local.provider.texts == ["Sepatu Kulit Anoa: Rp450.000 - Rp525.000."]


async def test_what_came_late_to_a_closed_shop_is_answered_at_its_opening(local: Any) -> None:
    await equip(local)
    await ruled(local, **closed_now(), whileClosed="wait")
    written = str(int(time.time()) - 3600)
    late = webhook(text_message("w1", "Berapa harga Sepatu Kulit Anoa?", timestamp=written))
    assert (await local.deliver(late)).status_code == 200
    await local.work()
    await local.services.db.execute("UPDATE messages SET created_at = created_at - interval '2 hours'")
    await local.services.db.execute("UPDATE messages SET provider_time = created_at - interval '1 hour'")
    await ruled(local, openingHours=None)
    await local.work()
    assert local.provider.texts == ["Sepatu Kulit Anoa: Rp450.000 - Rp525.000."]


async def test_the_provider_says_what_became_of_a_channels_message(wire: Any) -> None:
    session = await wire.talk("Halo")

    async def tell(message: dict[str, Any], status: str) -> tuple[int, str | None]:
        answer = await wire.melati.patch(f"{API}/messages/{message['id']}/status", json={"status": status})
        return answer.status_code, answer.json().get("code")

    waiting = await wire.say(session, "satu", "human")
    for status in ("sent", "delivered", "read"):
        assert await tell(waiting, status) == (409, "STATUS_OF_CHANNEL")
    await wire.work()
    for status in ("delivered", "read", "failed"):
        assert await tell(waiting, status) == (409, "STATUS_OF_CHANNEL")
    assert (await wire.messages(session))[-1]["status"] == "sent"
    # Whoever waits for it can give it up, or say what they know of one of which the provider says nothing.
    given_up = await wire.say(session, "dua", "human")
    assert await tell(given_up, "failed") == (200, None)
    wire.provider.faults.append(Fault(cut=True))
    unknown = await wire.say(session, "tiga", "human")
    await wire.work()
    assert (await wire.messages(session))[-1]["status"] == "unknown"
    assert await tell(unknown, "delivered") == (200, None)
    assert wire.provider.texts == ["satu", "tiga"]
