"""The inbox: which sessions are to be looked at next, page by page, and live."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
from tests.products.dealroom.filling import FILLED_AT_ONCE, Explaining, filling, rows_read

from colonnade.kernel.testing import count_statements
from colonnade.products.dealroom.inbox.queries import list_entries
from colonnade.products.dealroom.inbox.schemas import InboxFilters, InboxSort, InboxView

API = "/api/v1"


async def inbox(room: Any, **query: Any) -> list[dict[str, Any]]:
    answer = await room.melati.get(f"{API}/inbox", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def ids(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["session"]["id"] for entry in entries]


async def hold(room: Any, session: str, message: dict[str, Any]) -> None:
    await room.services.db.execute(
        """
        INSERT INTO answers (session_id, trigger_message_id, up_to_seq, state, draft) VALUES ($1, $2, $3, 'held', 'x')
        """,
        UUID(session),
        message["id"],
        message["seq"],
    )


async def bind(room: Any, session: str, number: int, ends: str) -> None:
    """Give a session a contact on a channel whose window ends in a time from now."""
    await room.services.db.execute(
        """
        WITH h AS (
            INSERT INTO channels (owner_id, name, phone_number_id, phone, access_token, app_secret, verify_token_hash)
            VALUES (1, 'Toko', $2::text, '+6281160001' || $2, 'x', 'x', sha256('x')) RETURNING id
        ), p AS (INSERT INTO contacts (owner_id, profile_name) VALUES (1, 'Ibu Sari') RETURNING id
        ), i AS (
            INSERT INTO contact_identities (owner_id, contact_id, home_id, kind, value, written)
            SELECT 1, p.id, p.id, 'phone', '+6281299900' || $2, '6281299900' || $2 FROM p RETURNING id, contact_id
        )
        INSERT INTO channel_contacts (channel_id, session_id, contact_id, identity_id, wa_id, window_ends_at)
        SELECT h.id, $1, i.contact_id, i.id, '6281299900' || $2, now() + $3::text::interval FROM h, i
        """,
        UUID(session),
        str(number),
        ends,
    )


async def test_each_view_has_its_sessions(room: Any) -> None:
    quiet, waits, answered, held, human = [await room.session(title=str(n)) for n in range(5)]
    await room.session(room.budi)
    first = await room.say(waits, "Halo")
    await room.say(waits, "Masih ada?")
    await room.say(answered, "Halo")
    await room.say(answered, "Ada, Kak", "assistant")
    await hold(room, held, await room.say(held, "Berapa?"))
    await room.melati.post(f"{API}/sessions/{human}/takeover", json={"minutes": 5})
    assert ids(await inbox(room)) == [held, answered, waits, human, quiet]
    assert ids(await inbox(room, view="unread")) == [held, answered, waits]
    assert ids(await inbox(room, view="waiting")) == [held, waits]
    assert ids(await inbox(room, sort="waiting")) == [waits, held]
    assert ids(await inbox(room, view="held")) == [held]
    assert ids(await inbox(room, view="taken-over")) == [human]
    assert ids(await inbox(room, view="closing")) == []
    (entry,) = [each for each in await inbox(room) if each["session"]["id"] == waits]
    session = (await room.melati.get(f"{API}/sessions/{waits}")).json()["data"]
    assert entry == {
        "session": session,
        "channelId": None,
        "contactName": None,
        "waitingSince": first["createdAt"],
        "windowEndsAt": None,
        "heldAnswers": 0,
    }
    await room.say(waits, "catatan", "system")
    assert ids(await inbox(room, sort="waiting")) == [waits, held]
    await room.say(waits, "Ada!", "human")
    assert ids(await inbox(room, sort="waiting")) == [held]
    await room.melati.patch(f"{API}/sessions/{held}", json={"archived": True})
    assert ids(await inbox(room, view="held")) == []
    foreign = await room.budi.get(f"{API}/inbox/{waits}")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "SESSION_NOT_FOUND")
    assert len((await room.budi.get(f"{API}/inbox")).json()["data"]) == 1


async def test_windows_that_close_come_in_their_order_and_by_channel(room: Any) -> None:
    late, soon, over = [await room.session() for _ in range(3)]
    for number, (session, ends) in enumerate([(late, "5 hours"), (soon, "1 hour"), (over, "-1 hour")], 10):
        await bind(room, session, number, ends)
    closing = await inbox(room, sort="closing")
    assert ids(closing) == [soon, late]
    assert ids(await inbox(room, view="closing")) == [soon]
    assert (closing[0]["contactName"], closing[0]["windowEndsAt"] is not None) == ("Ibu Sari", True)
    assert ids(await inbox(room, channelId=closing[0]["channelId"])) == [soon]
    assert await inbox(room, channelId=999) == []


@pytest.mark.parametrize("sort", ["latest", "waiting"])
async def test_pages_are_one_statement_each_and_have_everything_once(room: Any, sort: str) -> None:
    sessions = [await room.session() for _ in range(5)]
    for session in sessions:
        await room.say(session, "Halo")
    await room.melati.patch(f"{API}/sessions/{sessions[0]}", json={"pinned": True})
    expected = ids(await inbox(room, sort=sort))
    assert len(expected) == 5
    found: list[str] = []
    query: dict[str, Any] = {"sort": sort, "limit": 2}
    while True:
        with count_statements(room.services.db) as statements:
            page = (await room.melati.get(f"{API}/inbox", params=query)).json()
        assert statements.count == 2  # who asks, the page
        found += ids(page["data"])
        if "nextCursor" not in page:
            break
        query["cursor"] = page["nextCursor"]
    assert found == expected
    wrong = await room.melati.get(f"{API}/inbox?sort=closing&cursor={query['cursor']}x")
    assert wrong.status_code == 422


async def test_the_first_state_and_the_events_are_what_a_refetch_shows(room: Any) -> None:
    """A client looks at each session that it is told of again, and forgets those that are no more."""
    kept, gone = [await room.session() for _ in range(2)]
    client = await room.socket(await room.token(1))
    stranger = await room.socket(await room.token(2))
    for each in (client, stranger):
        await each.call("join-inbox", {})
    state = {entry["session"]["id"]: entry for entry in await inbox(room)}
    new = await room.session(title="Baru")
    await room.say(kept, "Halo")
    await room.say(new, "Halo juga")
    await room.melati.post(f"{API}/sessions/{new}/read", json={"seq": 1})
    await room.melati.put(f"{API}/sessions/{kept}", json={"labels": ["hangat"]})
    await room.melati.post(f"{API}/sessions/{kept}/takeover", json={})
    await room.melati.post(f"{API}/sessions/{new}/release")
    await hold(room, new, await room.say(new, "Berapa?"))
    (held,) = (await room.melati.get(f"{API}/sessions/{new}/answers")).json()["data"]
    assert (await room.melati.post(f"{API}/answers/{held['id']}/reject")).status_code == 200
    asked = await room.say(kept, "Masih ada?")
    assert (await room.melati.delete(f"{API}/messages/{asked['id']}")).status_code == 204
    await room.melati.delete(f"{API}/sessions/{gone}")
    told = await client.wait_for("inbox-changed", count=11)
    for event in told:
        answer = await room.melati.get(f"{API}/inbox/{event['sessionId']}")
        if answer.status_code == 404:
            state.pop(event["sessionId"], None)
        else:
            state[event["sessionId"]] = answer.json()["data"]
    refetched = {entry["session"]["id"]: entry for entry in await inbox(room)}
    assert state == refetched
    assert {event["sessionId"] for event in told} == {kept, gone, new}
    assert stranger.of("inbox-changed") == []


async def fill(room: Any, sessions: int) -> None:
    """Write two owners' sessions, every second one a contact's of one of three channels of the owner.

    They are of twenty days. A thousandth waits, is unread, has a held answer and is a human's. A window ends a day
    after the session's last message.
    """
    db = room.services.db
    async with filling(
        db, "chat_sessions", "answers", "channels", "contacts", "contact_identities", "channel_contacts"
    ):
        await db.execute(
            """
            INSERT INTO channels (owner_id, name, phone_number_id, phone, access_token, app_secret, verify_token_hash)
            SELECT 1 + n % 2, 'Toko', n, '+62811600010' || n, 'x', 'x', sha256('x') FROM generate_series(0, 5) n
            """
        )
        for begin in range(0, sessions, FILLED_AT_ONCE):
            await db.execute(
                """
                WITH made AS (
                    SELECT n, gen_random_uuid() AS id, 1 + n % 2 AS owner_id, n / 2 % 1000 < 1 AS rare
                    FROM generate_series($1::integer + 1, $1 + $2::integer) n
                ), s AS (
                    INSERT INTO chat_sessions (id, owner_id, last_seq, read_seq, chain_head, active_at, waiting_since,
                        held_answers, human_until)
                    SELECT id, owner_id, 1, (NOT rare)::integer, sha256('x'), now() - n * $3::interval,
                        CASE WHEN rare THEN now() - n * $3::interval END, rare::integer,
                        now() + CASE WHEN rare THEN interval '1 hour' WHEN n % 10 = 0 THEN interval '-1 day' END
                    FROM made
                ), p AS (
                    INSERT INTO contacts (owner_id, profile_name) SELECT owner_id, n::text FROM made WHERE n / 2 % 2 = 0
                    RETURNING id, owner_id, profile_name
                ), i AS (
                    INSERT INTO contact_identities (owner_id, contact_id, home_id, kind, value, written)
                    SELECT owner_id, id, id, 'phone', '+62' || 8000000000 + profile_name::integer,
                        '62' || 8000000000 + profile_name::integer
                    FROM p RETURNING id, contact_id, written
                )
                INSERT INTO channel_contacts (channel_id, session_id, contact_id, identity_id, wa_id, window_ends_at)
                SELECT h.id, made.id, i.contact_id, i.id, i.written,
                    now() + interval '1 day' - n * $3::interval
                FROM made JOIN p ON p.profile_name = n::text JOIN i ON i.contact_id = p.id
                    JOIN channels h ON h.phone_number_id = (n % 2 + n / 4 % 3 * 2)::text
                """,
                begin,
                FILLED_AT_ONCE,
                timedelta(days=20) / sessions,
            )


NEXT: dict[InboxSort, tuple[Any, ...]] = {
    "latest": (False, datetime.now(UTC) - timedelta(days=10), UUID(int=0)),
    "waiting": (datetime.now(UTC) - timedelta(days=10), UUID(int=0)),
    "closing": (datetime.now(UTC) + timedelta(hours=12), UUID(int=0)),
}
"""Cursors of a page in the middle."""
BY_INDEX: list[tuple[InboxView, InboxSort]] = [
    ("all", "latest"),
    ("unread", "latest"),
    ("held", "latest"),
    ("waiting", "latest"),
    ("waiting", "waiting"),
    ("closing", "closing"),
]
"""The views in their own order: the index of each has that order, and nothing else."""


@pytest.mark.parametrize("sessions", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
async def test_no_view_reads_more_than_its_page_and_what_is_rare(room: Any, sessions: int) -> None:
    await fill(room, sessions)
    for view, sort, channel in itertools.product(get_args(InboxView), get_args(InboxSort), (None, 1)):
        for after in (None, NEXT[sort]):
            explaining = Explaining(room.services.db)
            filters = InboxFilters(view, sort, channel)
            await list_entries(explaining, 1, filters, after=after, limit=21)  # type: ignore[arg-type]
            read = rows_read(explaining.plan)
            print(sessions, filters, after is not None, read, explaining.buffers)
            # Of each of 21 entries its session, its contact and the contact's name, of each of three channels. Else a
            # few scans of what is rare: an eightieth of the sessions have a window that is open.
            bound = 21 * 3 * 3 + 20 if (view, sort) in BY_INDEX else 200 + sessions / 80 * 8
            assert read <= bound * (1 if channel is None else 3), (filters, read, explaining.plan)


async def test_held_answers_are_counted_whatever_becomes_of_them(room: Any) -> None:
    """Decided, put back, and gone with their session or one by one; the count is what the answers say."""
    db = room.services.db
    session = await room.session()
    asked = await room.say(session, "Berapa?")
    for _ in range(3):
        await hold(room, session, asked)
    (entry,) = await inbox(room, view="held")
    assert entry["heldAnswers"] == 3
    first, second, third = (await room.melati.get(f"{API}/sessions/{session}/answers")).json()["data"]
    assert (await room.melati.post(f"{API}/answers/{first['id']}/reject")).status_code == 200
    approved = await room.melati.post(f"{API}/answers/{second['id']}/approve", json={})
    assert approved.status_code == 200, approved.text
    assert await inbox(room, view="held") == [], "it has overtaken the third"
    await db.execute("DELETE FROM answers WHERE id = $1", third["id"])
    await hold(room, session, await room.say(session, "Berapa?"))
    assert [entry["heldAnswers"] for entry in await inbox(room, view="held")] == [1]
    third = (await room.melati.get(f"{API}/sessions/{session}/answers")).json()["data"][0]
    await db.execute("UPDATE answers SET state = 'held', draft = 'y' WHERE id = $1", third["id"])
    assert [entry["heldAnswers"] for entry in await inbox(room, view="held")] == [1]
    await db.execute("DELETE FROM answers WHERE id = $1", third["id"])
    assert await inbox(room, view="held") == []
    assert [entry["heldAnswers"] for entry in await inbox(room)] == [0]
    await hold(room, session, await room.say(session, "Berapa?"))
    assert (await room.melati.delete(f"{API}/sessions/{session}")).status_code == 204
    assert await inbox(room) == []
