"""Reads the customer's messages for comparing, and tells which of their numbers and words may be repeated.

A customer's words vouch for counts, sizes, dates and order numbers, never for a price, a discount, a percentage, a
length of time or a promise.

Out of scope: judging (`explanations`, `promises`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from colonnade.products.dealroom.assistant.rules.evidence import Library
from colonnade.products.dealroom.assistant.rules.languages import Tongue
from colonnade.products.dealroom.assistant.rules.readings import Reading, stems
from colonnade.products.dealroom.assistant.rules.roles import Number
from colonnade.products.dealroom.assistant.rules.words.hours import HOUR_WORDS

__all__ = ["Asked"]

MAX_COUNT = 1000
_HOUR_WORDS = frozenset(HOUR_WORDS.split())
HOW_MANY = frozenset({("how", "many"), ("", "combien"), ("", "cb"), ("est", "cb"), ("est", "combien")})
"""Words that ask for a number of things; prices are asked for by other words."""
FEW_WORDS = 3
_STOCKED = frozenset({"stock", "scarcity", "discount", "free"})
_NEVER = ("money", "percent", "span")
_COUNTS = ("count", "bare", "times", "order")


class Asked:
    """The customer's messages."""

    def __init__(self, texts: Sequence[str], tongue: Tongue) -> None:
        library = Library(texts, tongue, frozenset())
        readings = [reading for text in texts for reading in library.facts(text).readings]
        self.readings = [library.facts(text).readings[0] for text in texts]
        """The messages, each in the language of most of them."""
        tokens = [token for reading in readings for token in reading.tokens]
        read = [(reading, one) for reading in readings for one in reading.numbers]
        self.numbers: dict[tuple[Number, frozenset[str]], None] = {
            (Number(0, 0, "", one.role, one.values, one.unit), reading.around(one)): None
            for reading, one in read
            if one.role not in _NEVER or one.unit == "priced"
        }
        self.spans = {
            (one.unit, int(value))
            for _, one in read
            if one.role == "span"
            for value in one.values
            if value == value.to_integral_value()
        }
        """The lengths of time: their units and values."""
        self.values = {value for _, one in read for value in one.values}
        """All numbers, amounts too: a denial may repeat them."""
        self.codes = {
            (before.key, token.key)
            for reading in readings
            for before, token in pairwise(reading.tokens)
            if token.kind == "number" and token.glued and before.kind == "word"
        }
        """The names that end with a number: V60."""
        self.words = {form for token in tokens if token.kind == "word" for form in token.forms}
        self.stems = {one for word in self.words for one in stems(word)}
        self.kinds = {promise.kind for reading in readings for promise in reading.promises}
        self.context = frozenset(one for reading in readings for one in reading.contexts())
        self.content = frozenset(one for reading in readings[-1:] for one in reading.contents())
        self.long = {token.key for token in tokens if token.kind == "phone"}
        self.counts = {
            int(value)
            for one, _ in self.numbers
            if one.role in _COUNTS or one.unit == "priced"
            for value in one.values
            if value == value.to_integral_value() and 1 < value <= MAX_COUNT
        }

    @property
    def is_about_hours(self) -> bool:
        """Whether the last message asks for a time of day."""
        last = self.readings[-1:]
        return any(
            token in reading.tongue.opens or not _HOUR_WORDS.isdisjoint(token.forms)
            for reading in last
            for token in reading.tokens
        )

    def is_how_many(self, reading: Reading) -> bool:
        """Return whether an answer is hardly more than the number that the last message asks for: "max 8"."""
        if not self.readings or sum(one.kind in ("word", "number") for one in reading.tokens) > FEW_WORDS:
            return False
        words = [token.key for token in self.readings[-1].tokens if token.kind == "word"]
        asks = any(pair in HOW_MANY for pair in pairwise(("", *words)))
        return asks and self.kinds.isdisjoint(_STOCKED)

    def has_word(self, forms: Sequence[str]) -> bool:
        """Return whether the customer has used this word, or one that begins like it."""
        return any(form in self.words or not self.stems.isdisjoint(stems(form)) for form in forms)
