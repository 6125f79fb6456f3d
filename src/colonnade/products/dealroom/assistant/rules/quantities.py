"""Reads the values of numbers: digits with separators, and numbers in words, with a word for thousands behind them.

`1.250.000`, `1,2 juta`, `450rb`, `lima puluh ribu`, `quatre-vingt-dix`, `تسعة وتسعون`. An ambiguous number (`1,500`)
has both values.

Out of scope: what a number counts (`numbers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.languages import Tongue
from colonnade.products.dealroom.assistant.rules.tokens import Token

__all__ = ["Quantity", "read_quantity", "values_of"]

HUNDRED, THOUSAND = 100, 1000
_ALSO_GOOD = ("grand",)
"""Words for thousands that are praise where no number stands before them."""


class Quantity(Struct, frozen=True):
    """A number at some tokens: up to `end`, with the values it may have and the factor of the word behind it."""

    end: int
    values: frozenset[Decimal]
    factor: Decimal = Decimal(1)
    worded: bool = False
    weak: bool = False
    """Whether it may be an article: a, um, un."""
    shown: str = ""
    """The digits as they are written."""


def values_of(digits: str, *, unit: bool = False) -> Iterator[Decimal]:
    """Yield every value that digits may have: points and commas separate thousands or decimals."""
    digits = digits.replace(" ", "").replace("'", "")
    marks = [c for c in digits if c in ".,"]
    if not digits.replace(".", "").replace(",", "").isdecimal():
        return
    if not marks:
        yield Decimal(digits)
        return
    last = digits.rfind(marks[-1])
    whole, rest = re.sub(r"[.,]", "", digits[:last]), digits[last + 1 :]
    groups = re.split(r"[.,]", digits)[1:]
    if all(len(group) == 3 for group in groups) and len(set(marks)) == 1:
        yield Decimal(whole + rest)
    # Three digits after the only separator are thousands, but in 1,250 juta they may be decimals.
    if (len(marks) == 1 and (unit or len(rest) != 3)) or (len(marks) > 1 and marks[-1] != marks[-2]):
        yield Decimal(f"{whole}.{rest}")


def read_quantity(tokens: Sequence[Token], at: int, tongue: Tongue) -> Quantity | None:
    """Read the number that begins at `at`, if there is one."""
    token = tokens[at]
    if token.kind == "number":
        scale = _scale(tokens[at + 1], tongue) if at + 1 < len(tokens) else None
        if scale is None or scale < HUNDRED:
            return Quantity(at + 1, frozenset(values_of(token.key)), shown=token.key)
        values = frozenset(value * scale for value in values_of(token.key, unit=True))
        return Quantity(at + 2, values, scale, shown=token.key)
    if token.kind != "word" or not _begins(token, tongue):
        return None
    return _words(tokens, at, tongue)


def _begins(token: Token, tongue: Tongue) -> bool:
    if _number(token, tongue) is not None or token in tongue.ones:
        return True
    scale = _scale(token, tongue)
    return scale is not None and scale >= HUNDRED and len(token.key) > 2 and token.key not in _ALSO_GOOD


def _number(token: Token, tongue: Tongue) -> int | None:
    if token.kind != "word":
        return None
    found = next((tongue.numbers[form] for form in token.forms if form in tongue.numbers), None)
    return None if found is None else int(found)


def _scale(token: Token, tongue: Tongue) -> Decimal | None:
    if token.kind != "word":
        return None
    found = next((tongue.scales[form] for form in token.forms if form in tongue.scales), None)
    return None if found is None else Decimal(found)


class _Sum:
    """A number in words, as it grows word by word."""

    def __init__(self) -> None:
        self.total = Decimal(0)
        self.current = Decimal(0)
        self.last = Decimal(0)
        self.factor = Decimal(1)

    def add(self, value: int, *, reversed_: bool) -> bool:
        """Add the number of a word; return False if it belongs to another number."""
        if value == 20 and self.last == 4:  # quatre-vingts
            self.current += 76
            self.last = Decimal(80)
            return True
        fits = self.last == 0 or value < _room(self.last) or (reversed_ and self.last < 10 <= value)
        if fits:
            self.current += value
            self.last = Decimal(value)
        return fits

    def scale(self, value: Decimal) -> None:
        """Multiply by the value of a word such as hundred, or (0, 10) of belas and puluh."""
        if value == 0:
            self.current += 10
        elif value < THOUSAND:
            self.current += max(self.last, Decimal(1)) * value - self.last
            self.last = max(self.last, Decimal(1)) * value
        else:
            self.total += max(self.current, Decimal(1)) * value
            self.current, self.last = Decimal(0), value
        self.factor = max(self.factor, value)


def _room(last: Decimal) -> int:
    """Return what a word that follows a number has to be smaller than, to belong to it."""
    if last >= HUNDRED:
        return HUNDRED if last < THOUSAND else THOUSAND
    if last in (60, 80):  # soixante-dix, quatre-vingt-dix
        return 20
    return 10 if last >= 20 else 0


def _words(tokens: Sequence[Token], at: int, tongue: Tongue) -> Quantity:
    found, end = _Sum(), at
    if tokens[at] in tongue.ones and _number(tokens[at], tongue) is None:
        end += 1  # "a hundred"
        if end == len(tokens) or (_scale(tokens[end], tongue) or 0) < HUNDRED:
            return Quantity(end, frozenset({Decimal(1)}), worded=True, weak=True)
    while end < len(tokens):
        at_join = end > at and tokens[end] in tongue.joins and found.last >= 20 and end + 1 < len(tokens)
        step = end + 1 if at_join and _number(tokens[end + 1], tongue) is not None else end
        number, scale = _number(tokens[step], tongue), _scale(tokens[step], tongue)
        if number is not None:
            if not found.add(
                number, reversed_=tokens[step].key.startswith("و") or tokens[step].key in ("عشر", "عشره")
            ):
                break
        elif scale is not None:
            found.scale(scale)
        else:
            break
        end = step + 1
    weak = end == at + 1 and tokens[at] in tongue.ones
    value = found.total + found.current
    return Quantity(end, frozenset({value}), found.factor, worded=True, weak=weak)
