"""Writes the weekly plan as a calendar: each slot is an event that comes every week, overrides are its exceptions.

Calendars reckon differently where clocks are changed: they repeat an event with its exact length, and begin what falls
into an hour that does not come an hour later. The broadcasts of such days are written as exceptions, in UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from colonnade.kernel.text import beginning
from colonnade.products.radio.programs.rules.icalendar import (
    changes_between,
    content,
    local_form,
    text_form,
    utc_form,
    zone_lines,
)
from colonnade.products.radio.programs.schemas import PlannedOverride, PlannedSlot, ProgramOnAir
from colonnade.products.radio.shared.rules.clock import LATEST, first_moment

__all__ = ["Calendar", "write_calendar"]

YEARS_AHEAD = 5
"""For how long changes of the clock are told; calendars fetch a feed anew every few hours."""
_DAY = timedelta(days=1)


class Calendar(NamedTuple):
    """What a feed is of: the whole week, or what `program_id` is on air. `host` makes its events' names unique."""

    title: str
    host: str
    zone: ZoneInfo
    year: int
    program_id: int | None = None


def write_calendar(
    calendar: Calendar, slots: Sequence[PlannedSlot], overrides: Sequence[PlannedOverride]
) -> str:
    """Return the feed as an iCalendar file: the same text as long as nothing of it changes, and the year doesn't."""
    first_year = min((_first_day(slot).year for slot in slots), default=calendar.year)
    last_year = max(calendar.year, first_year) + YEARS_AHEAD
    # Nobody looks further back than a year.
    changes = changes_between(calendar.zone, max(first_year, calendar.year - 1), last_year)
    days = {day for change in changes for day in _days_around(change, calendar.zone)}
    of_slot: dict[int, dict[date, PlannedOverride]] = defaultdict(dict)
    for override in overrides:
        of_slot[override.slot_id][override.date] = override
    title = text_form(calendar.title)
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Colonnade//Programme//EN", "CALSCALE:GREGORIAN"),
        *(f"NAME:{title}", f"X-WR-CALNAME:{title}", f"X-WR-TIMEZONE:{calendar.zone.key}"),
        *("REFRESH-INTERVAL;VALUE=DURATION:PT6H", "X-PUBLISHED-TTL:PT6H"),
        *zone_lines(calendar.zone, first_year, last_year),
    ]
    for slot in slots:
        # One that ended before it was planned has no day; its first would be shown all the same (RFC 5545, 3.8.5.3).
        if slot.valid_until is not None and _first_day(slot) > slot.valid_until:
            continue
        lines += _slot_lines(calendar, slot, of_slot[slot.id], days)
    return content([*lines, "END:VCALENDAR"])


def _days_around(change: datetime, zone: ZoneInfo) -> Iterator[date]:
    """Yield the local dates on which a broadcast that a change falls into may start."""
    first = (change - timedelta(seconds=1)).astimezone(zone).date() - _DAY
    last = change.astimezone(zone).date()
    return (first + timedelta(days=more) for more in range((last - first).days + 1))


def _first_day(slot: PlannedSlot) -> date:
    return slot.since + timedelta(days=(slot.weekday - slot.since.isoweekday()) % 7)


def _slot_lines(
    calendar: Calendar, slot: PlannedSlot, overrides: Mapping[date, PlannedOverride], changes: set[date]
) -> Iterator[str]:
    """Yield the events of a slot."""
    zone, own = calendar.zone, calendar.program_id in (None, slot.program.id)
    first, last = _first_day(slot), slot.valid_until or LATEST
    name = f"slot-{slot.id}@{calendar.host}"
    without: list[str] = []
    exceptions: list[str] = []
    odd = {day for day in changes if day.isoweekday() == slot.weekday and _is_odd(slot, day, zone)}
    for day in sorted(each for each in odd | overrides.keys() if first <= each <= last):
        override = overrides.get(day)
        program = slot.program if override is None else override.program
        if program is None or calendar.program_id not in (None, program.id):
            without.append(_start_form(slot, day))
            continue
        starts, ends = _moments(slot, day, zone)
        if starts >= ends:
            without.append(_start_form(slot, day))
        elif own or override is not None:
            times = [f"DTSTART:{utc_form(starts)}", f"DTEND:{utc_form(ends)}"]
            if own:
                times.insert(0, f"RECURRENCE-ID;TZID={zone.key}:{_start_form(slot, day)}")
            event = name if own or override is None else f"override-{override.id}@{calendar.host}"
            exceptions += _event(event, times, slot, program, override)
    if own:
        times = [
            f"DTSTART;TZID={zone.key}:{_start_form(slot, first)}",
            f"DURATION:PT{slot.minutes}M",
            "RRULE:FREQ=WEEKLY" + (f";UNTIL={_until(slot.valid_until, zone)}" if slot.valid_until else ""),
        ]
        times += [f"EXDATE;TZID={zone.key}:{','.join(without)}"] if without else []
        yield from _event(name, times, slot, slot.program, None)
    yield from exceptions


def _start_form(slot: PlannedSlot, day: date) -> str:
    return local_form(datetime.combine(day, slot.starts_at))


def _until(last: date, zone: ZoneInfo) -> str:
    """Return the end of a slot's last date; with a zone it has to be in UTC (RFC 5545, 3.3.10)."""
    return utc_form(first_moment(last + _DAY, time(), zone) - timedelta(seconds=1))


def _moments(slot: PlannedSlot, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    end = datetime.combine(day, slot.starts_at) + timedelta(minutes=slot.minutes)
    return first_moment(day, slot.starts_at, zone), first_moment(end.date(), end.time(), zone)


def _is_odd(slot: PlannedSlot, day: date, zone: ZoneInfo) -> bool:
    """Return whether a calendar would take a broadcast for earlier, later, longer or shorter than it is."""
    read = datetime.combine(day, slot.starts_at, zone).astimezone(UTC)
    return _moments(slot, day, zone) != (read, read + timedelta(minutes=slot.minutes))


def _event(
    name: str, times: list[str], slot: PlannedSlot, program: ProgramOnAir, override: PlannedOverride | None
) -> Iterator[str]:
    """Yield the lines of an event."""
    changed = slot.changed_at if override is None else max(slot.changed_at, override.changed_at)
    sequence = slot.version - 1 + (0 if override is None else override.version)
    texts = [beginning(text) for text in (override and override.note, program.description) if text]
    if program.presenters:
        texts.append(", ".join(presenter.name for presenter in program.presenters))
    yield from ("BEGIN:VEVENT", f"UID:{name}", f"DTSTAMP:{utc_form(changed)}", f"SEQUENCE:{sequence}", *times)
    yield f"SUMMARY:{text_form(program.name)}"
    if texts:
        yield f"DESCRIPTION:{text_form(chr(10).join(texts))}"
    yield from (f"CATEGORIES:{program.type}", "TRANSP:TRANSPARENT", "END:VEVENT")
