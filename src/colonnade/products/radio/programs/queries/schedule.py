"""Reads the schedule: the plan with its overrides applied, for a range of local dates.

A cancelled broadcast is left out, and so is one all of whose time a change of the clock skips. One that crosses
midnight belongs to the date on which it starts. When a time of the plan comes, `shared/rules/clock.py` says.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from colonnade.kernel.db import Executor, Record
from colonnade.products.radio.programs.queries import PRESENTERS, program_on_air
from colonnade.products.radio.programs.schemas import (
    Broadcast,
    ProgramName,
    ProgramType,
    Schedule,
    ScheduleDay,
)
from colonnade.products.radio.shared.rules.clock import first_moment, local_day

__all__ = ["fetch_schedule", "find_current", "find_next", "list_broadcasts", "list_broadcasts_during"]

LOOK_AHEAD_DAYS = 28
"""The range that `find_next` searches."""

LIST_BROADCASTS = f"""
SELECT $1::date + d AS date, s.id AS slot_id, s.weekday, s.starts_at, s.ends_at, o.kind, o.note,
       p.id, p.name, p.slug, p.type, p.description, p.image, {PRESENTERS},
       planned.id AS planned_id, planned.name AS planned_name, planned.slug AS planned_slug,
       planned.type AS planned_type
FROM generate_series(0, $2::date - $1::date) AS d
JOIN program_slots s ON s.weekday = extract(isodow FROM $1::date + d)
    AND (s.valid_from IS NULL OR s.valid_from <= $1::date + d)
    AND (s.valid_until IS NULL OR s.valid_until >= $1::date + d)
LEFT JOIN program_overrides o ON o.slot_id = s.id AND o.date = $1::date + d
JOIN programs planned ON planned.id = s.program_id
JOIN programs p ON p.id = coalesce(o.program_id, s.program_id)
WHERE o.kind IS DISTINCT FROM 'cancel' AND ($3::text IS NULL OR p.type = $3)
ORDER BY d, s.starts_at
"""


def _broadcast(row: Record, zone: ZoneInfo) -> Broadcast:
    day: date = row["date"]
    last_day = day if row["ends_at"] > row["starts_at"] else day + timedelta(days=1)
    return Broadcast(
        slot_id=row["slot_id"],
        date=day,
        weekday=row["weekday"],
        start_time=f"{row['starts_at']:%H:%M}",
        end_time=f"{row['ends_at']:%H:%M}",
        starts_at=first_moment(day, row["starts_at"], zone),
        ends_at=first_moment(last_day, row["ends_at"], zone),
        program=program_on_air(row),
        replaces=ProgramName(row["planned_id"], row["planned_name"], row["planned_slug"], row["planned_type"])
        if row["kind"] == "replace"
        else None,
        note=row["note"],
    )


async def list_broadcasts(
    db: Executor, first: date, last: date, zone: ZoneInfo, *, type: ProgramType | None = None
) -> list[Broadcast]:
    """Return the broadcasts that start on the local dates `first` to `last`, in order of time."""
    found = [_broadcast(row, zone) for row in await db.fetch(LIST_BROADCASTS, first, last, type)]
    return [broadcast for broadcast in found if broadcast.starts_at < broadcast.ends_at]


async def list_broadcasts_during(db: Executor, day: date, zone: ZoneInfo) -> list[Broadcast]:
    """Return the broadcasts that are on air on a local date, in order of time; one may have started the day before."""
    begins, _ = local_day(day, zone)
    found = await list_broadcasts(db, day - timedelta(days=1), day, zone)
    return [broadcast for broadcast in found if broadcast.ends_at > begins]


async def fetch_schedule(
    db: Executor, today: date, week: int, zone: ZoneInfo, *, type: ProgramType | None
) -> Schedule:
    """Return the week that is `week` weeks after that of `today`: seven days, Monday first."""
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=week)
    sunday = monday + timedelta(days=6)
    days: list[list[Broadcast]] = [[] for _ in range(7)]
    for broadcast in await list_broadcasts(db, monday, sunday, zone, type=type):
        days[broadcast.weekday - 1].append(broadcast)
    return Schedule(
        timezone=zone.key,
        week=week,
        start_date=monday,
        end_date=sunday,
        days=[
            ScheduleDay(date=monday + timedelta(days=index), weekday=index + 1, broadcasts=broadcasts)
            for index, broadcasts in enumerate(days)
        ],
    )


async def find_current(db: Executor, moment: datetime, zone: ZoneInfo) -> Broadcast | None:
    """Return the broadcast that is on air at `moment`, if any; it may have started yesterday.

    Where a change back repeats midnight, tomorrow's first may have started as well.
    """
    today, day = moment.astimezone(zone).date(), timedelta(days=1)
    for broadcast in await list_broadcasts(db, today - day, today + day, zone):
        if broadcast.starts_at <= moment < broadcast.ends_at:
            return broadcast
    return None


async def find_next(db: Executor, moment: datetime, zone: ZoneInfo) -> Broadcast | None:
    """Return the first broadcast that starts after `moment`, within four weeks, if any."""
    today = moment.astimezone(zone).date()
    # It nearly always starts today or tomorrow; the rest is searched only if it does not.
    for first, last in ((0, 1), (2, LOOK_AHEAD_DAYS)):
        found = await list_broadcasts(db, today + timedelta(days=first), today + timedelta(days=last), zone)
        for broadcast in found:
            if broadcast.starts_at > moment:
                return broadcast
    return None
