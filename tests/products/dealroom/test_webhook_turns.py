"""Only turns wake the assistant; what was kept of webhooks is exported, and goes with its owner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.products.dealroom.test_webhook_items import (
    MESSAGE_TYPES,
    echo,
    message,
    of_number,
    value,
)
from tests.products.dealroom.whatsapp import (
    SARI,
    FakeProvider,
    Wire,
    text_message,
    webhook,
    wire,
    wire_server,
)

from colonnade.app.testing import OpenBackend
from colonnade.kernel.testing import LiveServer
from colonnade.products.dealroom.product import PRODUCT
from colonnade.products.dealroom.webhooks.rules.kinds import KINDS

__all__ = ["wire", "wire_server"]

API = "/api/v1"


@asynccontextmanager
async def waking(open_backend: OpenBackend) -> AsyncIterator[Any]:
    """Open a dealroom whose assistant answers without a model, and a channel of melati's."""
    provider = FakeProvider()
    async with LiveServer(provider) as live:
        provider.url = live.url
        base = f"{live.url}/v25.0"
        async with (
            open_backend(PRODUCT, Wire, whatsapp_base_url=base, assistant="local") as wire,
            wire.for_test(),
        ):
            wire.provider = provider
            wire.channel = await wire.connect()
            yield wire


async def test_only_turns_wake_the_assistant(open_backend: OpenBackend) -> None:
    async with waking(open_backend) as wire:
        await _wake(wire)


async def _wake(wire: Any) -> None:
    db = wire.services.db
    for number, called in enumerate(MESSAGE_TYPES):
        sender = f"62811000{number:04}"  # somebody new each time
        await wire.deliver(webhook(text_message(f"first-{number}", "Halo", sender)))
        await db.execute("DELETE FROM answers")
        assert (await wire.deliver(webhook(message(f"w{number}", called, sender)))).status_code == 200
        woke = await db.fetch_value("SELECT count(*) FROM answers WHERE state = 'queued'")
        assert woke == (1 if KINDS[f"messages.{called}"] == "turn" else 0), called
    await db.execute("DELETE FROM answers")
    ringing = {"id": "c1", "from": SARI, "event": "terminate", "status": "FAILED"}
    unknown = text_message("u1", "x", type="poll")
    for body in (
        echo("e1", text={"body": "x"}),
        value("calls", of_number(calls=[ringing])),
        webhook(unknown),
    ):
        assert (await wire.deliver(body)).status_code == 200
    assert await db.fetch_value("SELECT count(*) FROM answers") == 0


async def test_an_answer_from_the_phone_cancels_the_assistants(open_backend: OpenBackend) -> None:
    async with waking(open_backend) as wire:
        session = await wire.talk("Halo")
        assert (await wire.deliver(echo("e1", text={"body": "Saya saja"}))).status_code == 200
        answers = (await wire.melati.get(f"{API}/sessions/{session}/answers")).json()["data"]
        assert [(one["state"], one["reasons"]) for one in answers] == [("cancelled", ["HUMAN_ANSWERS"])]
        await wire.work()
        assert wire.provider.sent == []


async def test_it_is_exported_and_goes_with_its_owner(wire: Any) -> None:
    await wire.deliver(webhook(message("w1", "location"), message("w2", "group")))
    db, melati = wire.services.db, wire.accounts["melati"]
    collect = {data.name: data.collect for data in PRODUCT.personal_data}
    items = await collect["webhook_items"](db, melati)
    assert [(one["kind"], one["provider_id"]) for one in items] == [
        ("messages.location", "w1"), ("messages.group", "w2")]  # fmt: skip
    (exported,) = await collect["messages"](db, melati)
    assert (exported["kind"], exported["data"]) == ("location", {"latitude": -6.2, "longitude": 106.8})
    for name in ("webhook_items", "message_statuses", "messages"):
        assert await collect[name](db, wire.accounts["budi"]) == []
    assert (await wire.melati.delete(f"{API}/users/{melati}")).status_code == 204
    await wire.work()
    assert await db.fetch_value("SELECT count(*) FROM webhook_items") == 0


async def test_a_file_that_the_provider_does_not_give_now_is_tried_again(wire: Any) -> None:
    wire.provider.files["w1"] = b"%PDF-1.4 nota"
    here, wire.provider.url = wire.provider.url, "http://127.0.0.1:9"
    try:
        await wire.deliver(webhook({"from": SARI, "id": "w1", "type": "document", "document": {"id": "w1"}}))
        await wire.work()
        (session,) = await wire.sessions()
        (found,) = await wire.messages(session["id"])
        assert found["mediaState"] == "fetching"
        assert found["mediaError"].startswith("The provider does not answer")
        assert "_Retryable" not in found["mediaError"]
    finally:
        wire.provider.url = here
    await wire.hurry()
    await wire.work()
    (found,) = await wire.messages(session["id"])
    assert (found.get("mediaState"), found.get("mediaError"), found["fileName"]) == (
        None,
        None,
        "document-1.pdf",
    )


@pytest.mark.parametrize("name", ["smb_message_echoes", "message_echoes"])
async def test_an_echo_of_what_we_have_sent_ourselves_is_known(wire: Any, name: str) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "Ada", "human")
    await wire.work()
    body = echo("wamid.out-1", text={"body": "Ada"})
    body["entry"][0]["changes"][0]["field"] = name
    assert (await wire.deliver(body)).status_code == 200
    assert [m["content"] for m in await wire.messages(session)] == ["Halo", "Ada"]
