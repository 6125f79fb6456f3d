"""A body that cannot be read is set aside, in nobody's way; what waits is exported, and goes with the account."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.products.dealroom.conftest import API
from tests.products.dealroom.test_webhook_deliveries import burst, people, waiting, words
from tests.products.dealroom.whatsapp import JOKO, SARI, text_message, webhook, wire, wire_server

from colonnade.kernel.jobs import count_jobs
from colonnade.products.dealroom.webhooks.jobs import prune_webhook_items

__all__ = ["wire", "wire_server"]

SPOIL = "UPDATE webhook_deliveries SET raw = overlay(raw PLACING 'AAAA' FROM length(raw) - 20 FOR 4)"
"""As after the key was lost, or by another than who wrote it."""


async def spoil(wire: Any) -> str:
    """Keep a body of 12 people, and spoil it; return what it was."""
    assert (await wire.deliver(burst(120, 12))).status_code == 200
    raw: str = await wire.services.db.fetch_value("SELECT raw FROM webhook_deliveries")
    await wire.services.db.execute(SPOIL)
    return raw


async def test_a_body_that_cannot_be_decrypted_is_set_aside_and_others_go_on(wire: Any) -> None:
    db = wire.services.db
    raw = await spoil(wire)
    behind = webhook(text_message("wamid.behind", "nanti", people(1)[0]), names={})
    assert (await wire.deliver(behind)).status_code == 200
    assert await waiting(wire) == 2
    with capture_logs() as logs:
        await wire.work()
        await wire.hurry()
        await wire.work()
        await prune_webhook_items(wire.services)
    said = [one for one in logs if one["event"] == "webhook body set aside"]
    assert [(one["log_level"], one["channel"]) for one in said] == [("error", wire.channel)]
    assert (await words(wire), (await count_jobs(db)).queued) == ({people(1)[0]: ["nanti"]}, 0)
    row = await db.fetch_row(
        "SELECT problem, people, set_aside_at IS NOT NULL AS since FROM webhook_deliveries"
    )
    assert (row["problem"].partition(":")[0], row["people"], row["since"]) == ("UNDECRYPTABLE", [], True)
    assert (await wire.health())["setAside"] == 1
    # It can be read again, and is received then.
    await db.execute("UPDATE webhook_deliveries SET raw = $1", raw)
    await prune_webhook_items(wire.services)
    await wire.work()
    found = await words(wire)
    assert (await waiting(wire), sum(len(each) for each in found.values()), len(found)) == (0, 121, 12)
    assert (await wire.health())["setAside"] == 0


async def test_one_that_was_set_aside_takes_no_room_and_is_forgotten_after_its_time(
    wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("colonnade.products.dealroom.webhooks.actions.deliveries.MAX_WAITING_BYTES", 60_000)
    body = burst(120, 12)
    assert (await wire.deliver(body)).status_code == 200
    await wire.services.db.execute(SPOIL)
    await wire.work()
    assert (await wire.deliver(body)).status_code == 200, "told again, it is taken again"
    assert await waiting(wire) == 1
    await wire.work()
    assert (await waiting(wire), len(await words(wire))) == (0, 12)
    texts = (text_message(f"o{n}", "x", SARI) for n in range(101))
    assert (await wire.deliver(webhook(*texts))).status_code == 200
    await wire.services.db.execute(SPOIL)
    await wire.work()
    await prune_webhook_items(wire.services)
    assert await waiting(wire) == 1
    await wire.services.db.execute("UPDATE webhook_deliveries SET set_aside_at = now() - interval '400 days'")
    await prune_webhook_items(wire.services)
    assert await waiting(wire) == 0


async def test_what_waits_is_in_the_export_and_goes_with_the_account(wire: Any) -> None:
    db = wire.services.db
    texts = (text_message(f"o{n}", "x", (SARI, JOKO)[n % 2]) for n in range(101))
    assert (await wire.deliver(webhook(*texts))).status_code == 200
    [collect] = [
        data.collect for data in wire.services.product.personal_data if data.name == "webhook_deliveries"
    ]
    (row,) = await collect(db, wire.accounts["melati"])
    assert (row["channel_id"], row["people"], row["problem"]) == (wire.channel, sorted([SARI, JOKO]), None)
    assert set(row) == {"channel_id", "received_at", "size_bytes", "people", "problem", "set_aside_at"}
    assert await collect(db, wire.accounts["budi"]) == []
    assert (await wire.melati.delete(f"{API}/users/{wire.accounts['melati']}")).status_code == 204
    assert await waiting(wire) == 0
    assert await db.fetch_value("SELECT count(*) FROM webhook_delivery_people") == 0
    await wire.work()
    assert await words(wire) == {}
