"""The inbox: which sessions are to be looked at next, page by page, and live."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from tests.products.dealroom.filling import FILLED_AT_ONCE, Explaining, filling, rows_read

from colonnade.kernel.testing import count_statements
from colonnade.products.dealroom.inbox.queries import list_entries
from colonnade.products.dealroom.inbox.schemas import InboxFilters

API = "/api/v1"


async def inbox(room: Any, **query: Any) -> list[dict[str, Any]]:
    answer = await room.melati.get(f"{API}/inbox", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def ids(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["session"]["id"] for entry in entries]


async def hold(room: Any, session: str, message: dict[str, Any]) -> None:
    await room.services.db.execute(
        "INSERT INTO answers (session_id, trigger_message_id, up_to_seq, state, draft) VALUES ($1, $2, 1, 'held', 'x')",
        UUID(session),
        message["id"],
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
    assert ids(await inbox(room, view="closing")) == [soon, late]
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
    await room.melati.delete(f"{API}/sessions/{gone}")
    told = await client.wait_for("inbox-changed", count=9)
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
    """Write an owner's sessions, of which a thousandth waits, is unread or has a held answer; and others' as many."""
    db = room.services.db
    async with filling(db, "chat_sessions", "answers"):
        for begin in range(0, sessions, FILLED_AT_ONCE):
            await db.execute(
                """
                INSERT INTO chat_sessions (owner_id, last_seq, read_seq, chain_head, active_at, waiting_since)
                SELECT 1 + n % 2, 1, (n % 1000 > 1)::integer, sha256('x'), now() - n * interval '1 second',
                    CASE WHEN n % 1000 < 2 THEN now() - n * interval '1 second' END
                FROM generate_series($1::integer + 1, $1 + $2::integer) n
                """,
                begin,
                FILLED_AT_ONCE,
            )
        await db.execute(
            """
            INSERT INTO answers (session_id, trigger_message_id, up_to_seq, state, draft)
            SELECT id, 1, 1, 'held', 'x' FROM chat_sessions WHERE waiting_since IS NOT NULL
            """
        )


FILTERS = [
    InboxFilters(),
    InboxFilters("unread"),
    InboxFilters("waiting", "waiting"),
    InboxFilters("held"),
    InboxFilters("taken-over"),
    InboxFilters("closing", "closing"),
]


@pytest.mark.parametrize("sessions", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
async def test_no_view_reads_more_than_its_page_and_what_is_rare(room: Any, sessions: int) -> None:
    await fill(room, sessions)
    for filters in FILTERS:
        explaining = Explaining(room.services.db)
        await list_entries(explaining, 1, filters, after=None, limit=21)  # type: ignore[arg-type]
        read = rows_read(explaining.plan)
        print(sessions, filters.view, filters.sort, read, explaining.buffers)
        assert read <= 200 + sessions / 20, (filters, read, explaining.plan)
