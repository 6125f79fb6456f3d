"""The station's local time: what its clock shows when, its days, and the range of valid dates and times.

A time of the plan comes when the station's clock first shows it, or a later one. So a time that a change to summer time
skips comes at the change, and of the times that a change back repeats the first one counts: in every zone times come
in their order, whatever is planned back to back stays so, and nothing is on air at once that is not in the plan.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from colonnade.kernel.core import Invalid, now

__all__ = [
    "EARLIEST",
    "LATEST",
    "as_shown",
    "check_day",
    "check_moment",
    "first_moment",
    "last_change",
    "local_day",
    "next_midnight",
]

EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)
"""The range of dates, since asyncpg sends Python's extreme days as infinity and reads it without a time zone."""

_SECOND = timedelta(seconds=1)


def check_day(field: str, day: date | None) -> None:
    """Raise Invalid for an implausible day."""
    if day is not None and not EARLIEST <= day <= LATEST:
        raise Invalid(fields={field: f"The date must lie between {EARLIEST} and {LATEST}"})


def check_moment(field: str, moment: datetime | None) -> None:
    """Raise Invalid for an implausible time."""
    check_day(field, None if moment is None else moment.date())


def as_shown(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a moment in the zone's time with its offset as a number: two of these are compared as moments.

    Python compares and subtracts times of one ZoneInfo by what the clock shows, which goes back once a year.
    """
    local = moment.astimezone(zone)
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta()), fold=0)


def first_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment at which the zone's clock first shows `at` on `day`, or later."""
    wall = datetime.combine(day, at, zone)
    before, after = wall.utcoffset(), wall.replace(fold=1).utcoffset()
    assert before is not None
    assert after is not None
    if after > before:
        return last_change((wall - after).replace(tzinfo=UTC), (wall - before).replace(tzinfo=UTC), zone)
    return wall.replace(tzinfo=timezone(before))


def last_change(earlier: datetime, later: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second of the offset that the zone has at `later`, and had not at `earlier`.

    Between the two there must be no further change.
    """
    offset = later.astimezone(zone).utcoffset()
    while later - earlier > _SECOND:
        middle = earlier + (later - earlier) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            later = middle
        else:
            earlier = middle
    return as_shown(later, zone)


def local_day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the beginning and the end (exclusive) of a local day, aware."""
    return first_moment(day, time(), zone), first_moment(day + timedelta(days=1), time(), zone)


def next_midnight(zone: ZoneInfo, moment: datetime | None = None) -> datetime:
    """Return when the local day of `moment` (by default now) ends."""
    moment = moment or now()
    tomorrow = moment.astimezone(zone).date() + timedelta(days=1)
    end = first_moment(tomorrow, time(), zone)
    # Where a change back repeats midnight, the day has ended once before.
    return end if end > moment else as_shown(datetime.combine(tomorrow, time(fold=1), zone), zone)
