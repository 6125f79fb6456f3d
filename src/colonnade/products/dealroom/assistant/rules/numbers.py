"""Finds the numbers of a text and what each of them is.

A number without unit takes the meaning of the one that it forms a range or list with (`450-525 ribu`, `sizes 38, 39`).

Out of scope: reading a single one (`roles`), judging them (`evidence`).
"""

from __future__ import annotations

import re
from decimal import Decimal

from msgspec.structs import replace

from colonnade.products.dealroom.assistant.rules.languages import Tongue
from colonnade.products.dealroom.assistant.rules.quantities import values_of
from colonnade.products.dealroom.assistant.rules.roles import TIME, Number, Reader, read_number, read_single
from colonnade.products.dealroom.assistant.rules.tokens import Line
from colonnade.products.dealroom.assistant.rules.words.links import AND, BETWEEN, TO

__all__ = ["find_numbers"]

_TO, _AND, _BETWEEN = (frozenset(words.split()) for words in (TO, AND, BETWEEN))
_INHERITED = ("money", "percent", "span", "measure", "time", "size")
"""Roles that a number takes over from the one behind it."""


def find_numbers(line: Line, tongue: Tongue) -> list[Number]:
    """Return the numbers of a text, in order."""
    reader = Reader(line, tongue)
    found: list[Number] = []
    at = 0
    while at < len(line.tokens):
        number = read_single(reader, at) or read_number(reader, at)
        if number is not None:
            found.append(number)
            at = max(number.end, at + 1)
        else:
            at += 1
    return _linked(reader, found)


def _linked(reader: Reader, found: list[Number]) -> list[Number]:
    """Give numbers without a unit the meaning of those that they form a range or a list with."""
    for index in range(len(found) - 2, -1, -1):
        one, other = found[index], found[index + 1]
        link = _link(reader, one, other)
        if link is None:
            continue
        if one.role == "span" and one.text.endswith("h") and other.role == "time":  # "9h às 19h"
            found[index] = one = replace(
                one, role="time", unit="", values=frozenset(60 * v for v in one.values)
            )
        if link not in _AND or _says_between(reader, one):
            found[index] = one = replace(one, linked=True)
        is_measured = (
            one.role == "size" and other.role == "measure" and link not in _AND
        )  # "tour de 55 à 61 cm"
        if is_measured or (_unmarked(one, link) and _passes_on(reader, one, other, link)):
            found[index] = _like(one, other)
    for index in range(1, len(found)):
        one, other = found[index], found[index - 1]
        link = _link(reader, other, one)
        if link is not None and other.role == "time" and one.role == "span" and one.text.endswith("h"):
            found[index] = one = replace(  # "9h-19h"
                one, role="time", unit="", values=frozenset(60 * v for v in one.values)
            )
        if link is None or one.role == "times" or one.marked or _counts(reader, one):
            continue
        if other.role in ("size", "time", "order") or (
            other.role == "money" and other.marked and other.linked
        ):
            found[index] = _like(one, other)
    return found


def _link(reader: Reader, one: Number, other: Number) -> str | None:
    """Return what stands between two numbers, if it makes a range or a list of them."""
    if one.role == "times" and other.start == one.end:
        return "x"
    if other.start == one.end and reader.tokens[other.start].key.startswith("و"):
        return "و"
    if other.start - one.end != 1:
        return None
    between = reader.tokens[one.end]
    return next((form for form in between.forms if form in _TO), None)


def _says_between(reader: Reader, one: Number) -> bool:
    return reader.word(one.start - 1) in _BETWEEN


def _counts(reader: Reader, one: Number) -> bool:
    """Return whether a word with a meaning of its own stands behind a number."""
    token = reader.at(one.end)
    return one.role == "count" and token is not None and token not in reader.tongue.free


def _unmarked(one: Number, link: str) -> bool:
    if one.role == "count" and one.unit and link != one.unit:
        return False
    return not one.marked


def _passes_on(reader: Reader, one: Number, other: Number, link: str) -> bool:
    if other.role not in _INHERITED:
        return False
    if other.role == "money":
        return other.marked and (link not in _AND or _says_between(reader, one))
    return other.marked or other.role == "size"


def _like(one: Number, other: Number) -> Number:
    values = set(one.values)
    if other.role == "money" and other.factor > 1 == one.factor:
        values |= {value * other.factor for value in one.values}
    if other.role == "time":
        values = {value * 60 for value in one.values if value <= 24} | _times_in(one.text)
    if other.role == "measure":
        values = {value * _factor(other) for value in one.values}
    return replace(
        one,
        role=other.role,
        unit=other.unit,
        currencies=other.currencies,
        marked=True,
        values=frozenset(values),
    )


def _times_in(text: str) -> set[Decimal]:
    clock = TIME.fullmatch(text)
    return {Decimal(int(clock[1]) * 60 + int(clock[2]))} if clock else set()


def _factor(other: Number) -> Decimal:
    """Return what a unit of `other` is in the smallest one, by its text."""
    digits = re.match(r"[\d.,']+", other.text)
    written = next(iter(values_of(digits.group(), unit=True)), None) if digits else None
    return max(other.values) / written if written else Decimal(1)
