"""A week planned through HTTP around the hours at which clocks are changed, and what the schedule makes of it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time
from itertools import pairwise

from colonnade.products.radio.programs.routes import feed as feed_routes
from colonnade.products.radio.programs.routes import schedule as schedule_routes
from colonnade.products.radio.shared.schemas import StationSettings

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
    """Let the schedule and the calendars take this moment for now."""
    for routes in (schedule_routes, feed_routes):
        monkeypatch.setattr(routes, "now", lambda: moment)


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
    """Return when a broadcast starts and ends, in UTC."""
    return tuple(datetime.fromisoformat(broadcast[name]).astimezone(UTC) for name in ("starts_at", "ends_at"))
