"""Judges the amounts of an answer: a listed price of what it speaks of, a multiple that was asked for, or a sum.

One price behind several products, or behind "both" or "in total", has to be what they cost together.

Out of scope: what an amount speaks of (`subjects`, `mentions`), other numbers (`explanations`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from colonnade.products.dealroom.assistant.rules.asked import Asked
from colonnade.products.dealroom.assistant.rules.catalogue import Item
from colonnade.products.dealroom.assistant.rules.evidence import Evidence
from colonnade.products.dealroom.assistant.rules.mentions import Mention, Mentions
from colonnade.products.dealroom.assistant.rules.readings import Reading
from colonnade.products.dealroom.assistant.rules.refusals import is_refused
from colonnade.products.dealroom.assistant.rules.roles import Number
from colonnade.products.dealroom.assistant.rules.subjects import Order, Subjects, counted

__all__ = ["Amounts", "Scopes"]

MAX_BETWEEN = 3
"""Tokens between the two prices of a discount."""
MAX_COUNTS = 3
"""Quantities of a sentence that are compared with its amounts."""
MAX_SUMMED = 8
"""Products of a sum."""
MIN_LISTED = 2
"""Products behind which two amounts are the price of each."""
LEAST_SHORTENED = 10_000
"""The smallest sum of which the thousands may be left out."""
_GIVEN = frozenset({"refund", "cashback", "gift"})


class Scopes(Struct, frozen=True):
    """Functions that read texts: those of products with their sellers' (`about`), and of products alone (`of`)."""

    about: Callable[[Number], Evidence]
    of: Callable[[Sequence[Item]], Evidence]
    fallback: Callable[[], Sequence[Item]]
    """The products whose prices an answer may name that speaks of none."""


class Amounts:
    """The amounts of one answer."""

    def __init__(
        self,
        reading: Reading,
        mentioned: Sequence[Mention],
        mentions: Mentions,
        subjects: Subjects,
        asked: Asked,
        scopes: Scopes,
    ) -> None:
        self._reading, self._mentioned, self._mentions = reading, mentioned, mentions
        self._subjects, self._asked, self._scopes = subjects, asked, scopes
        self._counted: set[tuple[int, int]] = set()
        self._all = [one for one in reading.numbers if one.role == "money"]

    def is_price(self, number: Number, context: frozenset[str], around: frozenset[str]) -> bool:
        """Return whether an amount is a price of what it speaks of, in its texts, or a multiple that was asked."""
        if number.unit == "priced" and any(
            around & near and number.values & one.values for one, near in self._asked.numbers
        ):
            return True  # a street number behind a customer called Price
        if _GIVEN.isdisjoint(
            self._reading.kinds_of_clause(number.start)
        ):  # else money for the customer, no price
            if self._is_sum(number):
                return True
            sentence = self._reading.sentence_of[number.start]
            items = self._priced(self._spoken(number))
            if sentence in self._totals:
                least = 2 if sentence in self._boths else 1
                if len(items) == 1 and self._is_multiple(number, items, least):
                    return True
            elif len(items) > 1:
                if (
                    self._is_one_of(number, items)
                    or self._is_counted(number, items)
                    or self._is_multiple(number, self._kit(items))
                ):
                    return True
            elif self._is_multiple(number, items) or self._is_share(number, items):
                return True
            if sentence in self._summed and self._is_part(number):
                return True
            is_named = sentence in self._totals or bool(self._named(number))
            if (
                (len(items) > 1 or sentence in self._totals)
                and is_named
                and self._scopes.of(items).lists(number)
            ):
                return False  # the price of one, said of several
        return self._scopes.about(number).vouches(number, context, around)

    def _spoken(self, number: Number) -> Sequence[Item]:
        """Return the products that an amount speaks of: all of its sentence, if that says a total."""
        sentence = self._reading.sentence_of[number.start]
        if sentence in self._totals:
            here = [one.item for one in self._mentioned if self._reading.sentence_of[one.at] == sentence]
            if here:
                return here
        return self._named(number) or self._scopes.fallback()

    def _named(self, number: Number) -> Sequence[Item]:
        """Return the products that an amount speaks of, as they are named or pointed to."""
        return self._mentions.before(number.start) or self._subjects.unnamed(self._reading)

    def _priced(self, items: Sequence[Item]) -> list[Item]:
        return list({id(item): item for item in items if item.price is not None}.values())

    def _is_multiple(self, number: Number, items: Sequence[Item], least: int = 1) -> bool:
        counts = [count for count in (1, least, *self._asked.counts) if count >= least]
        counts += [count for count in self._said_of(number, items) if count >= least]
        count = self._scopes.of(items).multiplies(number, counts) if items else None
        if count is not None and count > 1:
            self._counted.add((self._reading.sentence_of[number.start], count))
        return count is not None

    def _said_of(self, number: Number, items: Sequence[Item]) -> Iterator[int]:
        """Yield the quantities of one product that its sentence says, or how often its unit is wanted: "two nights"."""
        if len(items) != 1:
            return
        rates = self._scopes.of(items).rates
        yield from (count for unit, count in self._asked.spans if unit in rates)
        for one in self._reading.numbers:
            is_here = self._reading.sentence_of[one.start] == self._reading.sentence_of[number.start]
            if not is_here or not (one.role in ("count", "bare", "times") or one.unit in rates):
                continue
            if one.unit in rates or not self._scopes.about(one).vouches(
                one, frozenset(), self._reading.around(one)
            ):
                yield from (int(value) for value in one.values if 1 < value == value.to_integral_value())

    def _is_share(self, number: Number, items: Sequence[Item]) -> bool:
        """Return whether an amount is the part of a price that has to be paid down: "a deposit of 20% … £42"."""
        sentence = self._reading.sentence_of[number.start]
        shares = {
            value
            for one in self._reading.numbers
            if one.role == "percent" and 0 <= sentence - self._reading.sentence_of[one.start] <= 1
            if "instalment" in self._reading.context(one.start)
            for value in one.values
        }
        return any(
            self._is_multiple(
                replace(number, values=frozenset(value * 100 / share for value in number.values)), items
            )
            for share in shares
            if share
        )

    def _is_counted(self, number: Number, items: Sequence[Item]) -> bool:
        """Return whether an amount is the price of one of several, times the quantity that its clause repeats."""
        clause = self._reading.clause_of[number.start]
        counts = {
            int(max(one.values))
            for one in self._reading.numbers
            if one.role in ("count", "bare", "times") and one.values
            if self._reading.clause_of[one.start] == clause and one.start < number.start
        }
        count = self._scopes.of(items).multiplies(number, counts & self._asked.counts - {1})
        if count is not None:
            self._counted.add((self._reading.sentence_of[number.start], count))
        return count is not None

    def _is_one_of(self, number: Number, items: Sequence[Item]) -> bool:
        """Return whether an amount behind several products is the price of each, or one of a price for each."""
        if all(self._scopes.of([item]).lists(number) for item in items):
            return True
        group = self._group(number)
        if len(group) < len(items):
            return False
        at = next(n for n, (first, last) in enumerate(group) if first <= number.start <= last)
        ordered = self._in_order(items)
        return self._scopes.of([ordered[at]] if at < len(ordered) == len(group) else items).lists(number)

    def _kit(self, items: Sequence[Item]) -> list[Item]:
        """Return the product of which the texts name all the others: a price behind its parts is its own."""
        whole = [
            item
            for item in items
            if all(self._scopes.of([item]).names(one.name) for one in items if one is not item)
        ]
        return whole if len(whole) == 1 else []

    def _is_part(self, number: Number) -> bool:
        """Return whether an amount of a sentence with a true sum is the price of the product that it stands beside."""
        sentence = self._reading.sentence_of[number.start]
        here = [one for one in self._mentioned if self._reading.sentence_of[one.at] == sentence]
        behind = self._mentions.before(number.start)
        parts = [
            one
            for one in self._all
            if self._reading.sentence_of[one.start] == sentence and not self._is_sum(one)
        ]
        if here and parts and parts[0].start < here[0].at:  # "£425 for the table and £12.50 for the polish"
            behind = [one.item for one in here if one.at > number.start][:1]
        return any(self._is_multiple(number, [item]) for item in self._priced(behind))

    def _in_order(self, items: Sequence[Item]) -> list[Item]:
        """Return products in the order in which they are named, which is reversed in a group."""
        place = {id(one.item): n for n, one in reversed(list(enumerate(self._mentioned)))}
        return sorted(items, key=lambda item: place.get(id(item), 0))

    def _group(self, number: Number) -> list[tuple[int, int]]:
        """Return the first and last tokens of the amounts between the same two mentions, a range as one."""
        places = [one.at for one in self._mentioned]
        here = bisect_left(places, number.start)
        found: list[tuple[int, int]] = []
        is_linked = False
        for one in self._all:
            if bisect_left(places, one.start) == here:
                if is_linked:
                    found[-1] = (found[-1][0], one.start)
                else:
                    found.append((one.start, one.start))
                is_linked = one.linked
        return found

    @cached_property
    def _totals(self) -> frozenset[int]:
        """The sentences that say a total."""
        return frozenset(self._reading.sentence_of[at] for at in self._reading.totalled)

    @cached_property
    def _summed(self) -> frozenset[int]:
        """The sentences that say a total which is what their products cost together."""
        sentences = ((self._reading.sentence_of[one.start], one) for one in self._all)
        return frozenset(at for at, one in sentences if at in self._totals and self._is_sum(one))

    @cached_property
    def _boths(self) -> frozenset[int]:
        """The sentences that speak of two or more things."""
        tokens, both = self._reading.tokens, self._reading.tongue.both
        return frozenset(
            self._reading.sentence_of[at] for at in self._reading.totalled if both.find(tokens, at)
        )

    def _is_sum(self, number: Number) -> bool:
        """Return whether an amount is what several products cost together, in the quantities that are talked about."""
        for orders in self._bundles(number):
            priced = [one for one in orders if one.item.price is not None]
            if not 2 <= len(priced) == len(orders) <= MAX_SUMMED:
                continue
            if _adds_up(number, priced):
                sentence = self._reading.sentence_of[number.start]
                self._counted.update((sentence, one.count) for one in priced if one.count)
                self._counted.add((sentence, len(priced)))
                return True
        return False

    def _bundles(self, number: Number) -> Iterator[list[Order]]:
        """Yield what an amount may be the sum of: the products of its sentence, of the answer, or of the question."""
        asked = {id(one.item): one.count for one in self._subjects.orders}
        sentence = self._reading.sentence_of[number.start]
        here = [one for one in self._mentioned if self._reading.sentence_of[one.at] == sentence]
        for mentions in (here, self._mentioned):
            if mentions:
                yield [
                    Order(one.item, one.count or asked.get(id(one.item)))
                    for one in counted(self._reading, mentions)
                ]
        if not here:
            yield self._subjects.orders

    def undersold(self) -> list[str]:
        """Return the amounts that are the price of one, said of several: "both for R$ 450"."""
        clause_of, sentence_of = self._reading.clause_of, self._reading.sentence_of
        tongue = self._reading.tongue
        each = {sentence_of[at] for at, token in enumerate(self._reading.tokens) if token in tongue.each}
        several = self._several()
        totals = {
            sentence_of[one.start]
            for one in self._all
            if self._is_sum(one)
            or self._own(one).multiplies(one, several.get(sentence_of[one.start], {}).values())
        }
        return [
            f"PRICE_UNKNOWN: {counts.get(clause_of[one.start], next(iter(counts.values())))} {one.text}"
            for one in self._all
            if not one.linked and sentence_of[one.start] not in each and sentence_of[one.start] not in totals
            if (counts := self._near(several, one)) and self._own(one).lists(one)
        ]

    def _near(self, several: dict[int, dict[int, int]], number: Number) -> dict[int, int]:
        """Return the quantities that an amount may be said of: of its clause, or those that the customer wants."""
        counts = several.get(self._reading.sentence_of[number.start], {})
        clause = self._reading.clause_of[number.start]
        return {at: one for at, one in counts.items() if at == clause or one in self._asked.counts}

    def _own(self, number: Number) -> Evidence:
        return self._scopes.of(self._spoken(number))

    def _several(self) -> dict[int, dict[int, int]]:
        """Return for each sentence the quantities above one that the catalogue does not have, by clause."""
        found: dict[int, dict[int, int]] = {}
        for one in self._reading.numbers:
            if one.role not in ("count", "bare", "times") or min(one.values, default=Decimal(0)) <= 1:
                continue
            if is_refused(self._reading, one, self._asked):
                continue
            counts = found.setdefault(self._reading.sentence_of[one.start], {})
            around = self._reading.around(one)
            if len(counts) < MAX_COUNTS and not self._scopes.about(one).vouches(one, frozenset(), around):
                counts.setdefault(self._reading.clause_of[one.start], int(max(one.values)))
        return found

    def falls(self) -> list[str]:
        """Return the pairs of amounts that say that a price was higher: "from R$ 525 to R$ 450"."""
        amounts = [one for one in self._all if one.values and one.unit != "priced"]
        return [
            f"CLAIM_UNKNOWN: {one.text} ... {other.text}"
            for one, other in pairwise(amounts)
            if 0 < other.start - one.end <= MAX_BETWEEN
            and min(one.values) > max(other.values)
            and self._reading.sentence_of[one.start] == self._reading.sentence_of[other.start]
            and self._mentions.before(one.start) == self._mentions.before(other.start)
            and len(self._mentions.before(one.start)) < MIN_LISTED
            and not (self._reading.sentence_of[one.start] in self._summed and self._is_sum(one))
            and not any(
                promise.kind == "delivery" and one.end <= promise.start < other.start
                for promise in self._reading.promises
            )
        ]

    def adds_up(self, number: Number, unexplained: Sequence[Number]) -> bool:
        """Return whether an amount is the sum of all amounts before it, which are explained: "£9 and £6, so £15"."""
        before = [one for one in self._all if one.start < number.start]
        sentence = self._reading.sentence_of[number.start]
        here = [one for one in before if self._reading.sentence_of[one.start] == sentence]
        return any(
            len(added) >= MIN_LISTED
            and not any(one in unexplained for one in added)
            and len({one.currencies for one in (*added, number)}) == 1
            and sum((min(one.values, default=Decimal(0)) for one in added), Decimal(0)) in number.values
            for added in (here, before)
        )

    def makes_total(self, number: Number) -> bool:
        """Return whether a quantity is the one that makes a total in its sentence: "two come to Rp900.000"."""
        if number.role not in ("bare", "count", "times", "span") and number.unit != "priced":
            return False
        sentence = self._reading.sentence_of[number.start]
        return any((sentence, int(value)) in self._counted for value in number.values)


def _adds_up(number: Number, orders: Sequence[Order]) -> bool:
    prices = [(one.item.price, one.count or 1) for one in orders if one.item.price is not None]
    currencies = {price.currency for price, _ in prices}
    if len(currencies) != 1 or (number.currencies and not currencies <= number.currencies):
        return False
    least = sum((price.least * count for price, count in prices), Decimal(0))
    most = sum((price.most * count for price, count in prices), Decimal(0))
    values = number.values
    if not number.currencies and number.factor == 1 and least >= LEAST_SHORTENED:
        values = values | {value * 1000 for value in values}
    return any(least <= value <= most for value in values)
