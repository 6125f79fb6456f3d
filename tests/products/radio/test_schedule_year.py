"""The schedule of a year in several zones: every moment has one answer, and the schedule and `/programs/now` agree.

What they are compared with is the station's clock, read minute by minute: a slot is on air from when the clock first
shows its beginning, or a later time, until it first shows its end, or a later time.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from colonnade.products.radio.programs.routes import schedule as schedule_routes
from colonnade.products.radio.shared.schemas import StationSettings

MINUTE, DAY, WEEK_MINUTES = timedelta(minutes=1), timedelta(days=1), 7 * 1440

NIGHT = [
    (6, "22:00", "01:30"),
    (7, "01:30", "02:00"),
    (7, "02:00", "02:20"),
    (7, "02:20", "02:40"),
    (7, "02:40", "03:00"),
    (7, "03:00", "04:00"),
]
"""Around the hours at which clocks are changed, back to back."""
WRAP = [(7, "23:45", "00:00"), (1, "00:00", "00:30"), (1, "00:30", "01:00")]
WHOLE_DAY = [(3, "06:00", "06:00"), (4, "06:00", "06:00")]

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


def random_slots(seed: str) -> list[tuple[int, str, str]]:
    """Return slots in the days that the lists above leave free, in order, with pauses between some of them."""
    chosen = random.Random(seed)
    cuts = sorted({chosen.randrange(60, 1300) for _ in range(6)})
    return [
        (weekday, f"{start // 60:02}:{start % 60:02}", f"{end // 60:02}:{end % 60:02}")
        for weekday in (1, 2, 6)
        for start, end in pairwise(cuts)
        if chosen.random() < 0.8
    ]


async def plan(radio, seed):
    """Plan a week through HTTP; return the slots."""
    editor = await radio.http("editor")
    answer = await editor.post("/programs", json={"name": "Kopi Pagi", "type": "music"})
    program = answer.json()["data"]["id"]
    slots = []
    for weekday, start, end in [*NIGHT, *WRAP, *WHOLE_DAY, *random_slots(seed)]:
        body = {"program_id": program, "weekday": weekday, "start_time": start, "end_time": end}
        made = await editor.post("/programs/slots", json=body)
        assert made.status_code == 201, made.text
        slots.append(made.json()["data"])
    return slots


def put_in(monkeypatch, radio, zone):
    """Move the station to another zone."""
    station = radio.services.settings.listed(StationSettings)
    monkeypatch.setitem(station.__dict__, "station_timezone", zone)


def set_clock(monkeypatch, moment):
    monkeypatch.setattr(schedule_routes, "now", lambda: moment)


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


async def read_schedule(radio, monkeypatch, zone, first, last):
    """Return the broadcasts of the schedule's weeks that cover these dates and the day before."""
    set_clock(monkeypatch, datetime.combine(first, time(12), zone).astimezone(UTC))
    visitor, broadcasts = await radio.http("editor"), []  # past the cache
    for week in range(-1, (last - first).days // 7 + 2):
        schedule = (await visitor.get(f"/programs/schedule?week={week}")).json()["data"]
        assert schedule["timezone"] == zone.key
        for day in schedule["days"]:
            assert {each["date"] for each in day["broadcasts"]} <= {day["date"]}
            broadcasts += day["broadcasts"]
    return broadcasts


def moments_of(broadcast):
    return tuple(datetime.fromisoformat(broadcast[name]).astimezone(UTC) for name in ("starts_at", "ends_at"))


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
