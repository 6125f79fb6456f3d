"""Compares what an answer says of days and times with a channel's opening hours and the date, day by day.

The lines of the prompt (`times`) say when somebody is there on each day, which day is today and what time it is. They
vouch for opening hours, for today's and tomorrow's name and for the time only: "yes, until Wednesday" is a promise.

Out of scope: reading a time (`clocks`), the days on which nobody is there (`times`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.clocks import either_half
from colonnade.products.dealroom.assistant.rules.lexicon import Words, phrases_of
from colonnade.products.dealroom.assistant.rules.openings import WEEKDAYS, days_until
from colonnade.products.dealroom.assistant.rules.readings import Promise, Reading
from colonnade.products.dealroom.assistant.rules.roles import Number
from colonnade.products.dealroom.assistant.rules.tokens import Token
from colonnade.products.dealroom.assistant.rules.words.common import DAYS
from colonnade.products.dealroom.assistant.rules.words.hours import (
    AMBIGUOUS,
    IT_IS,
    NOW,
    OPENING,
    ORDINALLY_NAMED,
    THROUGH,
)

__all__ = ["Calendar", "SaidTimes", "read_calendar"]

MAX_APART = 3
"""Tokens between "today" and the name of the day that it is said to be."""
SMALL_WORD = 3
"""Letters of a word that says nothing of a thing."""
MOST_LATE = 10
"""Minutes by which a time may differ from the one in the prompt."""
A_DAY = 24 * 60
_THROUGH = frozenset(THROUGH.split())
_AND = frozenset(["and", "or", "e", "y", "et", "dan", "ou", "o", "u", "atau", "و", "او", "but", ",", "not"])
_NOW, _AMBIGUOUS = frozenset(NOW.split()), frozenset(AMBIGUOUS.split())
_IT_IS, _ORDINAL = phrases_of(IT_IS), frozenset(ORDINALLY_NAMED.split())
_OPENING = Words(OPENING.split())
_TODAY = frozenset(["day today", "day tonight", "day this"])
_SPANNING = 2
"""Times of a period: from when, and to when."""


class Calendar(Struct, frozen=True):
    """The lines of the prompt, read.

    `hours` is from when to when somebody is there on each day (Monday is 1), `today` the day of the week, `now` the
    time; times are in minutes from midnight.
    """

    hours: Mapping[int, Sequence[tuple[Decimal, Decimal]]]
    today: int | None = None
    now: Decimal | None = None

    def days_of(self, kind: str) -> frozenset[int]:
        """Return the days of the week that a name of a day means; none if that is not known."""
        if kind in WEEKDAYS:
            return frozenset([int(kind[4:])])
        if kind == "weekend":
            return frozenset([6, 7])
        later = 0 if kind in _TODAY else {"day tomorrow": 1, "day after tomorrow": 2}.get(kind)
        return (
            frozenset()
            if later is None or self.today is None
            else frozenset([(self.today - 1 + later) % 7 + 1])
        )

    def edges(self, day: int) -> frozenset[Decimal]:
        """Return when somebody comes or goes on a day."""
        return frozenset(one % A_DAY for span in self.hours.get(day, ()) for one in span)


def read_calendar(readings: Iterable[Reading]) -> Calendar | None:
    """Read the lines of the prompt about hours and the date; None if there are none."""
    hours: dict[int, list[tuple[Decimal, Decimal]]] = {}
    today, now = None, None
    for reading in readings:
        days = [(start, kind) for start, _, kind in reading.matches if kind in DAYS]
        named = [int(kind[4:]) for _, kind in days if kind in WEEKDAYS]
        times = [max(one.values) for one in reading.numbers if one.role == "time"]
        if any(kind == "day today" for _, kind in days):
            today, now = next(iter(named), None), next(iter(times), None)
        elif named and len(times) % _SPANNING == 0:
            hours.setdefault(named[0], []).extend(zip(times[::2], times[1::2], strict=True))
    return Calendar(hours, today, now) if hours or today is not None else None


def _opens(reading: Reading, token: Token) -> bool:
    """Return whether a word says that somebody opens or closes; a "shop", an "hour" or a "closed" thing does not."""
    words = (reading.tongue.opens, reading.tongue.closed, _OPENING)
    return token.key not in _AMBIGUOUS and any(token in one for one in words)


class SaidTimes:
    """The days and times that an answer says, beside a calendar."""

    def __init__(self, reading: Reading, calendar: Calendar, asked: Sequence[Reading]) -> None:
        self.reading, self.calendar, self.asked = reading, calendar, asked
        self._days = [(start, end, kind) for start, end, kind in reading.matches if kind in DAYS]

    def wrong_days(self) -> list[str]:
        """Return what an answer says that today or tomorrow is, and it is not."""
        found = []
        for (_, end, kind), (start, after, other) in self._near_days():
            names = {kind, other}
            day = next(iter(names & WEEKDAYS), None)
            near = next(iter(names - WEEKDAYS), None)
            if day is None or near is None or not self.calendar.days_of(near):
                continue
            if self._is_free(end, start) and self.calendar.days_of(day) != self.calendar.days_of(near):
                found.append(
                    self.reading.line.text[
                        self.reading.tokens[start].start : self.reading.tokens[after - 1].end
                    ]
                )
        return [f"HOURS_UNKNOWN: {one}" for one in found]

    def _near_days(self) -> Iterator[tuple[tuple[int, int, str], tuple[int, int, str]]]:
        sentence_of = self.reading.sentence_of
        for one, other in zip(self._days, self._days[1:], strict=False):
            if sentence_of[one[0]] == sentence_of[other[0]] and other[0] - one[1] <= MAX_APART:
                yield one, other

    def _is_free(self, start: int, end: int) -> bool:
        """Return whether nothing between two days makes two of them, or denies that they are one."""
        reading = self.reading
        between = [token.key for token in reading.tokens[start:end] if token.text.lower() != "é"]
        return (
            reading.clause_of[start - 1] not in reading.denying
            and reading.sentence_of[end] not in reading.asks
            and not any(key in _AND - {","} or key in _THROUGH for key in between)
        )

    def is_date(self, at: int) -> bool:
        """Return whether a name of a day is in a sentence that only says which day today or tomorrow is."""
        return at in self._dates and self.reading.sentence_of[at] in self._named and not self._moves(at)

    def _moves(self, at: int) -> bool:
        reading = self.reading
        return reading.sentence_of[at] in reading.sentences_with(reading.tongue.moves)

    def speaks_of_hours(self, at: int) -> bool:
        """Return whether the sentence of a token says when somebody is there."""
        reading = self.reading
        sentence, tongue = reading.sentence_of[at], reading.tongue
        if sentence in self._opening:
            return reading.sentence_of[at] not in reading.sentences_with(tongue.pays)
        is_bare = not self._moves(at) and sentence not in self._wordy
        return is_bare and (len(self._times.get(sentence, ())) >= _SPANNING or self._is_asked)

    @cached_property
    def _opening(self) -> frozenset[int]:
        """The sentences that speak of opening or closing."""
        reading = self.reading
        return frozenset(
            reading.sentence_of[at] for at, token in enumerate(reading.tokens) if _opens(reading, token)
        )

    @cached_property
    def _wordy(self) -> frozenset[int]:
        """The sentences that have other words than small ones, days and times."""
        reading = self.reading
        return frozenset(
            reading.sentence_of[at]
            for at, token in enumerate(reading.tokens)
            if token.kind == "word" and at not in reading.counted and not self._is_small(at)
        )

    @cached_property
    def _dayed(self) -> frozenset[int]:
        """The tokens of names of days."""
        return frozenset(at for start, end, _ in self._days for at in range(start, end))

    @cached_property
    def _dates(self) -> frozenset[int]:
        """The names of days that stand beside another."""
        return frozenset(start for pair in self._near_days() for start, _, _ in pair)

    @cached_property
    def _named(self) -> frozenset[int]:
        """The sentences with the name of a day of the week."""
        return frozenset(self.reading.sentence_of[start] for start, _, kind in self._days if kind in WEEKDAYS)

    @cached_property
    def _times(self) -> Mapping[int, Sequence[Number]]:
        """The times of each sentence."""
        found: dict[int, list[Number]] = {}
        for one in self.reading.numbers:
            if one.role == "time":
                found.setdefault(self.reading.sentence_of[one.start], []).append(one)
        return found

    @cached_property
    def _is_asked(self) -> bool:
        """Whether the customer asks for opening hours."""
        return any(_opens(one, token) for one in self.asked[-1:] for token in one.tokens)

    def _is_small(self, at: int) -> bool:
        reading, token = self.reading, self.reading.tokens[at]
        tongue = reading.tongue
        if at in self._dayed:
            return True
        small = (tongue.fillers, tongue.times, tongue.titles, tongue.joins)
        return (
            len(token.key) <= SMALL_WORD
            or any(token in words for words in small)
            or token.key in _THROUGH
            or tongue.affirms.find(reading.tokens, at) is not None
        )

    def judge(self, number: Number) -> bool | None:
        """Return whether a time is right; None if the calendar says nothing of it."""
        if self._is_of_now(number):
            return self._is_now(number)
        if not self.speaks_of_hours(number.start):
            return None
        if not self.calendar.hours:
            return None
        days = self._days_of(number)
        if days is None:
            return any(self._is_edge(number, day) for day in self.calendar.hours)
        return bool(days) and all(self._is_edge(number, day) for day in days)

    def _is_edge(self, number: Number, day: int) -> bool:
        before = self.reading.tokens[max(0, number.start - MAX_APART - 1) : number.start]
        return any(one % A_DAY in self.calendar.edges(day) for one in either_half(number, before))

    def _is_of_now(self, number: Number) -> bool:
        reading, sentence = self.reading, self.reading.sentence_of[number.start]
        tokens = reading.tokens
        if (
            sentence in self._opening
            and tuple(one.key for one in tokens[max(0, number.start - 2) : number.start]) not in _IT_IS
        ):
            return False
        before = tuple(one.key for one in tokens[max(0, number.start - 2) : number.start])
        said = {token.key for at, token in enumerate(tokens) if reading.sentence_of[at] == sentence}
        return before in _IT_IS or bool(said & _NOW) or before[-1:] == ("sao",) or before == ("son", "las")

    def _is_now(self, number: Number) -> bool:
        now = self.calendar.now
        return now is not None and any(
            min(int(one - now) % A_DAY, int(now - one) % A_DAY) <= MOST_LATE for one in either_half(number)
        )

    def _days_of(self, number: Number) -> frozenset[int] | None:
        """Return the days that a time is said of: those before it, else those behind, else those asked for."""
        reading, sentence = self.reading, self.reading.sentence_of[number.start]
        days = [
            one
            for one in self._days
            if reading.sentence_of[one[0]] == sentence and self.calendar.days_of(one[2])
        ]
        if not days:
            return self._asked_days()
        times = self._times[sentence]
        begins_with_days = days[0][0] < times[0].start
        before = [one for one in days if one[0] < number.start]
        behind = [one for one in days if one[0] > number.start]
        if begins_with_days or not behind:
            group = self._last_group(before, [one.start for one in times])
        else:
            group = self._first_group(behind, [one.start for one in times])
        return self._expanded(group)

    @staticmethod
    def _last_group(days: list[tuple[int, int, str]], times: list[int]) -> list[tuple[int, int, str]]:
        since = max((one for one in times if one < days[-1][0]), default=-1)
        return [one for one in days if one[0] > since]

    @staticmethod
    def _first_group(days: list[tuple[int, int, str]], times: list[int]) -> list[tuple[int, int, str]]:
        until = min((one for one in times if one > days[0][0]), default=None)
        return [one for one in days if until is None or one[0] < until]

    def _expanded(self, days: list[tuple[int, int, str]]) -> frozenset[int]:
        """Return the days of names, and those between two that "to" stands between."""
        found: set[int] = set()
        last: tuple[int, int] | None = None
        for start, end, kind in days:
            named = self.calendar.days_of(kind)
            if last is not None and kind in WEEKDAYS:
                between = self.reading.tokens[last[1] : start]
                if len(between) <= MAX_APART and any(one.key in _THROUGH for one in between):
                    found |= days_until(last[0], min(named))
            found |= named
            last = (min(named), end)
        return frozenset(found)

    def _asked_days(self) -> frozenset[int] | None:
        for reading in self.asked[-1:]:
            days = [kind for _, _, kind in reading.matches if kind in DAYS]
            found = frozenset(day for kind in days for day in self.calendar.days_of(kind))
            if found and all(self.calendar.hours.get(day) for day in found):
                return found
        return None

    def backs_day(self, promise: Promise) -> bool:
        """Return whether a name of a day is said of opening hours, or says which day it is."""
        is_ordinal = any(
            token.key in _ORDINAL for token in self.reading.tokens[promise.end : promise.end + 1]
        )
        return is_ordinal or self.speaks_of_hours(promise.start) or self.is_date(promise.start)
