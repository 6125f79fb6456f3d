"""Reads one number with what stands around it, and tells what it is: an amount, a percentage, a time, a size, a count.

Out of scope: what numbers in a range or a list give each other (`numbers`), times that only their sentence tells
(`clocks`).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.languages import PLAIN, Tongue
from colonnade.products.dealroom.assistant.rules.quantities import Quantity, read_quantity, values_of
from colonnade.products.dealroom.assistant.rules.tokens import Line, Token
from colonnade.products.dealroom.assistant.rules.words.common import DAYS, GROUPS, NO_PLURALS
from colonnade.products.dealroom.assistant.rules.words.hours import (
    BEFORE_BARE_HOUR,
    BEFORE_NIGHT,
    BEFORE_POINTED_HOUR,
    HALVES,
    LATE,
    NIGHT,
    ONE_LONG,
    OPENING_AT,
    WITHIN,
)
from colonnade.products.dealroom.assistant.rules.words.links import ORDINALS, TIMES

__all__ = ["NIGHTS", "TIME", "Number", "Reader", "Role", "read_number", "read_single"]

Role = Literal[
    "money", "percent", "span", "measure", "time", "size", "order", "date", "times", "count", "bare"
]

HUNDRED_WORDS, THOUSAND_WORDS = Decimal(100), Decimal(1000)
LOOK_BACK = 6
"""Tokens between a word and the number that it says something about."""

_GROUPED = re.compile(
    r"\d{1,3}(?:[ .,']\d{3})+(?:[.,]\d{1,2})?|\d{1,3}(?: \d{3})* 000|[1-9]\d{4,14}|\d{1,15}[.,]\d{2}"
)
TIME = re.compile(r"([01]?\d|2[0-4])[:.]([0-5]\d)")
_EXACT_TIMES, _AT = frozenset(BEFORE_POINTED_HOUR.split()), frozenset(BEFORE_BARE_HOUR.split())
_TIMES, _ORDINALS = frozenset(TIMES.split()), frozenset(ORDINALS.split())
_OPENING = frozenset(OPENING_AT.split())
_HALVES = {word: hours for hours, words in HALVES.items() for word in words.split()}
_ONE_LONG, _WITHIN = frozenset(ONE_LONG.split()), frozenset(WITHIN.split())
NIGHTS = frozenset(NIGHT.split())
_BEFORE_NIGHTS = _EXACT_TIMES | frozenset(BEFORE_NIGHT.split())
_LATE = {word: hours for hours, words in LATE.items() for word in words.split()}
_SENTENCE_ENDS = frozenset(".!?")
PLURAL = 6
"""Letters of the shortest plural that is counted without being in a list."""
_NO_PLURALS = frozenset(NO_PLURALS.split())
_DASHES = frozenset("-–—")


class Number(Struct, frozen=True):
    """A number at the tokens from `start` to before `end`; with its sign or unit."""

    start: int
    end: int
    text: str
    role: Role
    values: frozenset[Decimal]
    unit: str = ""
    """Of a time its unit, of a measure the smallest unit, of a count the word behind it."""
    currencies: frozenset[str] = frozenset()
    """ISO 4217 codes; empty if none is named."""
    marked: bool = False
    """Whether a sign or a word says what it is."""
    factor: Decimal = Decimal(1)
    linked: bool = False
    """Whether it forms a range with the number after it."""


class Reader:
    """A line and the language that it is read in."""

    def __init__(self, line: Line, tongue: Tongue) -> None:
        self.line, self.tokens, self.tongue = line, line.tokens, tongue

    def at(self, index: int) -> Token | None:
        """Return the token at an index, if there is one."""
        return self.tokens[index] if 0 <= index < len(self.tokens) else None

    def make(self, start: int, end: int, role: Role, values: object, **more: object) -> Number:
        """Return a number at these tokens."""
        text = self.line.text[self.tokens[start].start : self.tokens[end - 1].end]
        return Number(start, end, text, role, frozenset(values), **more)  # type: ignore[call-overload, arg-type]

    def word(self, index: int) -> str:
        """Return the folded word or sign at an index, else nothing."""
        token = self.at(index)
        return token.key if token is not None and token.kind in ("word", "sign", "symbol", "comma") else ""


def read_single(reader: Reader, at: int) -> Number | None:
    """Return a word that is a number and its unit in one: setahun, شهرين."""
    token = reader.tokens[at]
    if token.key in _ONE_LONG and reader.word(at - 1) in _WITHIN and reader.word(at + 1)[:2] != "ال":
        return reader.make(
            at, at + 1, "span", {Decimal(1)}, unit=reader.tongue.spans.get(token.key, ""), marked=True
        )
    unit = next((reader.tongue.spans[form] for form in token.forms if form in reader.tongue.spans), "")
    if token.kind == "word" and unit[-1:].isdecimal():
        return reader.make(at, at + 1, "span", {Decimal(unit[-1])}, unit=unit[:-1], marked=True)
    return None


def read_number(reader: Reader, at: int) -> Number | None:
    """Return the number that begins at a token, with its sign or unit; None if there is none."""
    if reader.tokens[at].kind == "word":
        phrase = reader.tongue.phrases.find(reader.tokens, at)
        if phrase is not None and phrase[1] == PLAIN and phrase[0] > 1:
            return None  # "um momento", "mil gracias"
    quantity = read_quantity(reader.tokens, at, reader.tongue)
    if quantity is None:
        return None
    found = (
        _money(reader, at, quantity)
        or _rate(reader, at, quantity)
        or _clock(reader, at, quantity)
        or _measured(reader, at, quantity)
    )
    if found is not None:
        return found
    return None if quantity.weak else _other(reader, at, quantity)


def _money(reader: Reader, at: int, quantity: Quantity) -> Number | None:
    """Read an amount with a sign, code or word before or behind it."""
    before = at - 1
    if reader.word(before) == "" and (dot := reader.at(before)) and dot.text in (".", ":") and dot.glued:
        before -= 1
    sign = _currency(reader, before, signs_only=True)
    after = _currency(reader, quantity.end)
    if sign is None and after is None:
        return None
    if quantity.weak and sign is not None and after is None:
        return None
    codes = {code for code in (sign, after) if code is not None}
    values, end = quantity.values, quantity.end + (after is not None)
    if "c" in codes:
        values = frozenset(value / 100 for value in values)
    elif after is not None:
        values, end = _with_cents(reader, values, end)
    start = before if sign is not None else at
    return reader.make(
        start, end, "money", values, currencies=_codes(codes), marked=True, factor=quantity.factor
    )


def _currency(reader: Reader, index: int, *, signs_only: bool = False) -> str | None:
    token = reader.at(index)
    if token is None or token.kind not in ("word", "sign"):
        return None
    if token.kind == "sign":
        return reader.tongue.money.get(token.key)
    if signs_only and not (
        token.text.isupper() or token.key in ("rp", "rm", "mt", "mts", "idr", "usd", "eur")
    ):
        return None
    return next((reader.tongue.money[form] for form in token.forms if form in reader.tongue.money), None)


def _codes(codes: set[str]) -> frozenset[str]:
    found: set[str] = set()
    for code in codes:
        found |= set() if code == "local" else GROUPS.get(code, {code})
    return frozenset(found)


def _with_cents(reader: Reader, values: frozenset[Decimal], end: int) -> tuple[frozenset[Decimal], int]:
    """Add the cents that follow in words: "six euros quatre-vingt-dix", "9 reais e 90 centavos"."""
    at = end + 1 if (token := reader.at(end)) and token in reader.tongue.joins else end
    if reader.at(at) is None:
        return values, end
    cents = read_quantity(reader.tokens, at, reader.tongue)
    if cents is None or cents.weak or max(cents.values, default=Decimal(100)) >= 100:
        return values, end
    follows = reader.at(cents.end)
    named = _currency(reader, cents.end) == "c"
    if not named and not (cents.worded and (follows is None or follows.kind in ("stop", "comma"))):
        return values, end
    [hundredths] = cents.values or {Decimal(0)}
    return frozenset(value + hundredths / 100 for value in values), cents.end + named


def _rate(reader: Reader, at: int, quantity: Quantity) -> Number | None:
    """Read a percentage."""
    end = quantity.end
    if reader.word(end) == "%":
        return reader.make(at, end + 1, "percent", quantity.values, marked=True)
    if reader.word(at - 1) == "%" and reader.tokens[at].kind != "word":
        return reader.make(at - 1, end, "percent", quantity.values, marked=True)
    found = reader.tongue.percents.find(reader.tokens, end) if reader.at(end) else None
    if found is None:
        return None
    return reader.make(at, end + found[0], "percent", quantity.values, marked=True)


def _clock(reader: Reader, at: int, quantity: Quantity) -> Number | None:
    """Read a time of day: 9:00, 10h30, 9am, pukul 10.00, 10 مساء."""
    if quantity.worded or quantity.weak:
        return None
    shown, end, unit = quantity.shown, quantity.end, reader.at(quantity.end)
    clock = TIME.fullmatch(shown)
    if clock and (
        ":" in shown
        or shown[0] == "0"
        or reader.word(at - 1) in _EXACT_TIMES
        or reader.word(at - 2) in _EXACT_TIMES
    ):
        return _time(reader, at, end, int(clock[1]), int(clock[2]))
    if not shown.isdecimal() or int(shown) > 24:
        return None
    if (unit is None or unit.key in _SENTENCE_ENDS) and _is_of_opening(reader, at):
        return _time(reader, at, end, int(shown), 0)
    if unit is None or unit.kind != "word":
        return None
    minutes = reader.at(end + 1)
    if unit.key == "h" and minutes is not None and minutes.kind == "number" and minutes.glued:
        return _time(reader, at, end + 2, int(shown), int(minutes.key) if minutes.key.isdecimal() else 99)
    before = reader.at(at - 1)
    if (
        unit.key == "h"
        and before is not None
        and before in reader.tongue.times
        and before.key not in ("en", "em")
    ):
        return _time(reader, at, end + 1, int(shown), 0)
    if unit.key == "h" and _is_of_hours(reader, at, end):
        return _time(reader, at, end + 1, int(shown), 0)
    part = _late(reader, end)
    if part is not None:
        hour = int(shown) % 12 + part[1] if int(shown) <= 12 else int(shown)
        return _time(reader, at, part[0], hour, 0)
    half = next((_HALVES[form] for form in unit.forms if form in _HALVES), None)
    day = reader.tongue.phrases.find(reader.tokens, at - 1) if before is not None else None
    if unit.key == "h" and day is not None and day[1] in DAYS:
        return _time(reader, at, end + 1, int(shown), 0)
    if unit.key in NIGHTS and reader.word(at - 1) not in _BEFORE_NIGHTS:
        return None  # "2 malam" are two nights
    if half is not None and (unit.glued or unit.key not in ("m", "am")):
        hour = int(shown) % 12 + half if int(shown) <= 12 else int(shown)
        return _time(reader, at, end + 1, hour, 0)
    return None


def _is_of_hours(reader: Reader, at: int, end: int) -> bool:
    """Return whether a number of hours is one of two times of day: 10h-19h."""
    for dash, hour in ((at - 1, at - 3), (end + 1, end + 2)):
        other, unit = reader.at(hour), reader.word(hour + 1)
        if reader.word(dash) in _DASHES and other is not None and unit == "h":
            return other.key.isdecimal() and int(other.key) <= 24
    return False


def _late(reader: Reader, end: int) -> tuple[int, int] | None:
    """Return where a part of the day ends that stands behind a number, and how many hours it adds."""
    for last in (end + 1, end + 2):
        words = [reader.word(at) for at in range(end, last)]
        if words[0] in ("de", "da", "du", "h") and all(
            word in ("de", "da", "du", "la", "h") for word in words
        ):
            late = _LATE.get(reader.word(last))
            if late is not None:
                return last + 1, late
    return None


def _is_of_opening(reader: Reader, at: int) -> bool:
    """Return whether a number is a time without a mark: we open at 9."""
    return reader.word(at - 1) in _AT and any(reader.word(at - back) in _OPENING for back in (2, 3, 4))


def _time(reader: Reader, start: int, end: int, hour: int, minute: int) -> Number:
    return reader.make(start, end, "time", {Decimal(hour * 60 + minute)}, marked=True)


def _measured(reader: Reader, at: int, quantity: Quantity) -> Number | None:
    """Read a length of time or a measure."""
    tongue, end = reader.tongue, quantity.end
    unit = reader.at(end)
    if unit is not None and unit in tongue.working and reader.at(end + 1) is not None:
        end, unit = end + 1, reader.at(end + 1)
    if unit is None or unit.kind != "word":
        return None
    span = next((tongue.spans[form] for form in unit.forms if form in tongue.spans), None)
    if span is not None and not span[-1:].isdecimal():
        after = reader.at(end + 1)
        last = end + 2 if after is not None and after in tongue.working else end + 1
        return reader.make(at, last, "span", quantity.values, unit=span, marked=True)
    end = quantity.end
    measure = next(
        (tongue.measures[form] for form in reader.tokens[end].forms if form in tongue.measures), None
    )
    if measure is None or (unit.text.isupper() and len(unit.text) == 1 and unit.text not in "WVLG"):
        return None
    values = set(values_of(quantity.shown, unit=True)) if quantity.shown else set(quantity.values)
    rest = reader.at(end + 1)
    if rest is not None and rest.kind == "number" and rest.glued and rest.key.isdecimal():  # 1m75
        values, end = {value + Decimal(f"0.{rest.key}") for value in values}, end + 1
    name, factor = measure
    return reader.make(at, end + 1, "measure", {v * factor for v in values}, unit=name, marked=True)


def _other(reader: Reader, at: int, quantity: Quantity) -> Number:
    """Read a number without a unit, by the words around it."""
    tongue, end = reader.tongue, quantity.end
    before, after = reader.at(at - 1), reader.at(end)

    def make(role: Role, last: int = end, **more: object) -> Number:
        return reader.make(at, last, role, quantity.values, factor=quantity.factor, **more)

    if reader.word(at - 1) == "#" or _follows_order(reader, at):
        return make("order", marked=True)
    if reader.word(end) in _TIMES:
        return make("times", end + 1)
    if after is not None and after in tongue.orders and before is not None and not quantity.worded:
        return make("order", marked=True)
    if reader.word(end) in _ORDINALS and after is not None and after.glued:
        return make("date", end + 1, marked=True)
    if after is not None and after in tongue.pieces and after not in tongue.sizes:
        return make("count", unit=after.key, marked=True)
    behind = reader.at(end + 1) if after is not None and len(after.key) <= 2 else after
    is_small = quantity.factor < THOUSAND_WORDS
    if is_small and (
        _near(reader, at, 3, tongue.sizes)
        or (behind is not None and behind in tongue.sizes and behind.key != "no")
    ):
        return make("size", marked=True)
    if (before is not None and before in tongue.dates) or (after is not None and after in tongue.dates):
        return make("date", marked=True)
    if after is not None and after in tongue.pieces:
        return make("count", unit=after.key, marked=True)
    if (
        after is not None
        and after.kind == "word"
        and after not in tongue.free
        and not _GROUPED.fullmatch(quantity.shown)
    ):
        return make("count", unit=after.key)
    if _GROUPED.fullmatch(quantity.shown) or quantity.factor >= HUNDRED_WORDS:
        return make("money", marked=quantity.factor > 1)
    if after is not None and _is_plural(after) and tongue.code in ("pt", "es"):
        return make("count", unit=after.key)
    named = before is not None and before.kind == "word" and before not in tongue.free  # "Nova 8"
    if not named and _near(reader, at, LOOK_BACK, tongue.prices):
        return make("money", unit="priced")
    unit = after.key if after is not None and after.kind == "word" else ""
    return make("count" if unit else "bare", unit=unit)


def _is_plural(token: Token) -> bool:
    """Return whether a word looks like several things: "são 2 alterações", not "menos" or a vocative."""
    return (
        token.kind == "word"
        and len(token.key) >= PLURAL
        and token.key.endswith("s")
        and token.key not in _NO_PLURALS
    )


def _follows_order(reader: Reader, at: int) -> bool:
    """Return whether a number is one of an order, a street or the like, and not a size's ("nomor 38")."""
    for index in range(at - 1, max(-1, at - 4), -1):
        token = reader.tokens[index]
        if token.kind != "word" or token not in reader.tongue.orders:
            return False
        if token not in reader.tongue.sizes:
            return True
    return False


def _near(reader: Reader, at: int, most: int, words: object) -> bool:
    """Return whether one of the words stands before the number, with neither a stop nor a number between."""
    for index in range(at - 1, max(-1, at - 1 - most), -1):
        token = reader.tokens[index]
        if token.kind == "comma" or (token.kind == "stop" and token.text != ":"):
            return False
        if token.kind == "number":
            return False
        if token in words and (token.key != "no" or index == at - 1):  # type: ignore[operator]
            return True  # "no 7", not "no to 7"
    return False
