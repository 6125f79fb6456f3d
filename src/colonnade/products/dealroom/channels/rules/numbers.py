"""Compares telephone numbers with what the provider displays, with the mobile prefixes of some countries or without."""

from __future__ import annotations

import re

__all__ = ["is_same_number"]

_MOBILE = (
    (re.compile(r"521(\d{10})"), r"52\1"),  # Mexico, until 2019
    (re.compile(r"549(\d{10})"), r"54\1"),  # Argentina, only from abroad
    (re.compile(r"55(\d\d)9(\d{8})"), r"55\1\2"),  # Brazil, since 2016
)


def is_same_number(number: str, displayed: str) -> bool:
    """Return whether a number (E.164) is the displayed one (`+62 811-6000-123`)."""
    return _plain(number) == _plain(displayed)


def _plain(text: str) -> str:
    digits = re.sub(r"[^0-9]", "", text[:100])
    for pattern, shorter in _MOBILE:
        if (found := pattern.fullmatch(digits)) is not None:
            return found.expand(shorter)
    return digits
