"""Figures per day, as JSON and CSV."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tests.products.dealroom.filling import FILLED_AT_ONCE, Explaining, filling, scans_of
from tests.products.dealroom.test_channel_rules import ruled
from tests.products.dealroom.whatsapp import wire, wire_server

from colonnade.kernel.testing import count_statements, error_code
from colonnade.products.dealroom.product import PRODUCT
from colonnade.products.dealroom.reports.queries import MOST_MESSAGES, list_days
from colonnade.products.dealroom.reports.schemas import TooManyMessages

__all__ = ["wire", "wire_server"]

API = "/api/v1"
RANGE = {"from": "2026-03-01", "to": "2026-03-02", "timezone": "Asia/Jakarta"}
DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)
ENDS_SOON = timedelta(seconds=30)


async def at(room: Any, session: str, sender: str, moment: datetime, content: str = "x") -> dict[str, Any]:
    """Say something at a time that has passed."""
    message = await room.say(session, content, sender)
    await room.services.db.execute("UPDATE messages SET created_at = $2 WHERE id = $1", message["id"], moment)
    return message


async def test_the_figures_of_two_days_in_the_zone_that_is_asked_for(room: Any) -> None:
    one, two, three = [await room.session() for _ in range(3)]
    await at(room, one, "customer", DAY, "Halo")
    await at(room, one, "customer", DAY + timedelta(seconds=20), "Pesanan no. 12345 sudah dikirim?")
    await at(room, one, "assistant", DAY + timedelta(seconds=60))
    await at(room, one, "customer", DAY + timedelta(minutes=10), "Baik")
    await at(room, one, "human", DAY + timedelta(minutes=15))
    first = await at(room, two, "customer", DAY, "Halo, 500 gram")
    await at(room, three, "customer", DAY + timedelta(hours=9))  # the next day in Jakarta
    await at(room, three, "assistant", DAY + timedelta(hours=9, seconds=5))
    await room.services.db.execute(
        """
        INSERT INTO answers (session_id, trigger_message_id, up_to_seq, state, draft, created_at)
        VALUES ($1, $2, 1, 'held', 'x', $3)
        """,
        UUID(two),
        first["id"],
        DAY,
    )
    foreign = await room.session(room.budi)
    await room.say(foreign, "Halo", client=room.budi)
    with count_statements(room.services.db) as statements:
        answer = await room.melati.get(f"{API}/reports/daily", params=RANGE)
    assert answer.status_code == 200, answer.text
    assert statements.count == 2  # who asks, the figures
    assert answer.json()["data"] == [
        {
            "day": "2026-03-01",
            "conversations": 2,
            "turns": 3,
            "answered": 2,
            "firstAnswerMedianSeconds": 180.0,
            "firstAnswerP90Seconds": 276.0,
            "answeredByAssistant": 0.5,
            "held": 1,
            "takenOver": 1,
            "ordersMentioned": 1,
        },
        {
            "day": "2026-03-02",
            "conversations": 1,
            "turns": 1,
            "answered": 1,
            "firstAnswerMedianSeconds": 5.0,
            "firstAnswerP90Seconds": 5.0,
            "answeredByAssistant": 1.0,
            "held": 0,
            "takenOver": 0,
            "ordersMentioned": 0,
        },
    ]
    utc = await room.melati.get(f"{API}/reports/daily", params={**RANGE, "timezone": "UTC"})
    assert [day["conversations"] for day in utc.json()["data"]] == [3, 0]


async def test_what_is_answered_a_day_later_is_not_answered(room: Any) -> None:
    late, soon = [await room.session() for _ in range(2)]
    for session, hours in ((late, 25), (soon, 23)):
        await at(room, session, "customer", DAY)
        await at(room, session, "human", DAY + timedelta(hours=hours))
    first, _ = (await room.melati.get(f"{API}/reports/daily", params=RANGE)).json()["data"]
    assert (first["turns"], first["answered"], first["firstAnswerMedianSeconds"]) == (2, 1, 23 * 3600)


async def test_a_note_between_two_messages_of_a_customer_begins_no_turn(room: Any) -> None:
    session = await room.session()
    for minute, sender in enumerate(("customer", "system", "customer", "human")):
        await at(room, session, sender, DAY + timedelta(minutes=minute))
    first, _ = (await room.melati.get(f"{API}/reports/daily", params=RANGE)).json()["data"]
    assert (first["turns"], first["answered"], first["firstAnswerMedianSeconds"]) == (1, 1, 180)


async def test_an_answer_that_was_held_counts_whatever_was_decided(room: Any) -> None:
    session = await room.session()
    await at(room, session, "customer", DAY)
    for state, decided_by in (("held", None), ("rejected", 1), ("cancelled", None)):
        await room.services.db.execute(
            """
            INSERT INTO answers (session_id, trigger_message_id, up_to_seq, state, decided_by, decided_at, created_at)
            VALUES ($1, 1, 1, $2, $3, CASE WHEN $2 <> 'held' THEN now() END, $4)
            """,
            UUID(session),
            state,
            decided_by,
            DAY,
        )
    first, _ = (await room.melati.get(f"{API}/reports/daily", params=RANGE)).json()["data"]
    assert first["held"] == 2


async def test_the_same_figures_as_a_file(room: Any) -> None:
    answer = await room.melati.get(f"{API}/reports/daily.csv", params={**RANGE, "to": "2026-03-01"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.removeprefix("\ufeff").splitlines() == [
        "day,conversations,turns,answered,firstAnswerMedianSeconds,firstAnswerP90Seconds,answeredByAssistant,held,"
        "takenOver,ordersMentioned",
        "2026-03-01,0,0,0,,,,0,0,0",
    ]


async def test_ranges_and_zones_are_bounded(room: Any) -> None:
    for wrong in (
        {"to": "2026-02-28"},
        {"to": "2026-06-02"},
        {"timezone": "Mars/Olympus"},
        {"from": "kemarin"},
        {"from": "0001-01-01", "to": "0001-01-02"},
    ):
        refused = await room.melati.get(f"{API}/reports/daily", params={**RANGE, **wrong})
        assert refused.status_code == 422, (wrong, refused.text)
    long = await room.melati.get(f"{API}/reports/daily", params={**RANGE, "to": "2026-06-01"})
    assert (long.status_code, long.json()["results"]) == (200, 93)
    for name in ("channelId", "channel"):
        foreign = await room.melati.get(f"{API}/reports/daily", params={**RANGE, name: 77})
        assert (foreign.status_code, error_code(foreign)) == (404, "CHANNEL_NOT_FOUND")


async def test_a_session_is_taken_over_by_whoever_says_so_or_writes(room: Any) -> None:
    day = await today_of()
    one, two, three = [await room.session() for _ in range(3)]
    for session in (one, two, three):
        await room.say(session, "Halo")
    for _ in range(2):
        taken = await room.melati.post(f"{API}/sessions/{one}/takeover", json={"minutes": 5})
        assert taken.status_code == 200, taken.text
    await room.melati.post(f"{API}/sessions/{two}/takeover", json={"minutes": 5})
    await room.say(two, "Saya telepon", "human")
    (today,) = (await room.melati.get(f"{API}/reports/daily", params={"from": day, "to": day})).json()["data"]
    assert today["takenOver"] == 2
    [collect] = [part.collect for part in PRODUCT.personal_data if part.name == "takeovers"]
    exported = await collect(room.services.db, room.accounts["melati"])
    assert [str(each["session_id"]) for each in exported] == [one, one, two]
    assert await collect(room.services.db, room.accounts["budi"]) == []
    assert (await room.melati.delete(f"{API}/sessions/{one}")).status_code == 204
    (today,) = (await room.melati.get(f"{API}/reports/daily", params={"from": day, "to": day})).json()["data"]
    assert today["takenOver"] == 1


async def test_a_channel_has_its_own_takeovers(wire: Any) -> None:
    theirs, elsewhere = await wire.talk("Halo"), await wire.session()
    await wire.say(elsewhere, "Halo")
    for session in (theirs, elsewhere):
        taken = await wire.melati.post(f"{API}/sessions/{session}/takeover", json={"minutes": 5})
        assert taken.status_code == 200, taken.text
    for params, expected in (({}, 2), ({"channelId": wire.channel}, 1)):
        answer = await wire.melati.get(f"{API}/reports/daily", params=params)
        assert sum(day["takenOver"] for day in answer.json()["data"]) == expected


async def today_of(zone: str = "UTC") -> str:
    """Return the day that it is, and for a while goes on to be, in a zone: wait for the next one if it ends soon."""
    moment = datetime.now(ZoneInfo(zone))
    following = datetime.combine(moment.date() + timedelta(days=1), time.min, moment.tzinfo)
    if (left := following - moment) < ENDS_SOON:
        await asyncio.sleep(left.total_seconds() + 0.1)
    return str(datetime.now(ZoneInfo(zone)).date())


async def test_by_default_a_report_is_of_the_last_week(room: Any) -> None:
    today = await today_of()
    days = (await room.melati.get(f"{API}/reports/daily")).json()["data"]
    assert (len(days), days[-1]["day"]) == (7, today)
    until = (await room.melati.get(f"{API}/reports/daily", params={"to": "2026-03-07"})).json()["data"]
    assert (len(until), until[0]["day"]) == (7, "2026-03-01")
    begin = str(date.fromisoformat(today) - timedelta(days=2))
    since = (await room.melati.get(f"{API}/reports/daily", params={"from": begin})).json()["data"]
    assert (len(since), since[0]["day"], since[-1]["day"]) == (3, begin, today)
    first = await room.melati.get(f"{API}/reports/daily", params={"to": "2000-01-03"})
    assert (first.json()["data"][0]["day"], len(first.json()["data"])) == ("2000-01-01", 3)
    file = await room.melati.get(f"{API}/reports/daily.csv")
    assert file.headers["content-disposition"].endswith(f'-{today}.csv"')
    old = await room.melati.get(f"{API}/reports/daily", params={"from": "2026-01-01", "to": "1999-01-01"})
    assert old.status_code == 422


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
async def test_days_are_those_of_the_channels_zone(wire: Any, zone: str) -> None:
    await ruled(wire, timeZone=zone)
    today, theirs = await today_of(), await today_of(zone)
    for params in ({}, {"channelId": wire.channel}, {"channel": wire.channel}):
        days = (await wire.melati.get(f"{API}/reports/daily", params=params)).json()["data"]
        assert (len(days), days[-1]["day"]) == (7, theirs)
    utc = (await wire.melati.get(f"{API}/reports/daily", params={"timezone": "UTC"})).json()["data"]
    assert utc[-1]["day"] == today


async def test_days_that_are_more_than_a_statement_reads_are_refused(room: Any) -> None:
    session, foreign = await room.session(), await room.session(room.budi)
    for sender in ("customer", "system", "assistant"):
        await at(room, session, sender, DAY)
    await room.say(foreign, "Halo", client=room.budi)
    days = (1, DAY.date(), DAY.date(), "UTC", None)
    (figures,) = await list_days(room.services.db, *days, most=3)
    assert (figures.turns, figures.answered) == (1, 1)
    with pytest.raises(TooManyMessages) as refused:
        await list_days(room.services.db, *days, most=2)
    assert (refused.value.status, refused.value.field) == (422, "to")


SESSIONS = 1_000
INDEXES = ["messages_orders_idx", "messages_owner_idx", "messages_silent_idx"]


async def fill(room: Any, messages: int, melatis: int) -> None:
    """Write messages of a hundred days in two thousand sessions; of each hundred, melati's are as many as said.

    They are pictures: finding the stems of a million texts takes minutes.
    """
    db = room.services.db
    async with filling(db, "chat_sessions", "messages"):
        await db.execute(
            """
            INSERT INTO chat_sessions (id, owner_id, last_seq, chain_head)
            SELECT lpad(to_hex(n), 32, '0')::uuid, 1 + n / $1, 1, sha256('x') FROM generate_series(0, 2 * $1 - 1) n
            """,
            SESSIONS,
        )
        for begin in range(0, messages, FILLED_AT_ONCE):
            await db.execute(
                """
                INSERT INTO messages (session_id, owner_id, seq, link, sender, type, media_url, content, status,
                    content_hash, hash, created_at)
                SELECT lpad(to_hex((owner - 1) * $5 + n / 100 % $5), 32, '0')::uuid, owner, n, n,
                    CASE n % 2 WHEN 0 THEN 'customer' ELSE 'assistant' END, 'image', 'https://x.id/x.jpg',
                    CASE n % 500 WHEN 8 THEN 'Order 12345?' END, 'recorded', sha256('x'), sha256('x'),
                    '2026-01-01'::timestamptz + n * (interval '93 days' / $3::integer)
                FROM generate_series($1::integer + 1, $1 + $2::integer) n,
                    LATERAL (SELECT 1 + (n % 100 >= $4::integer)::integer) o (owner)
                """,
                begin,
                FILLED_AT_ONCE,
                messages,
                melatis,
                SESSIONS,
            )


@pytest.mark.parametrize("messages", [10_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
async def test_a_report_reads_the_messages_of_its_days_and_no_others(room: Any, messages: int) -> None:
    """A tenth of what an owner of a hundredth has; at 10^6 messages in all."""
    await fill(room, messages, 1)
    explaining = Explaining(room.services.db)
    await list_days(explaining, 1, date(2026, 3, 1), date(2026, 3, 8), "UTC", None)  # type: ignore[arg-type]
    scans = list(scans_of(explaining.plan, "messages"))
    assert sorted(scan["Index Name"] for scan in scans) == INDEXES
    read = sum(scan["Actual Rows"] for scan in scans)
    print(messages, read, explaining.buffers)
    assert read <= messages / 800 + 10


@pytest.mark.slow
async def test_the_most_messages_are_counted_in_a_statements_time(room: Any) -> None:
    await fill(room, MOST_MESSAGES, 100)
    begun = monotonic()
    answer = await room.melati.get(f"{API}/reports/daily", params={"from": "2026-01-01", "to": "2026-04-03"})
    print(monotonic() - begun)
    assert answer.status_code == 200, answer.text
    days = answer.json()["data"]
    orders, turns = (sum(day[name] for day in days) for name in ("ordersMentioned", "turns"))
    assert (len(days), orders, turns) == (93, MOST_MESSAGES // 500, MOST_MESSAGES // 2 - 1)
