"""The station's local time: its zone, today's date there, and when the next day begins."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from colonnade.kernel.core import now
from colonnade.kernel.product import Services

__all__ = ["local_day", "next_midnight", "station_zone"]


def station_zone(services: Services) -> ZoneInfo:
    """The time zone in which the station plans and its listeners live."""
    return ZoneInfo(services.settings.station_timezone)


def local_day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Beginning and end (exclusive) of a local day, aware."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def next_midnight(zone: ZoneInfo, moment: datetime | None = None) -> datetime:
    """When the local day of `moment` (default: the present) ends."""
    return local_day((moment or now()).astimezone(zone).date(), zone)[1]
