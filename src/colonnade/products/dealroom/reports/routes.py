"""Figures per day, as JSON or CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Day, Invalid, ZoneName
from colonnade.kernel.db import Database
from colonnade.kernel.http import Page, QueryParameter, Router, Stream, Tag, allows, get
from colonnade.kernel.text import CSV, csv_head, csv_lines
from colonnade.products.dealroom.channels.queries.channels import fetch_channel
from colonnade.products.dealroom.reports.queries import list_days
from colonnade.products.dealroom.reports.schemas import DayFigures
from colonnade.products.dealroom.shared.rules.places import PREFIX

__all__ = ["ROUTES"]

USE = "chats:use"
UTC_DAYS = ZoneName("UTC")
MAX_DAYS = 93
"""Days of a report, at most."""

First = Annotated[Day, QueryParameter(name="from", description="The first day, YYYY-MM-DD.")]
Last = Annotated[Day, QueryParameter(name="to", description="The last day, YYYY-MM-DD; 93 days at most.")]
ChannelId = Annotated[
    int | None,
    QueryParameter(name="channel", ge=1, le=2**31 - 1, description="Only this channel's sessions."),
]
Zone = Annotated[ZoneName, QueryParameter(name="timezone", description="The zone whose days are meant.")]

_COLUMNS = DayFigures.__struct_fields__
_NAMES = DayFigures.__struct_encode_fields__


@get("/daily", guards=[allows(USE)], missing=True)
async def report_days(
    first: First,
    last: Last,
    db: Database,
    caller: Principal,
    channel: ChannelId = None,
    timezone: Zone = UTC_DAYS,
) -> Page[DayFigures]:
    """Figures of each day: conversations, first answers, held ones, sessions taken over, orders mentioned."""
    return Page(await _days(db, caller, first, last, channel, timezone))


@get("/daily.csv", guards=[allows(USE)], missing=True)
async def export_days(
    first: First,
    last: Last,
    db: Database,
    caller: Principal,
    channel: ChannelId = None,
    timezone: Zone = UTC_DAYS,
) -> Stream:
    """The same as a file for spreadsheets."""
    days = await _days(db, caller, first, last, channel, timezone)
    headers = {
        "content-disposition": f'attachment; filename="daily-{first}-{last}.csv"',
        "cache-control": "private, no-store",
    }
    return Stream(_written(days), media_type=CSV, headers=headers)


async def _written(days: list[DayFigures]) -> AsyncIterator[bytes]:
    yield csv_head(_NAMES)
    yield csv_lines([getattr(day, name) for name in _COLUMNS] for day in days)


async def _days(
    db: Database, caller: Principal, first: date, last: date, channel_id: int | None, zone: str
) -> list[DayFigures]:
    """Return the figures. Raise Invalid for a range that is empty or too long, ChannelNotFound."""
    if last < first:
        raise Invalid(fields={"to": "To must not be before from"})
    if (last - first).days >= MAX_DAYS:
        raise Invalid(fields={"to": f"To must be less than {MAX_DAYS} days after from"})
    if not date(2000, 1, 1) <= first <= last <= date(2999, 12, 31):
        raise Invalid(fields={"from": "From must be between 2000-01-01 and 2999-12-31"})
    if channel_id is not None:
        await fetch_channel(db, caller.id, channel_id)
    return await list_days(db, caller.id, first, last, zone, channel_id)


ROUTES = Router(
    f"{PREFIX}/reports",
    route_handlers=[report_days, export_days],
    tags=[Tag("Reports", "Figures per day, for people and for spreadsheets.")],
)
