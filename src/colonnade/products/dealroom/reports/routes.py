"""Figures per day, as JSON or CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Day, Invalid, ZoneName, now
from colonnade.kernel.db import Database
from colonnade.kernel.http import Page, QueryParameter, Router, Stream, Tag, allows, get
from colonnade.kernel.text import CSV, csv_head, csv_lines
from colonnade.products.dealroom.channels.queries.channels import fetch_channel
from colonnade.products.dealroom.reports.queries import find_zone, list_days
from colonnade.products.dealroom.reports.schemas import DayFigures
from colonnade.products.dealroom.shared.rules.places import PREFIX

__all__ = ["ROUTES"]

USE = "chats:use"
MAX_DAYS = 93
"""Days of a report, at most."""
WEEK = timedelta(days=6)
"""From its first day to its last."""

First = Annotated[
    Day | None,
    QueryParameter(name="from", description="The first day, YYYY-MM-DD; by default a week with the last."),
]
Last = Annotated[
    Day | None,
    QueryParameter(name="to", description="The last day, YYYY-MM-DD, by default today; 93 days at most."),
]
ChannelId = Annotated[
    int | None,
    QueryParameter(name="channelId", ge=1, le=2**31 - 1, description="Only this channel's sessions."),
]
FormerChannelId = Annotated[
    int | None,
    QueryParameter(name="channel", ge=1, le=2**31 - 1, description="The former name of `channelId`."),
]
Zone = Annotated[
    ZoneName | None,
    QueryParameter(
        name="timezone",
        description="The zone whose days are meant; by default the channel's, else that of the first channel "
        "which has one, else UTC.",
    ),
]

_EARLIEST, _LATEST = date(2000, 1, 1), date(2999, 12, 31)
_COLUMNS = DayFigures.__struct_fields__
_NAMES = DayFigures.__struct_encode_fields__


class _Report(NamedTuple):
    first: date
    last: date
    days: list[DayFigures]


@get("/daily", guards=[allows(USE)], missing=True)
async def report_days(
    db: Database,
    caller: Principal,
    first: First = None,
    last: Last = None,
    channel_id: ChannelId = None,
    channel: FormerChannelId = None,
    timezone: Zone = None,
) -> Page[DayFigures]:
    """Figures of each day: conversations, first answers, held ones, sessions taken over, orders mentioned."""
    return Page((await _report(db, caller, first, last, channel_id or channel, timezone)).days)


@get("/daily.csv", guards=[allows(USE)], missing=True)
async def export_days(
    db: Database,
    caller: Principal,
    first: First = None,
    last: Last = None,
    channel_id: ChannelId = None,
    channel: FormerChannelId = None,
    timezone: Zone = None,
) -> Stream:
    """The same as a file for spreadsheets."""
    report = await _report(db, caller, first, last, channel_id or channel, timezone)
    headers = {
        "content-disposition": f'attachment; filename="daily-{report.first}-{report.last}.csv"',
        "cache-control": "private, no-store",
    }
    return Stream(_written(report.days), media_type=CSV, headers=headers)


async def _written(days: list[DayFigures]) -> AsyncIterator[bytes]:
    yield csv_head(_NAMES)
    yield csv_lines([getattr(day, name) for name in _COLUMNS] for day in days)


async def _report(
    db: Database,
    caller: Principal,
    first: date | None,
    last: date | None,
    channel_id: int | None,
    zone: str | None,
) -> _Report:
    """Return the figures. Raise Invalid for a range that is empty or too long, ChannelNotFound."""
    if channel_id is not None:
        await fetch_channel(db, caller.id, channel_id)
    if zone is None:
        zone = await find_zone(db, caller.id, channel_id) or "UTC"
    if last is None:
        last = now().astimezone(ZoneInfo(zone)).date()
    if first is None:
        first = last - WEEK if last >= _EARLIEST + WEEK else _EARLIEST
    _check_range(first, last)
    return _Report(first, last, await list_days(db, caller.id, first, last, zone, channel_id))


def _check_range(first: date, last: date) -> None:
    if last < first:
        raise Invalid(fields={"to": "To must not be before from"})
    if (last - first).days >= MAX_DAYS:
        raise Invalid(fields={"to": f"To must be less than {MAX_DAYS} days after from"})
    if not _EARLIEST <= first <= last <= _LATEST:
        raise Invalid(fields={"from": f"From must be between {_EARLIEST} and {_LATEST}"})


ROUTES = Router(
    f"{PREFIX}/reports",
    route_handlers=[report_days, export_days],
    tags=[Tag("Reports", "Figures per day, for people and for spreadsheets.")],
)
