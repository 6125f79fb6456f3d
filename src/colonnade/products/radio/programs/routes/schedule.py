"""The schedule as listeners see it: a week, the current broadcast, the next one."""

from __future__ import annotations

from typing import Annotated

from colonnade.kernel.core import now
from colonnade.kernel.db import Database
from colonnade.kernel.http import Cached, Ok, QueryParameter, anyone, get
from colonnade.products.radio.programs.queries import schedule as schedule_queries
from colonnade.products.radio.programs.schemas import Broadcast, ProgramType, Schedule
from colonnade.products.radio.shared.rules.clock import next_midnight
from colonnade.products.radio.shared.schemas import StationSettings

__all__ = ["SCHEDULE"]

CACHED = Cached(tags=("programs",), ttl_seconds=86_400)
Week = Annotated[
    int, QueryParameter(ge=-520, le=520, description="Weeks from the current one: 1 is next week.")
]


@get("/schedule", guards=[anyone()], response_cache=CACHED)
async def show_schedule(
    db: Database, station: StationSettings, week: Week = 0, type: ProgramType | None = None
) -> Ok[Schedule]:
    """A week of broadcasts: all seven days, Monday first, in the station's time zone.

    Overrides are applied: cancelled broadcasts are left out, replaced ones name what they replace. A broadcast
    that crosses midnight is listed on the day on which it starts.
    """
    zone = station.zone
    moment = now()
    schedule = await schedule_queries.fetch_schedule(
        db, moment.astimezone(zone).date(), week, zone, type=type
    )
    return Ok(schedule, fresh_until=next_midnight(zone, moment))


@get("/now", guards=[anyone()], response_cache=CACHED)
async def show_current(db: Database, station: StationSettings) -> Ok[Broadcast | None]:
    """The broadcast that is on air; null between two broadcasts."""
    zone = station.zone
    moment = now()
    current = await schedule_queries.find_current(db, moment, zone)
    if current is not None:
        return Ok(current, fresh_until=current.ends_at)
    upcoming = await schedule_queries.find_next(db, moment, zone)
    return Ok(None, fresh_until=upcoming.starts_at if upcoming else next_midnight(zone, moment))


@get("/next", guards=[anyone()], response_cache=CACHED)
async def show_next(db: Database, station: StationSettings) -> Ok[Broadcast | None]:
    """The next broadcast to start, within four weeks."""
    zone = station.zone
    moment = now()
    upcoming = await schedule_queries.find_next(db, moment, zone)
    return Ok(upcoming, fresh_until=upcoming.starts_at if upcoming else next_midnight(zone, moment))


SCHEDULE = [show_schedule, show_current, show_next]
