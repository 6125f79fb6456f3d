"""Finds the links, and the numbers to call or pay to, that are in none of our texts.

Out of scope: numbers that say how much or how many (`explanations`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from colonnade.products.dealroom.assistant.rules.asked import Asked
from colonnade.products.dealroom.assistant.rules.evidence import Library
from colonnade.products.dealroom.assistant.rules.readings import Reading
from colonnade.products.dealroom.assistant.rules.texts import plain
from colonnade.products.dealroom.assistant.rules.tokens import Token

__all__ = ["find_contacts"]

_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}")
_CODES = ("62", "258", "966", "55", "52", "33", "34", "44", "1")


def find_contacts(reading: Reading, texts: Sequence[str], library: Library, asked: Asked) -> list[str]:
    """Return the links, and the numbers to call or pay to, that appear in none of our texts."""
    written = plain(" ".join(texts)).casefold()
    ours = {
        _digits(token)
        for text in texts
        for token in library.facts(text).readings[0].tokens
        if token.kind == "phone"
    }
    tokens = reading.tokens
    links = [token for token in tokens if token.kind == "link" and token.key not in written]
    phones = [
        token
        for at, token in enumerate(tokens)
        if token.kind == "phone" and _digits(token) not in ours and not _is_asked(reading, at, asked)
    ]
    return [f"LINK_UNKNOWN: {one.text}" for one in links] + [f"NUMBER_UNKNOWN: {one.text}" for one in phones]


def _is_asked(reading: Reading, at: int, asked: Asked) -> bool:
    """Return whether a long number is a date or an order's that the customer has named."""
    token = reading.tokens[at]
    if token.key not in asked.long:
        return False
    before = reading.tokens[max(0, at - 3) : at]
    return bool(_DATE.fullmatch(token.text)) or any(one in reading.tongue.orders for one in before)


def _digits(token: Token) -> str:
    """Return the digits of a number without its country code or trunk prefix, which are optional."""
    digits = token.key.lstrip("0")
    for code in _CODES:
        if len(digits) - len(code) >= 8 and digits.startswith(code):
            return digits.removeprefix(code).lstrip("0")
    return digits
