"""Many contacts of one channel at once: nobody waits for the channel's row in vain, whoever shares it meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from tests.products.dealroom.whatsapp import text_message, webhook, wire, wire_server

from colonnade.kernel.jobs import Worker
from colonnade.kernel.testing import count_statements
from colonnade.products.dealroom.channels.queries import channels
from colonnade.products.dealroom.sending.queries.pauses import pause_channel

__all__ = ["wire", "wire_server"]

CONTACTS = 60
CHANGES = 300
SILENCE = timedelta(days=1)


async def deadlocks(wire: Any) -> int:
    await asyncio.sleep(1.1)  # the connections tell of them once a second
    count: int = await wire.services.db.fetch_value(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    return count


@pytest.mark.parametrize("statement", ["failure", "success", "pause"])
async def test_a_channels_row_is_changed_while_new_messages_share_it(wire: Any, statement: str) -> None:
    db = wire.services.db
    before = await deadlocks(wire)
    changed = 0

    async def share() -> None:
        while changed < CHANGES:
            async with db.transaction() as tx:  # as whatever refers to it does when it is inserted
                await tx.execute("SELECT FROM channels WHERE id = $1 FOR KEY SHARE", wire.channel)
                await asyncio.sleep(0.003)

    async def change() -> None:
        nonlocal changed
        while changed < CHANGES:
            async with db.transaction() as tx:
                if statement == "failure":
                    await channels.mark_failure(tx, wire.channel, "error", state=None)
                elif statement == "pause":
                    await pause_channel(tx, wire.channel, "throttled", wait_seconds=1)
                    await tx.execute("UPDATE channels SET paused_until = NULL, pause_kind = NULL")
                else:
                    await tx.execute("UPDATE channels SET failures = 1 WHERE failures = 0")
                    await channels.mark_success(tx, wire.channel, SILENCE, outbound=True)
            changed += 1

    async with asyncio.timeout(60):  # of a second or two
        await asyncio.gather(*(share() for _ in range(4)), *(change() for _ in range(8)))
    assert await deadlocks(wire) == before


async def test_sixty_contacts_are_written_to_at_once(wire: Any) -> None:
    db = wire.services.db
    people = [str(628_120_000_000 + n) for n in range(CONTACTS)]
    answers = await asyncio.gather(
        *(wire.deliver(webhook(text_message(f"wamid.{one}", "Halo", one), names={})) for one in people)
    )
    assert {answer.status_code for answer in answers} == {200}
    before = await deadlocks(wire)
    sessions = await db.fetch("SELECT session_id FROM channel_contacts")
    worker = Worker(db.dsn, wire.services, wire.services.product.jobs, drain_seconds=0)
    running = asyncio.create_task(worker.run())
    for at in range(0, CONTACTS, 10):
        await asyncio.gather(
            *(wire.say(str(row["session_id"]), "Siap", "human") for row in sessions[at : at + 10]),
            *(
                wire.deliver(webhook(text_message(f"wamid.2{one}", "Oke", one), names={}))
                for one in people[at : at + 10]
            ),
        )
    async with asyncio.timeout(30):
        while await db.fetch_value("SELECT EXISTS (SELECT FROM messages WHERE status = 'pending')"):
            await asyncio.sleep(0.1)
    await worker.stop()
    await running
    assert await deadlocks(wire) == before
    assert len(wire.provider.texts) == CONTACTS
    states = await db.fetch("SELECT status, count(*) FROM messages WHERE sender = 'human' GROUP BY 1")
    assert [tuple(row) for row in states] == [("sent", CONTACTS)]


async def test_a_channel_that_works_is_not_written_for_each_message(wire: Any) -> None:
    db = wire.services.db

    async def mark(**of: bool) -> tuple[int, Any, Any]:
        async with db.transaction() as tx:
            with count_statements(db) as statements:
                changed = await channels.mark_success(tx, wire.channel, SILENCE, **of)
            row = await tx.fetch_value("SELECT xmin::text FROM channels")
        return statements.count - 1, changed and (changed.before, changed.after), row

    both = {"inbound": True}, {"outbound": True}
    for of in both:
        assert (await mark(**of))[0] == 2
        row = await db.fetch_value("SELECT xmin::text FROM channels")
        assert await mark(**of) == (1, None, row)
    # Whatever it says anew is written at once.
    for news in ("failures = 1", "last_error = 'x'", "lost_answers = 1", "state = 'degraded'"):
        await db.execute(f"UPDATE channels SET {news}")
        assert (await mark(outbound=True))[0] == 2, news
        assert (await mark(outbound=True))[0] == 1, news
    for side in ("inbound", "outbound"):
        await db.execute(f"UPDATE channels SET last_{side}_at = now() - interval '2 seconds'")
        assert (await mark(**{side: True}))[0] == 2, side
    await db.execute("UPDATE channels SET last_inbound_at = now() - interval '2 days'")
    assert (await mark(outbound=True))[1] == ("connected", "degraded")
    assert (await mark(inbound=True))[1] == ("degraded", "connected")
