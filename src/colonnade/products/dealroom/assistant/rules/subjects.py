"""Tells which products an answer speaks of where it names none, and how many of each are talked about.

A customer who asks "how much is the helmet?" is told of the helmet, whatever product the model says it has used. So the
products that an unnamed price speaks of are those that the customer's last message with a name in it names; only when
no message names one are they the model's, and last the one product whose texts alone have a word of the answer ("the
jar").

Out of scope: what an answer names itself (`mentions`), whether an amount is right (`amounts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.asked import Asked
from colonnade.products.dealroom.assistant.rules.catalogue import Item
from colonnade.products.dealroom.assistant.rules.mentions import Mention, Names
from colonnade.products.dealroom.assistant.rules.readings import Reading
from colonnade.products.dealroom.assistant.rules.roles import Number
from colonnade.products.dealroom.assistant.rules.texts import fold
from colonnade.products.dealroom.assistant.rules.tokens import is_long

__all__ = ["Order", "Subjects", "counted"]

MAX_QUESTION = 4096
"""Characters of a message in which products are looked for."""
MAX_COMPARED = 60_000
"""Characters of a catalogue in which the words of an answer are looked for."""
LETTERED = frozenset(["XS", "XL", "XXL", "GG"])
"""Sizes that are no other words."""
NEAR = 3
"""Tokens between a quantity and the product that it is of."""


_ARTICLES = frozenset(["os", "as", "los", "las", "les", "the"])


class Order(Struct, frozen=True):
    """A product and how many of it; None if nobody says how many."""

    item: Item
    count: int | None


class Subjects:
    """The products that an answer speaks of without naming them."""

    def __init__(self, names: Names, items: Sequence[Item], used: Sequence[Item], asked: Asked) -> None:
        self._names, self._items, self._asked = names, items, asked
        self._used = [item for item in used if item.product_id is not None]

    @cached_property
    def orders(self) -> list[Order]:
        """The products of the customer's latest message that names any, with its quantities."""
        for reading in reversed(self._asked.readings):
            mentions = self._names.find(reading.tokens)[1]
            if mentions:
                return list(counted(reading, mentions))
        return []

    @cached_property
    def named(self) -> list[Item]:
        """The products that the customer's latest message with a name in it names."""
        return [order.item for order in self.orders]

    def unnamed(self, reading: Reading) -> list[Item]:
        """Return the products that an answer speaks of which names none."""
        return self.named or self._used or ([] if reading.totalled else self._described(reading))

    def has_word(self, forms: Sequence[str]) -> bool:
        """Return whether a word stands in the texts of the catalogue; of a large one nothing is known."""
        return any(f" {form}" in text for form in forms for _, text in self._texts)

    @cached_property
    def _texts(self) -> list[tuple[Item, str]]:
        if sum(len(item.text) for item in self._items) > MAX_COMPARED:
            return []
        return [(item, f" {fold(item.text)}") for item in self._items]

    def _described(self, reading: Reading) -> list[Item]:
        """Return the only product in whose texts alone a word of the answer, or of the question, stands."""
        found: dict[int, Item] = {}
        for word in {*_words(reading), *(one for last in self._asked.readings[-1:] for one in _words(last))}:
            having = [item for item, text in self._texts if f" {word}" in text]
            if len(having) == 1 and having[0].product_id is not None:
                found[id(having[0])] = having[0]
        if not found:
            return self._pointed(reading)
        return list(found.values()) if len(found) == 1 else []

    def _pointed(self, reading: Reading) -> list[Item]:
        """Return the only product in whose texts are all the colours, materials, sizes and measures of an answer."""
        marks = list(_marks(reading))
        having = [
            item
            for item, text in self._texts
            if item.product_id is not None
            and all(any(f" {form}" in text for form in forms) for forms in marks)
        ]
        return having if marks and len(having) == 1 else []


def _marks(reading: Reading) -> Iterator[tuple[str, ...]]:
    """Yield the forms of each word and number by which an answer may point to a product."""
    for at in reading.colours:
        if not reading.is_open(at):
            yield tuple(reading.tokens[at].forms)
    for one in reading.numbers:
        if one.role in ("measure", "size") and not reading.is_open(one.start):
            yield (reading.tokens[one.start].key,)
    for at, token in enumerate(reading.tokens):
        if token.text in LETTERED and at not in reading.names and not reading.is_open(at):
            yield tuple(f"{form}{end}" for form in token.forms for end in (" ", ",", ".", "\n"))


def _is_both(reading: Reading, number: Number, mentions: Sequence[Mention]) -> bool:
    """Return whether a number with an article stands for all that is mentioned: "the two, A and B"."""
    before = reading.tokens[number.start - 1].key if number.start else ""
    is_all = before in _ARTICLES and number.values == {len({id(one.item) for one in mentions})}
    return is_all and all(one.at != number.end for one in mentions)


def _words(reading: Reading) -> Iterator[str]:
    tongue = reading.tongue
    for at, token in enumerate(reading.tokens):
        if token.kind != "word" or at in reading.counted or at in reading.promised:
            continue
        if token in tongue.fillers or token in tongue.titles:
            continue
        if is_long(token.key):
            yield token.key


def counted(reading: Reading, mentions: Sequence[Mention]) -> Iterator[Order]:
    """Yield the products mentioned, each once, with the quantity right before or behind it."""
    numbers = [
        one
        for one in reading.numbers
        if one.role in ("count", "bare", "times") and not _is_both(reading, one, mentions)
    ]
    seen: set[int] = set()
    for index, one in enumerate(mentions):
        if id(one.item) in seen:
            continue
        seen.add(id(one.item))
        least = mentions[index - 1].at if index else -1
        most = mentions[index + 1].at if index + 1 < len(mentions) else len(reading.tokens)
        near = [
            number
            for number in numbers
            if (least < number.start and number.end <= one.at <= number.end + NEAR - 1)
            or (number.role == "times" and one.at < number.start < min(most, one.at + NEAR + 1))
        ]
        value = max(near[-1].values, default=None) if near else None
        yield Order(one.item, int(value) if value is not None and value == int(value) > 0 else None)
