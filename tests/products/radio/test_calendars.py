"""Calendar feeds through HTTP, read back by another library: what they show is the schedule."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar
from tests.products.radio.planning import moments_of, plan, put_in, read_schedule, set_clock

from colonnade.kernel.testing import count_statements

MONDAY = date(2031, 3, 3)
PROGRAM = {"name": "Kopi Pagi", "type": "music"}


async def add_program(client, **more):
    answer = await client.post("/programs", json={**PROGRAM, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def add_slot(client, program, **more):
    body = {"program_id": program["id"], "weekday": 1, "start_time": "06:00", "end_time": "08:00"}
    answer = await client.post("/programs/slots", json={**body, "valid_from": str(MONDAY), **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def add_override(client, slot, day, **more):
    body = {"slot_id": slot["id"], "date": str(day), "kind": "replace" if more else "cancel"}
    answer = await client.post("/programs/overrides", json={**body, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def read(client, path="/programs/calendar.ics"):
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    assert b"\n" not in answer.content.replace(b"\r\n", b"")
    return answer.content


def events_of(content):
    return Calendar.from_ical(content).walk("VEVENT")


def exact(wall, zone):
    """Return the moment that a calendar reads a local time as (RFC 5545, 3.3.5)."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def shown_by(content, zone, first, end):
    """Return (start, end, name) of what a calendar shows between two moments: a year's events, by RFC 5545."""
    shown, exceptions, events = {}, {}, events_of(content)
    for event in events:
        if "RECURRENCE-ID" in event:
            exceptions[event["UID"], event["RECURRENCE-ID"].dt.replace(tzinfo=None)] = event
    for event in events:
        starts = event["DTSTART"].dt
        if "RRULE" not in event:
            key = (event["UID"], (event.get("RECURRENCE-ID") or event["DTSTART"]).dt.replace(tzinfo=None))
            shown[key] = (starts.astimezone(UTC), event["DTEND"].dt.astimezone(UTC), str(event["SUMMARY"]))
            continue
        rule = event["RRULE"].to_ical().decode().replace("Z", "")
        until = event["RRULE"].get("UNTIL")
        left_out = event.get("EXDATE", [])
        left_out = {
            each.dt.replace(tzinfo=None)
            for dates in (left_out if isinstance(left_out, list) else [left_out])
            for each in dates.dts
        }
        for wall in rrulestr(rule.partition(";UNTIL")[0], dtstart=starts.replace(tzinfo=None)):
            moment = exact(wall, zone)
            if moment > end or (until and moment > until[0]):
                break
            if wall not in left_out and (event["UID"], wall) not in exceptions:
                shown[event["UID"], wall] = (
                    moment,
                    moment + event["DURATION"].dt,
                    str(event["SUMMARY"]),
                )
    return sorted(each for each in shown.values() if each[0] >= first and each[0] < end)


async def test_a_weekly_slot_is_an_event_that_says_its_zone(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    made = await editor.post("/programs/presenters", json={"name": "Debora Tampubolon"})
    program = await add_program(
        editor,
        description="<p>Teman pagi; kopi, teh &amp; doa</p>",
        presenter_ids=[made.json()["data"]["id"]],
    )
    slot = await add_slot(editor, program, valid_until=str(MONDAY + timedelta(days=364)))
    await add_override(editor, slot, MONDAY + timedelta(days=7))
    stamp = await radio.services.db.fetch_value("SELECT updated_at FROM program_slots")
    text = (await read(visitor)).decode()
    event = text[text.index("BEGIN:VEVENT") :].split("\r\n")
    assert event == [
        "BEGIN:VEVENT",
        f"UID:slot-{slot['id']}@radio",
        f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
        "SEQUENCE:0",
        "DTSTART;TZID=Asia/Jakarta:20310303T060000",
        "DURATION:PT120M",
        "RRULE:FREQ=WEEKLY;UNTIL=20320301T165959Z",
        "EXDATE;TZID=Asia/Jakarta:20310310T060000",
        "SUMMARY:Kopi Pagi",
        "DESCRIPTION:Teman pagi\\; kopi\\, teh & doa\\nDebora Tampubolon",
        "CATEGORIES:music",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    head = text[: text.index("BEGIN:VTIMEZONE")].split("\r\n")
    assert head == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Colonnade//Programme//EN",
        "CALSCALE:GREGORIAN",
        "NAME:El Shaddai FM",
        "X-WR-CALNAME:El Shaddai FM",
        "X-WR-TIMEZONE:Asia/Jakarta",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
        "",
    ]


async def test_a_zone_with_summer_time_is_described(radio, monkeypatch):
    put_in(monkeypatch, radio, "Europe/Berlin")
    set_clock(monkeypatch, datetime(2026, 6, 1, tzinfo=UTC))
    text = (await read(await radio.http())).decode()
    zone = (
        text[text.index("BEGIN:VTIMEZONE") : text.index("END:VCALENDAR")].replace("\r\n ", "").split("\r\n")
    )
    assert zone == [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Berlin",
        "BEGIN:STANDARD",
        "DTSTART:20260101T010000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0100",
        "TZNAME:CET",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "DTSTART:20260329T020000",
        "RDATE:20270328T020000,20280326T020000,20290325T020000,20300331T020000,20310330T020000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "TZNAME:CEST",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:20261025T030000",
        "RDATE:20271031T030000,20281029T030000,20291028T030000,20301027T030000,20311026T030000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "TZNAME:CET",
        "END:STANDARD",
        "END:VTIMEZONE",
        "",
    ]


@pytest.mark.parametrize(
    "key", ["Asia/Jakarta", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]
)
async def test_a_calendar_shows_the_schedule_of_a_year(radio, monkeypatch, key):
    zone, editor = ZoneInfo(key), await radio.http("editor")
    put_in(monkeypatch, radio, key)
    slots = await plan(radio, key)
    other = await add_program(editor, name="Siaran Khusus")
    for number, slot in enumerate(slots):
        day = date(2027, 3, 1) + timedelta(weeks=number * 2, days=slot["weekday"] - 1)
        await add_override(editor, slot, day)
        day += timedelta(weeks=1)
        await add_override(editor, slot, day, program_id=other["id"])
    # The Sundays on which the clocks are changed are among the differences.
    first, last = date(2027, 1, 4), date(2027, 12, 26)
    scheduled = await read_schedule(radio, monkeypatch, zone, first, last)
    begin, end = exact(datetime.combine(first, time()), zone), exact(datetime.combine(last, time()), zone)
    expected = sorted((*moments_of(each), each["program"]["name"]) for each in scheduled)
    expected = [each for each in expected if begin <= each[0] < end]
    assert len(expected) > 500
    assert shown_by(await read(editor), zone, begin, end) == expected
    for program, slug in (("Kopi Pagi", "kopi-pagi"), ("Siaran Khusus", "siaran-khusus")):
        shown = shown_by(await read(editor, f"/programs/calendar.ics?program={slug}"), zone, begin, end)
        assert shown == [each for each in expected if each[2] == program]


async def test_what_replaces_a_programme_is_in_its_calendar(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    program, other = await add_program(editor), await add_program(editor, name="Siaran Khusus")
    slot = await add_slot(editor, program)
    made = await add_override(
        editor, slot, MONDAY + timedelta(days=7), program_id=other["id"], note="<b>Natal</b>"
    )
    whole, own, its = [
        events_of(await read(visitor, path))
        for path in (
            "/programs/calendar.ics",
            "/programs/calendar.ics?program=kopi-pagi",
            "/programs/calendar.ics?program=siaran-khusus",
        )
    ]
    replaced = datetime(2031, 3, 10, 6, tzinfo=ZoneInfo("Asia/Jakarta"))
    assert [str(event["UID"]) for event in whole] == [f"slot-{slot['id']}@radio"] * 2
    assert (whole[1]["RECURRENCE-ID"].dt, str(whole[1]["SUMMARY"])) == (replaced, "Siaran Khusus")
    assert str(whole[1]["DESCRIPTION"]) == "Natal"
    (event,) = own
    assert [each.dt for each in event["EXDATE"].dts] == [replaced]
    (event,) = its
    assert str(event["UID"]) == f"override-{made['id']}@radio"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (
        datetime(2031, 3, 9, 23, tzinfo=UTC),
        datetime(2031, 3, 10, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "name",
    [
        r"Doa, puasa; dan \ n: \n",
        "Kopi " + "☕" * 60,
        "BEGIN:VEVENT",
        "a" * 255,
        "讚美詩歌" * 30,
    ],
)
async def test_any_name_is_read_back_as_it_is(radio, name):
    editor = await radio.http("editor")
    program = await add_program(editor, name=name, slug="acara")
    await add_slot(editor, program)
    for path in ("/programs/calendar.ics", "/programs/calendar.ics?program=acara"):
        (event,) = events_of(await read(editor, path))
        assert str(event["SUMMARY"]) == program["name"]


async def test_a_calendar_is_kept_until_the_plan_changes(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    program = await add_program(editor)
    slot = await add_slot(editor, program)
    for path in ("/programs/calendar.ics", "/programs/calendar.ics?program=kopi-pagi"):
        first = await visitor.get(path)
        with count_statements(radio.services.db) as statements:
            assert (await visitor.get(path)).content == first.content
        assert statements.count == 0
        radio.services.cache.forget_all()
        again = await visitor.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        radio.services.cache.forget_all()
        with count_statements(radio.services.db) as statements:
            await visitor.get(path)
        assert statements.count == (2 if path == "/programs/calendar.ics" else 3)
    moved = await editor.put(f"/programs/slots/{slot['id']}", json={"start_time": "05:30"})
    assert moved.status_code == 200
    (event,) = events_of(await read(visitor))
    assert (event["SEQUENCE"], event["DURATION"].dt) == (1, timedelta(minutes=150))
    assert event["DTSTART"].dt.replace(tzinfo=None) == datetime(2031, 3, 3, 5, 30)


async def test_a_slot_that_ended_before_it_was_planned_is_no_event(radio):
    editor = await radio.http("editor")
    await add_slot(editor, await add_program(editor), valid_from=None, valid_until="2001-12-31")
    assert events_of(await read(editor)) == []


async def test_an_unknown_programme_has_no_calendar(radio):
    answer = await (await radio.http()).get("/programs/calendar.ics?program=tidak-ada")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_events_are_named_after_the_public_host(radio, monkeypatch):
    editor = await radio.http("editor")
    slot = await add_slot(editor, await add_program(editor))
    monkeypatch.setitem(radio.services.settings.__dict__, "public_url", "https://siaran.elshaddaifm.id/radio")
    (event,) = events_of(await read(editor))
    assert str(event["UID"]) == f"slot-{slot['id']}@siaran.elshaddaifm.id"
