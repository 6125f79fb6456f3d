"""The station's local time: its days, and the range of valid dates and times."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from colonnade.kernel.core import Invalid, now

__all__ = ["EARLIEST", "LATEST", "check_day", "check_moment", "local_day", "next_midnight"]

EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)
"""The range of dates, since asyncpg sends Python's extreme days as infinity and reads it without a time zone."""


def check_day(field: str, day: date | None) -> None:
    """Raise Invalid for an implausible day."""
    if day is not None and not EARLIEST <= day <= LATEST:
        raise Invalid(fields={field: f"The date must lie between {EARLIEST} and {LATEST}"})


def check_moment(field: str, moment: datetime | None) -> None:
    """Raise Invalid for an implausible time."""
    check_day(field, None if moment is None else moment.date())


def local_day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the beginning and the end (exclusive) of a local day, aware."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def next_midnight(zone: ZoneInfo, moment: datetime | None = None) -> datetime:
    """Return when the local day of `moment` (by default now) ends."""
    return local_day((moment or now()).astimezone(zone).date(), zone)[1]
