"""How much is kept of what webhooks bring, and for how long: a megabyte delays nobody."""

from __future__ import annotations

import gc
import json
from datetime import timedelta
from typing import Any

import pytest
from tests.products.dealroom.test_webhook_items import API, kept, message, of_contacts, raw, told
from tests.products.dealroom.whatsapp import (
    text_message,
    webhook,
    wire,
    wire_server,
)

from colonnade.kernel.testing.worst import longest_turn
from colonnade.products.dealroom.webhooks.jobs import prune_webhook_items
from colonnade.products.dealroom.webhooks.rules.kinds import UNREADABLE

__all__ = ["wire", "wire_server"]


async def test_items_are_forgotten_after_their_time(wire: Any) -> None:
    await wire.deliver(webhook(message("w1", "group"), text_message("w2", "Halo")))
    await wire.services.db.execute(
        "UPDATE webhook_items SET received_at = now() - $1::interval WHERE provider_id = 'w1'",
        timedelta(days=31),
    )
    await prune_webhook_items(wire.services)
    assert [one["providerId"] for one in await kept(wire)] == ["w2"]
    session = (await wire.sessions())[0]["id"]
    await wire.melati.delete(f"{API}/sessions/{session}")
    assert await kept(wire) == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"object":"whatsapp_business_account","entry":[' + b",".join([b"{}"] * 340_000) + b"]}",
        b'{"object":"whatsapp_business_account","entry":[{"changes":['
        + b",".join([b'{"field":"x"}'] * 4_900)
        + b"]}]}",
        b'{"object":"whatsapp_business_account","entry":[' + b"[" * 1_000_000,
        b'{"object":"whatsapp_business_account","entry":"' + b"\\ud83d" * 170_000 + b'"}',
        b"[" + b"1," * 500_000 + b"1]",
        of_contacts(b"{" + b'"a":{' * 90 + b"}" * 90 + b"}"),
        of_contacts(b"[" + b"{}," * 60 + b"{}]"),
        of_contacts(b'"' + b"\\u0645" * 40 + b'"'),
    ],
    ids=["entries", "changes", "deep", "surrogates", "numbers", "contacts", "lists", "escapes"],
)
async def test_a_megabyte_of_anything_is_kept_and_delays_nobody(wire: Any, body: bytes) -> None:
    gc.collect()  # a server's objects are frozen, those of a test run take up to a second
    async with longest_turn() as turn:
        answer = await wire.deliver(body)
    assert answer.status_code == 200
    assert turn.seconds < 0.2
    assert await kept(wire, limit=1)


async def test_an_item_that_is_longer_than_any_is_kept_unread(wire: Any) -> None:
    sent = message("w1", "text", text={"body": "x" * 140_000})
    assert (await wire.deliver(webhook(sent, text_message("w2", "Halo")))).status_code == 200
    assert [m["content"] for m in await told(wire)] == ["Halo"]
    unread = (await kept(wire, kind=UNREADABLE))[0]
    assert await raw(wire, unread) == sent


async def test_a_megabyte_of_messages_delays_nobody(wire: Any) -> None:
    """Orders with a hundred lines, as many as fit into a body: each is read in a turn of its own."""
    lines = [
        {"product_retailer_id": f"SKU-{n}", "quantity": n, "item_price": 450000, "currency": "IDR"}
        for n in range(100)
    ]
    body = webhook(*(message(f"w{n}", "order", order={"product_items": lines}) for n in range(100)))
    data = json.dumps(body).encode()
    assert 2**19 < len(data) < 2**20
    async with longest_turn() as turn:
        answer = await wire.deliver(data)
    assert answer.status_code == 200
    assert turn.seconds < 0.2
    (session,) = await wire.sessions()
    assert session["lastSeq"] == 100
