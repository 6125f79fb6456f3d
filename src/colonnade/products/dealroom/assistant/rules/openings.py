"""Reads on which days of the week somebody is open, and whether an answer says that they are not.

Out of scope: times of day (`clocks`), comparing them with a channel's (`calendars`).
"""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.readings import Reading
from colonnade.products.dealroom.assistant.rules.words.hours import THROUGH

__all__ = ["WEEKDAYS", "days_until", "open_days", "says_closed"]

MAX_BETWEEN = 3
"""Tokens between two days of a range."""
WEEKDAYS = frozenset(f"day {n}" for n in range(1, 8))
"""The days of the week as kinds of phrases; Monday is `day 1`."""
_THROUGH = frozenset(THROUGH.split())


def days_until(first: int, last: int) -> frozenset[int]:
    """Return the days of the week from one to before another, Monday being 1: from 6 to 2 are 6, 7 and 1."""
    return frozenset((first - 1 + n) % 7 + 1 for n in range((last - first) % 7))


def open_days(reading: Reading) -> frozenset[int]:
    """Return the days of the week, Monday being 1, on which a text says that somebody is open."""
    found: set[int] = set()
    last: tuple[int, int] | None = None
    timed = {reading.sentence_of[one.start] for one in reading.numbers if one.role == "time"}
    opening = reading.sentences_with(reading.tongue.opens) | timed
    for start, end, kind in reading.matches:
        if reading.sentence_of[start] not in opening or reading.clause_of[start] in reading.denying:
            continue
        if says_closed(reading, start):
            continue
        if kind == "hours":
            found.update(range(1, 8))
        day = int(kind[4:]) if kind in WEEKDAYS else 0
        if not day:
            continue
        if last is not None and _reaches(reading, last[1], start):
            found |= days_until(last[0], day)
        found.add(day)
        last = (day, end)
    return frozenset(found)


def _reaches(reading: Reading, start: int, end: int) -> bool:
    """Return whether "to" stands between two days."""
    between = reading.tokens[start:end]
    return len(between) <= MAX_BETWEEN and any(one.key in _THROUGH for one in between)


def says_closed(reading: Reading, at: int) -> bool:
    """Return whether the clause of a token says that nobody is there; a closing time says that somebody is."""
    clause = reading.clause_of[at]
    here = [n for n, one in enumerate(reading.clause_of) if one == clause]
    if any(one.role == "time" and reading.clause_of[one.start] == clause for one in reading.numbers):
        return False
    is_denied = clause in reading.denying and any(reading.tokens[n] in reading.tongue.opens for n in here)
    return is_denied or any(reading.tokens[n] in reading.tongue.closed for n in here)
