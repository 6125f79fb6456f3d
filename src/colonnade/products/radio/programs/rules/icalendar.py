"""The form of calendar files: content lines, texts, times and zones (RFC 5545), and no more than a feed needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from colonnade.products.radio.shared.rules.clock import last_change

__all__ = ["changes_between", "content", "local_form", "text_form", "utc_form", "zone_lines"]

MAX_LINE_BYTES = 75
_STEP = timedelta(days=7)
"""Zones change their offset less often."""
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_CONTROLS = dict.fromkeys([*range(32), 127])


def content(lines: Iterable[str]) -> str:
    """Return the lines as a file: each folded at 75 bytes between characters, and ended by CR and LF."""
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _folded(line: str) -> Iterator[str]:
    data, begin = line.encode(), 0
    room = MAX_LINE_BYTES
    while len(data) - begin > room:
        end = begin + room
        while data[end] & 0b1100_0000 == 0b1000_0000:  # within a character
            end -= 1
        yield ("" if begin == 0 else " ") + data[begin:end].decode()
        begin, room = end, MAX_LINE_BYTES - 1
    yield ("" if begin == 0 else " ") + data[begin:].decode()


def text_form(text: str) -> str:
    """Return a text as a value: escaped, its line breaks kept, other control characters removed."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.translate(_CONTROLS) for line in lines).translate(_ESCAPED)


def utc_form(moment: datetime) -> str:
    """Return a moment as a value in UTC."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def local_form(wall: datetime) -> str:
    """Return what a clock shows, as a value whose zone its parameter names."""
    return wall.isoformat(timespec="seconds").replace("-", "").replace(":", "")


@lru_cache(maxsize=16)
def changes_between(zone: ZoneInfo, first_year: int, last_year: int) -> tuple[datetime, ...]:
    """Return the moments, in UTC, at which the zone changes its offset in these years."""
    found = []
    moment, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    while moment < end:
        after = moment + _STEP
        if moment.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            found.append(last_change(moment, after, zone).astimezone(UTC))
        moment = after
    return tuple(found)


def zone_lines(zone: ZoneInfo, first_year: int, last_year: int) -> list[str]:
    """Return a VTIMEZONE that describes the zone in these years; calendars know its name for later ones."""
    begin = datetime(first_year, 1, 1, tzinfo=UTC).astimezone(zone)
    observances: dict[tuple[str, str, str, str], list[str]] = {}
    for moment in (begin, *changes_between(zone, first_year, last_year)):
        before = (moment if moment is begin else moment - timedelta(seconds=1)).astimezone(zone)
        after = moment.astimezone(zone)
        kind = "DAYLIGHT" if after.dst() else "STANDARD"
        # The onset is given as the clock would show it without the change.
        onset = moment.astimezone(UTC).replace(tzinfo=None) + _offset(before)
        key = (kind, _offset_form(before), _offset_form(after), after.tzname() or zone.key)
        observances.setdefault(key, []).append(local_form(onset))
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone.key}"]
    for (kind, offset_from, offset_to, name), (first, *later) in observances.items():
        lines += [f"BEGIN:{kind}", f"DTSTART:{first}"]
        lines += [f"RDATE:{','.join(later)}"] if later else []
        lines += [f"TZOFFSETFROM:{offset_from}", f"TZOFFSETTO:{offset_to}", f"TZNAME:{name}", f"END:{kind}"]
    return [*lines, "END:VTIMEZONE"]


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta()


def _offset_form(moment: datetime) -> str:
    seconds = int(_offset(moment).total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    odd = f"{rest % 60:02}" if rest % 60 else ""
    return f"{'-' if seconds < 0 else '+'}{hours:02}{rest // 60:02}{odd}"
