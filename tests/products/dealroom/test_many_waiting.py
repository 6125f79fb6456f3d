"""What waits for many contacts takes as many statements as what waits for few."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.products.dealroom.conftest import API
from tests.products.dealroom.filling import Explaining, filling, rows_read
from tests.products.dealroom.test_assistant import switch
from tests.products.dealroom.test_channel_claims import claim
from tests.products.dealroom.whatsapp import text_message, webhook, wire, wire_server

from colonnade.kernel.core import now
from colonnade.kernel.testing import count_statements
from colonnade.products.dealroom.channels.schemas import HOURS_CHANGED, HoursChanged
from colonnade.products.dealroom.conversation import jobs
from colonnade.products.dealroom.conversation.queries import list_waiting
from colonnade.products.dealroom.sending.jobs import drain_queue, watch_channels
from colonnade.products.dealroom.sending.schemas import DrainQueue

__all__ = ["wire", "wire_server"]

NUMBERS = 628_120_000_000


async def write_to(wire: Any, first: int, contacts: int, *, texts: int = 1) -> list[str]:
    """Write texts to so many new contacts, and forget the jobs for them; return the sessions, as they were made."""
    for n in range(first, first + contacts):
        assert (await wire.deliver(webhook(text_message(f"wamid.{n}", "Halo", str(NUMBERS + n))))).is_success
    sessions = [session["id"] for session in reversed(await wire.sessions())][first:]
    for text in range(texts):
        for session in sessions:
            await wire.say(session, f"teks {text}", "human")
    await wire.services.db.execute("DELETE FROM job_queue")
    return sessions


async def receivers(wire: Any) -> list[int]:
    """Return the contacts whose messages are to be sent, in the order of the queue."""
    jobs = await wire.services.db.fetch(
        "SELECT payload::bytea FROM job_queue WHERE name = 'channels.send' ORDER BY priority DESC, id"
    )
    assert all(b"contact_id" in row[0] for row in jobs)
    return [int(row[0].split(b'"contact_id":')[1].split(b",")[0]) for row in jobs]


async def test_the_runs_of_a_channels_contacts_are_queued_in_order_by_one_statement(wire: Any) -> None:
    counts = []
    for first, contacts in ((0, 3), (3, 20)):
        await write_to(wire, first, contacts)
        with count_statements(wire.services.db) as statements:
            await drain_queue(wire.services, DrainQueue(wire.channel))
        counts.append(statements.count)
        ids = await wire.services.db.fetch("SELECT id FROM channel_contacts ORDER BY id")
        assert await receivers(wire) == [row["id"] for row in ids]
    assert counts == [2, 2]


async def test_what_is_stuck_is_queued_by_one_statement(wire: Any) -> None:
    counts = []
    for first, contacts in ((0, 3), (3, 20)):
        await write_to(wire, first, contacts)
        await wire.services.db.execute("UPDATE messages SET created_at = now() - interval '10 minutes'")
        with count_statements(wire.services.db) as statements:
            await watch_channels(wire.services)
        counts.append(statements.count)
        assert len(await receivers(wire)) == first + contacts
    assert counts[0] == counts[1]


async def test_nothing_is_queued_for_a_channel_that_is_paused(wire: Any) -> None:
    """Its contacts' runs would end at once; the probe starts them."""
    await write_to(wire, 0, 3)
    await wire.services.db.execute("UPDATE messages SET created_at = now() - interval '10 minutes'")
    await wire.services.db.execute(
        "UPDATE channels SET paused_until = now() + interval '1 hour', pause_kind = 'blocked'"
    )
    await watch_channels(wire.services)
    assert await receivers(wire) == []


@pytest.mark.parametrize("how", ["claimed", "deleted"])
async def test_what_waits_is_failed_by_few_statements_however_many_contacts_it_waits_for(
    wire: Any, how: str
) -> None:
    """Of each contact three messages: three statements each for the locks, the revisions and the events."""
    sessions = await write_to(wire, 0, 15, texts=3)
    client = await wire.socket(await wire.token(wire.accounts["melati"]))
    for session in sessions:
        await client.call("join-session", {"sessionId": session})
    with count_statements(wire.services.db) as statements:
        if how == "claimed":
            assert (await claim(wire, wire.budi)).status_code == 201
        else:
            assert (await wire.melati.delete(f"{API}/channels/{wire.channel}")).status_code == 204
        assert statements.count <= 24
    told = await client.wait_for("message-updated", count=45)
    assert {event["message"]["status"] for event in told} == {"failed"}
    for session in sessions:
        said = [(one["content"], one["status"]) for one in await wire.messages(session)][1:]
        assert said == [(f"teks {n}", "failed") for n in range(3)]
        integrity = (await wire.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
        assert integrity["intact"] is True


async def next_page(wire: Any) -> HoursChanged | None:
    """Take the job that sees to the next page of those who wait for new hours."""
    row = await wire.services.db.fetch_row(
        "DELETE FROM job_queue WHERE name = $1 RETURNING payload::bytea", HOURS_CHANGED.name
    )
    return None if row is None else msgspec.json.decode(row[0], type=HoursChanged)


async def test_those_who_wait_for_new_hours_are_answered_some_at_a_time(
    wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page takes as many statements as another, and all are answered once."""
    db = wire.services.db
    sessions = await write_to(wire, 0, 8, texts=0)
    switch(wire, monkeypatch, assistant="local")
    monkeypatch.setattr(jobs, "CONTACTS_AT_ONCE", 3)
    for planned in (8, 0):
        page: HoursChanged | None = HoursChanged(wire.channel)
        counts = []
        while page is not None:
            with count_statements(db) as statements:
                await jobs.answer_at_new_hours(wire.services, page)
            counts.append(statements.count)
            page = await next_page(wire)
        assert len(counts) == 3
        assert counts[0] == counts[1] > counts[2]
        assert await db.fetch_value("SELECT count(*) FROM job_queue") == planned
        rows = await db.fetch("SELECT session_id::text FROM answers ORDER BY id")
        assert sorted(row["session_id"] for row in rows) == sorted(sessions)
        await db.execute("DELETE FROM job_queue")


async def test_a_page_of_those_who_wait_reads_no_more_than_itself(wire: Any) -> None:
    db = wire.services.db
    tables = "chat_sessions", "contacts", "contact_identities", "channel_contacts"
    async with filling(db, *tables):
        await db.execute(
            """
            WITH made AS (SELECT n, gen_random_uuid() AS id FROM generate_series(1, 5000) n), s AS (
                INSERT INTO chat_sessions (id, owner_id, waiting_since) SELECT id, 1, now() FROM made
            ), p AS (
                INSERT INTO contacts (owner_id, profile_name) SELECT 1, n::text FROM made RETURNING id, profile_name
            ), i AS (
                INSERT INTO contact_identities (owner_id, contact_id, home_id, kind, value, written)
                SELECT 1, id, id, 'phone', '+62' || 8000000000 + profile_name::integer,
                    '62' || 8000000000 + profile_name::integer
                FROM p
                RETURNING id, contact_id, written
            )
            INSERT INTO channel_contacts (channel_id, session_id, contact_id, identity_id, wa_id, window_ends_at)
            SELECT $1, made.id, i.contact_id, i.id, i.written, now() + n * interval '1 second'
            FROM made JOIN i ON i.written = '62' || 8000000000 + n
            """,
            wire.channel,
        )
    explaining = Explaining(db)
    await list_waiting(explaining, wire.channel, (now() + timedelta(minutes=30), UUID(int=0)), 100)  # type: ignore[arg-type]
    assert rows_read(explaining.plan) <= 100 * 3, explaining.plan
