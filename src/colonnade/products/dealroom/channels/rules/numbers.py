"""A channel's own number: what its owner writes is compared with what the provider displays, and that is kept.

It needs not be in use in any country's plan: the provider's test numbers (`+1 555 …`) are in none.
"""

from __future__ import annotations

import re

from colonnade.kernel.core import clean_figures

__all__ = ["is_same_number", "own_number"]

_DIGITS = re.compile(r"[0-9]{6,15}")
_MOBILE = (
    (re.compile(r"521(\d{10})"), r"52\1"),  # Mexico, until 2019
    (re.compile(r"549(\d{10})"), r"54\1"),  # Argentina, only from abroad
    (re.compile(r"55(\d\d)9(\d{8})"), r"55\1\2"),  # Brazil, since 2016
)


def is_same_number(number: str, displayed: str) -> bool:
    """Return whether two spellings are of one number (`+62 811-6000-123`), with the mobile prefix or without."""
    return _plain(number) == _plain(displayed)


def own_number(displayed: str) -> str | None:
    """Return a number, as a provider displays it, in E.164; None if it is none."""
    digits = _digits(displayed)
    return f"+{digits}" if _DIGITS.fullmatch(digits) else None


def _plain(text: str) -> str:
    digits = _digits(text)
    for pattern, shorter in _MOBILE:
        if (found := pattern.fullmatch(digits)) is not None:
            return found.expand(shorter)
    return digits


def _digits(text: str) -> str:
    """Return the digits of a number with its country code; `00` stands for the + almost everywhere."""
    return re.sub(r"[^0-9]", "", clean_figures(text[:100])).removeprefix("00")
