"""The plan as a calendar that people subscribe to: of the whole week, or of one programme."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

from colonnade.kernel.core import Settings, now
from colonnade.kernel.db import Database
from colonnade.kernel.http import Api, Cached, Response, anyone, get
from colonnade.products.radio.programs import queries
from colonnade.products.radio.programs.queries import feed as feed_queries
from colonnade.products.radio.programs.routes.slots import ProgramFilter
from colonnade.products.radio.programs.rules.feed import Calendar, write_calendar
from colonnade.products.radio.shared.schemas import StationSettings

__all__ = ["CALENDARS"]

CACHED = Cached(tags=("programs",), ttl_seconds=86_400)
CALENDAR = "text/calendar"


@get("/calendar.ics", guards=[anyone()], response_cache=CACHED, bare={CALENDAR: str}, missing=True)
async def show_calendar(
    db: Database,
    station: StationSettings,
    settings: Settings,
    product: Api,
    program: ProgramFilter = None,
) -> Response[str]:
    """The whole week, or one programme, as an iCalendar feed.

    A broadcast that comes every week is one event; overrides, and days on which the clock is changed, are exceptions.
    The feed of a programme has the broadcasts in which it replaces another one, and not those in which it is replaced.
    """
    chosen = None if program is None else await queries.fetch_program(db, program)
    zone = station.zone
    year = now().astimezone(zone).year
    calendar = Calendar(
        title=product.title if chosen is None else f"{product.title}: {chosen.name}",
        host=_host(settings, product),
        zone=zone,
        year=year,
        program_id=None if chosen is None else chosen.id,
    )
    slots = await feed_queries.list_planned_slots(db, zone, program_id=calendar.program_id)
    ids = [slot.id for slot in slots]
    overrides = await feed_queries.list_planned_overrides(db, ids, date(year - 1, 1, 1))
    return Response(write_calendar(calendar, slots, overrides), media_type=CALENDAR)


def _host(settings: Settings, product: Api) -> str:
    """Return what makes the events' names unique: the public host, or the product's name where it has none."""
    return (urlsplit(settings.public_url).hostname if settings.public_url else None) or product.name


CALENDARS = [show_calendar]
