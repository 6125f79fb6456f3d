"""Reads the catalogue for comparing: the numbers, promises and words of its texts, and its prices.

A number is vouched for by one of the same meaning only: a price by a price in its currency, a length of time by the
same one said of the same thing.

Out of scope: what a customer's words vouch for (`asked`), judging (`explanations`, `promises`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from colonnade.products.dealroom.assistant.rules.calendars import SaidTimes
from colonnade.products.dealroom.assistant.rules.catalogue import PriceRange
from colonnade.products.dealroom.assistant.rules.languages import Tongue, find_tongue
from colonnade.products.dealroom.assistant.rules.openings import open_days
from colonnade.products.dealroom.assistant.rules.readings import Reading, stems
from colonnade.products.dealroom.assistant.rules.roles import Number
from colonnade.products.dealroom.assistant.rules.tokens import cut
from colonnade.products.dealroom.assistant.rules.words.common import DAYS, PER, SAME_PIECES

__all__ = ["Evidence", "Facts", "Library"]

MAX_TOKENS_EACH, MAX_TOKENS = 60, 600
"""The tokens by which the language of texts is told."""

_SAME_THING = ("money", "percent", "span")
"""Roles of which a number has to be said of the same thing as in the catalogue."""
_OF_SOMETHING = frozenset({"discount", "fraction", "lifetime", "interest", "trial", "exchange"})
"""Kinds of promises that have to be said of the same thing as in the catalogue."""
_GIVEN = ("free", "gift", "included")
"""Kinds of promises that mean the same of the same thing, and nothing of another."""
MOVING = "moving"
"""What a sentence is about that says when something is sent or ready."""
_LABELLED = {"word", "number"}
_COUNTED = ("count", "bare", "times", "date", "order")
_PIECES = frozenset(SAME_PIECES.split())
"""Units of a count that mean the same."""
_SHORT_THOUSANDS = frozenset({"IDR", "VND", "COP", "CLP", "PYG", "KRW"})
"""Currencies of which 450 may mean 450,000."""


class _Written(Struct, frozen=True):
    number: Number
    context: frozenset[str]
    around: frozenset[str]
    matter: frozenset[str]


class Facts:
    """One text, in each of the languages that it may be in."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.readings = readings

    @cached_property
    def by_value(self) -> dict[Decimal, dict[_Written, None]]:
        """The different numbers of the text, by value."""
        found: dict[Decimal, dict[_Written, None]] = {}
        for reading in self.readings:
            for one in reading.numbers:
                bare = Number(0, 0, "", one.role, one.values, one.unit, one.currencies)
                is_amount = one.role == "money"
                about = reading.topic(one.start) if is_amount else reading.context(one.start)
                matter = reading.matter(one.start) if one.role == "span" else frozenset()
                written = _Written(bare, about, reading.around(one), matter)
                for value in one.values:
                    found.setdefault(value, {})[written] = None
        return found

    @cached_property
    def intervals(self) -> dict[tuple[str, str, Decimal, Decimal], None]:
        """The ranges of sizes and measures: role, unit, least and most."""
        return {
            (one.role, one.unit, min(one.values), max(other.values)): None
            for reading in self.readings
            for one, other in zip(reading.numbers, reading.numbers[1:], strict=False)
            if one.linked and one.role == other.role and one.role in ("size", "measure")
            if one.values and other.values
        }

    @cached_property
    def ends(self) -> frozenset[Decimal]:
        """The first and last numbers of the ranges without a unit, such as sizes."""
        return frozenset(
            value
            for reading in self.readings
            for one, other in zip(reading.numbers, reading.numbers[1:], strict=False)
            if one.linked and _has_no_unit(one) and _has_no_unit(other)
            for value in (*one.values, *other.values)
        )

    @cached_property
    def clock(self) -> frozenset[Decimal]:
        """The times of day, in minutes."""
        numbers = (one for reading in self.readings for one in reading.numbers)
        return frozenset(value for one in numbers if one.role == "time" for value in one.values)

    @cached_property
    def labels(self) -> frozenset[tuple[str, str]]:
        """The words right before or behind a number, each with it: A54, "Shop 12", "14 Bridge"."""
        tokens = self.readings[0].tokens if self.readings else []
        pairs = pairwise(tokens)
        return frozenset((one.key, other.key) for one, other in pairs if {one.kind, other.kind} == _LABELLED)

    @cached_property
    def rates(self) -> frozenset[str]:
        """The units of time that something costs its price for: "per night"."""
        return frozenset(
            unit
            for reading in self.readings
            for before, token in pairwise(reading.tokens)
            if before.key in PER
            for form in token.forms
            if (unit := reading.tongue.spans.get(form, ""))
        )

    @cached_property
    def has_sizes(self) -> bool:
        """Whether the text says sizes."""
        return any(one.role == "size" for reading in self.readings for one in reading.numbers)

    @cached_property
    def said(self) -> dict[str, set[frozenset[str]]]:
        """The promises by kind, and what each was said of."""
        found: dict[str, set[frozenset[str]]] = {}
        for reading in self.readings:
            for promise in reading.promises:
                context = reading.context(promise.start)
                if reading.sentence_of[promise.start] in reading.sentences_with(reading.tongue.moves):
                    context |= {MOVING}
                if not promise.excused:
                    found.setdefault(promise.meaning, set()).add(context - {promise.meaning})
                if {"free", "delivery"} <= context:
                    found.setdefault("shipping", set()).add(frozenset())
        return found

    @cached_property
    def given(self) -> list[tuple[frozenset[str], frozenset[str] | None]]:
        """What each gift is said of, and the longer words it is said with; None in another language."""
        return [
            (reading.context(one.start).difference(_GIVEN), reading.content(one.start))
            if len(self.readings) == 1
            else (reading.context(one.start).difference(_GIVEN), None)
            for reading in self.readings
            for one in reading.promises
            if one.meaning in _GIVEN and not one.excused
        ]

    @cached_property
    def words(self) -> set[str]:
        """The words."""
        tokens = self.readings[0].tokens if self.readings else []
        return {form for token in tokens if token.kind == "word" for form in token.forms}


class Library:
    """Reads texts in the language of most of them, and in the answer's; each once."""

    def __init__(self, sample: Iterable[str], tongue: Tongue, own: frozenset[str]) -> None:
        self._own = own
        self._facts: dict[str, Facts] = {}
        tokens = [token for text in sample for token in cut(text[:1000]).tokens[:MAX_TOKENS_EACH]]
        theirs = find_tongue(tokens[:MAX_TOKENS], tongue.code)
        self._tongues = [theirs] if theirs is tongue else [theirs, tongue]

    def facts(self, text: str) -> Facts:
        """Return what a text says."""
        if text not in self._facts:
            line = cut(text)
            self._facts[text] = Facts([Reading(line, tongue, own=self._own) for tongue in self._tongues])
        return self._facts[text]


class Evidence:
    """Some texts as evidence, with the prices of their products.

    `times` are the days and times of the answer, if the last `lines` of the texts are those of a channel's hours.
    """

    def __init__(
        self,
        facts: Sequence[Facts],
        prices: Sequence[PriceRange],
        times: SaidTimes | None = None,
        lines: int = 0,
    ) -> None:
        self.facts, self.prices, self.times, self._lines = facts, prices, times, lines

    @cached_property
    def own(self) -> Evidence:
        """What the catalogue says, without the prompt's lines (the last ones) about hours and the date."""
        return (
            self if self.times is None else Evidence(self.facts[: len(self.facts) - self._lines], self.prices)
        )

    @cached_property
    def words(self) -> set[str]:
        """The words of all texts."""
        return set().union(*(each.words for each in self.facts))

    @cached_property
    def stems(self) -> set[str]:
        """The beginnings of those words."""
        return {one for word in self.words for one in stems(word)}

    @cached_property
    def ends(self) -> frozenset[Decimal]:
        """The first and last numbers of all ranges without a unit."""
        return frozenset().union(*(each.ends for each in self.facts))

    @cached_property
    def clock(self) -> frozenset[Decimal]:
        """All times of day, in minutes."""
        return frozenset().union(*(each.clock for each in self.facts))

    def measures(self, number: Number) -> bool:
        """Return whether the texts have this length of time, measure or count, whatever of."""
        return any(
            one.number.role == number.role and (one.number.unit == number.unit)
            for one in self._written(number)
        ) or self._is_within(number)

    def counts(self, number: Number) -> bool:
        """Return whether the texts have this number as a count of whatever, or without a unit."""
        roles = [(one.number.role, one.number.unit) for one in self._written(number)]
        return any(role in ("count", "bare") or unit == "priced" for role, unit in roles)

    def has_less(self, number: Number) -> bool:
        """Return whether the texts have a smaller count of the same unit only."""
        values = {
            value
            for each in self.facts
            for value, written in each.by_value.items()
            if any(one.number.role == "count" and one.number.unit == number.unit for one in written)
        }
        return bool(number.unit and values) and max(values) < min(number.values, default=0)

    @cached_property
    def has_sizes(self) -> bool:
        """Whether one of the texts says sizes."""
        return any(each.has_sizes for each in self.facts)

    def labels(self, reading: Reading, number: Number) -> bool:
        """Return whether a number without a unit is part of a name in the texts: A54, "Shop 12", "14 Bridge Street"."""
        if number.marked or number.role in _SAME_THING[1:]:
            return False
        tokens, tongue = reading.tokens, reading.tongue
        first, last = tokens[number.start], tokens[number.end - 1]
        before, after = tokens[max(0, number.start - 1)], tokens[min(number.end, len(tokens) - 1)]
        small = (tongue.fillers, tongue.prices, tongue.times, tongue.titles, tongue.withs)
        pairs = (
            [] if any(before in words for words in small) and not first.glued else [(before.key, first.key)]
        )
        if after.text[:1].isupper():
            pairs.append((last.key, after.key))
        return any(pair in each.labels for each in self.facts for pair in pairs)

    @cached_property
    def rates(self) -> frozenset[str]:
        """The units of time that something costs its price for."""
        return frozenset().union(*(each.rates for each in self.facts))

    def says(self, kind: str) -> bool:
        """Return whether the texts make a promise of this kind."""
        return any(kind in each.said for each in self.facts)

    def promises(
        self, kind: str, context: frozenset[str], asked: frozenset[str], content: frozenset[str]
    ) -> bool:
        """Return whether the texts promise such a thing, and where it matters of what: free shipping, no free gift.

        `context` is what the sentence is about, `content` its longer words.
        """
        if kind in _GIVEN:
            about = context.difference(_GIVEN) or asked.difference(_GIVEN)
            return any(
                _touches(said, about) and (words is None or bool(words & content or said & about))
                for each in self.facts
                for said, words in each.given
            )
        if kind not in _OF_SOMETHING:
            return self.says(kind)
        about = (context - {kind}) or (asked - {kind})
        return any(_touches(one, about) for each in self.facts for one in each.said.get(kind, ()))

    @cached_property
    def open_days(self) -> frozenset[str]:
        """The days of the week on which the texts say that somebody is open, as kinds of promises."""
        days = {day for each in self.facts for reading in each.readings for day in open_days(reading)}
        return frozenset(f"day {day}" for day in days)

    def moves_on(self, day: str) -> bool:
        """Return whether the texts say that something is sent, arrives or is ready on this day."""
        return any(
            MOVING in one or "delivery" in one for each in self.facts for one in each.said.get(day, ())
        )

    def has_word(self, forms: Sequence[str]) -> bool:
        """Return whether the texts have this word, or one that begins like it."""
        return any(form in self.words or not self.stems.isdisjoint(stems(form)) for form in forms)

    def names(self, name: str) -> bool:
        """Return whether one text has all words of a name."""
        forms = [token.forms for token in cut(name).tokens if token.kind == "word"]
        return any(
            all(not each.words.isdisjoint(one) for one in forms) for each in self.facts if len(forms) > 0
        )

    def lasts(self, number: Number, matter: frozenset[str]) -> bool:
        """Return whether the texts say a length of time of the same matter."""
        spans = (one for one in self._written(number) if one.number.role == number.role == "span")
        return any(one.number.unit == number.unit and one.matter & matter for one in spans)

    def vouches(self, number: Number, context: frozenset[str], around: frozenset[str]) -> bool:
        """Return whether the texts have a number of the same meaning."""
        if any(_is_same(number, self._in_ours(each), context, around) for each in self._written(number)):
            return True
        return self._is_within(number)

    def _is_within(self, number: Number) -> bool:
        """Return whether the texts have a range of sizes or measures with this one in it."""
        return any(
            role == number.role
            and unit == number.unit
            and all(least <= value <= most for value in number.values)
            for each in self.facts
            for role, unit, least, most in each.intervals
        )

    def _in_ours(self, written: _Written) -> _Written:
        """Return an amount of a text in the currencies that the prices have: a bare $ is one of many."""
        ours = written.number.currencies & {price.currency for price in self.prices}
        return replace(written, number=replace(written.number, currencies=ours)) if ours else written

    def _written(self, number: Number) -> Iterator[_Written]:
        for each in self.facts:
            for value in number.values:
                yield from each.by_value.get(value, ())

    def lists(self, number: Number) -> bool:
        """Return whether an amount lies within the price of one of the items."""
        return self.multiplies(number, (1,)) is not None

    def multiplies(self, number: Number, counts: Iterable[int]) -> int | None:
        """Return the quantity that makes a listed price this amount, if there is one."""
        for count in counts:
            for price in self.prices:
                if number.currencies and price.currency not in number.currencies:
                    continue
                values = _amounts(number, price.currency)
                if any(price.least * count <= value <= price.most * count for value in values):
                    return count
        return None


def _has_no_unit(number: Number) -> bool:
    return number.role in ("size", "bare", "count") or (number.role == "money" and not number.marked)


def _touches(said: frozenset[str], about: frozenset[str]) -> bool:
    """Return whether two sentences may be about the same thing."""
    return not said or not about or bool(said & about)


def _is_same(number: Number, written: _Written, context: frozenset[str], around: frozenset[str]) -> bool:
    other = written.number
    if number.role in _COUNTED:
        if other.role not in _COUNTED:
            return False
        if around & written.around:
            return True
        if number.role == "bare" or other.role == "bare" or number.role == other.role == "times":
            return number.role == other.role
        return number.unit == other.unit or {number.unit, other.unit} <= _PIECES
    if number.role != other.role:
        return False
    if number.role == "money":
        if number.currencies and other.currencies and not number.currencies & other.currencies:
            return False
    elif number.unit != other.unit:
        return False
    theirs = written.context - {"discount"}  # a discount is one for something
    if number.role == "span":
        theirs -= DAYS.keys()
    return number.role not in _SAME_THING or not theirs or bool(context & theirs)


def _amounts(number: Number, currency: str) -> set[Decimal]:
    """Return the values of an amount; of one without a sign also in thousands, as 450 is said for 450,000."""
    values = set(number.values)
    if not number.currencies and number.factor == 1 and currency in _SHORT_THOUSANDS:
        values |= {value * 1000 for value in values if value < 1000}
    return values
