"""The schedule of a year in several zones: every moment has one answer, and the schedule and `/programs/now` agree.

What they are compared with is the station's clock, read minute by minute: a slot is on air from when the clock first
shows its beginning, or a later time, until it first shows its end, or a later time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.products.radio.planning import moments_of, plan, put_in, read_schedule, set_clock

MINUTE, WEEK_MINUTES = timedelta(minutes=1), 7 * 1440

YEARS = [
    ("Asia/Jakarta", 2027),
    ("Europe/Berlin", 2027),
    ("America/New_York", 2027),
]
FORTNIGHTS = [
    ("Asia/Jakarta", date(2026, 12, 25), date(2027, 1, 7)),
    ("Europe/Berlin", date(2027, 3, 22), date(2027, 4, 4)),
    ("Europe/Berlin", date(2027, 10, 25), date(2027, 11, 7)),
    ("America/New_York", date(2027, 3, 8), date(2027, 3, 21)),
    ("America/New_York", date(2027, 11, 1), date(2027, 11, 14)),
    ("Australia/Lord_Howe", date(2027, 3, 28), date(2027, 4, 12)),  # half an hour back
    ("Australia/Lord_Howe", date(2027, 9, 27), date(2027, 10, 11)),  # half an hour forward
    ("America/Sao_Paulo", date(2018, 2, 12), date(2018, 2, 26)),  # midnight comes twice
    ("America/Sao_Paulo", date(2018, 10, 29), date(2018, 11, 12)),  # midnight does not come
    ("America/St_Johns", date(2006, 10, 23), date(2006, 11, 6)),  # back at a minute past midnight
    ("Pacific/Apia", date(2011, 12, 19), date(2012, 1, 9)),  # a Friday does not come
]


def minutes_of(slots):
    """Return which slot is on air in each minute of a week, by the clock, and for how many minutes it has been."""
    owners = [None] * WEEK_MINUTES
    for slot in slots:
        hours, minutes = map(int, slot["start_time"].split(":"))
        begin = (slot["weekday"] - 1) * 1440 + hours * 60 + minutes
        hours, minutes = map(int, slot["end_time"].split(":"))
        length = ((slot["weekday"] - 1) * 1440 + hours * 60 + minutes - begin - 1) % 1440 + 1
        for minute in range(begin, begin + length):
            assert owners[minute % WEEK_MINUTES] is None
            owners[minute % WEEK_MINUTES] = (slot["id"], minute - begin)
    return owners


def clock_of(zone, first, last):
    """Yield each minute from one local date to another, and the latest time that the clock has shown until then."""
    moment = datetime.combine(first, time(), zone).astimezone(UTC) - timedelta(hours=3)
    shown = datetime.min
    while moment.astimezone(zone).date() <= last:
        shown = max(shown, moment.astimezone(zone).replace(tzinfo=None))
        if shown.date() >= first:
            yield moment, shown
        moment += MINUTE


async def check(radio, monkeypatch, zone, first, last):
    """Compare clock, schedule and `/programs/now` between two local dates; return how many moments were asked."""
    put_in(monkeypatch, radio, zone.key)
    slots = await plan(radio, f"{zone.key} {first}")
    owners = minutes_of(slots)
    broadcasts = await read_schedule(radio, monkeypatch, zone, first, last)
    on_air = {}
    for broadcast in broadcasts:
        moment, end = moments_of(broadcast)
        assert moment < end
        while moment < end:
            assert moment not in on_air, "two broadcasts at once"
            on_air[moment] = broadcast
            moment += MINUTE
    asked, before = [], object()
    for moment, shown in clock_of(zone, first, last):
        owner = owners[shown.weekday() * 1440 + shown.hour * 60 + shown.minute]
        found = on_air.get(moment)
        expected = owner and (owner[0], str((shown - timedelta(minutes=owner[1])).date()))
        assert (found and (found["slot_id"], found["date"])) == expected, moment
        # Between two changes of the answer it stays the same, except that at midnight other dates are asked for.
        if found is not before or shown.hour == shown.minute == 0:
            asked += [(moment - timedelta(seconds=1), on_air.get(moment - MINUTE)), (moment, found)]
        before = found
    editor = await radio.http("editor")
    for moment, found in asked:
        set_clock(monkeypatch, moment)
        assert (await editor.get("/programs/now")).json()["data"] == found, moment
    return len(asked)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "year"), YEARS)
async def test_every_moment_of_a_year_has_one_answer(radio, monkeypatch, key, year):
    assert await check(radio, monkeypatch, ZoneInfo(key), date(year, 1, 1), date(year, 12, 31)) > 3_000


@pytest.mark.parametrize(("key", "first", "last"), FORTNIGHTS)
async def test_every_moment_around_a_change_of_the_clock(radio, monkeypatch, key, first, last):
    assert await check(radio, monkeypatch, ZoneInfo(key), first, last) > 100
