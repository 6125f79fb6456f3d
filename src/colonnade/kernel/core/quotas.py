"""The notation of limits: "5/15 minutes", "1000/hour", "3 per day".

It is the notation of the package `limits`, whose parser cost every process 48 ms and 11 MB
(docs/adr/0012-limits.md).

Out of scope: counting (`kernel.limits`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["MAX_AMOUNT", "MAX_WINDOW_SECONDS", "Quota", "parse_quota"]

_UNIT_SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "month": 30 * 86_400,
    "year": 360 * 86_400,
}
MAX_AMOUNT = 1_000_000_000
MAX_WINDOW_SECONDS = 10 * _UNIT_SECONDS["year"]

_ONE = r"\s*([0-9]+)\s*(?:/|\s*per\s*)\s*([0-9]+)?\s*([a-z]+)\s*"
_SEPARATOR = "[,;|]"
_QUOTA = re.compile(rf"{_ONE}(?:{_SEPARATOR}{_ONE})*", re.IGNORECASE)
_PART = re.compile(_ONE, re.IGNORECASE)


class Quota(NamedTuple):
    """At most `amount` spends per window."""

    amount: int
    window_seconds: int


def parse_quota(text: str) -> Quota:
    """Parse a limit. Of several, separated by `,`, `;` or `|`, all must be valid and the first is returned.

    Raise ValueError for any other text, for an amount that is not 1 to MAX_AMOUNT, and for a window of no time or
    longer than MAX_WINDOW_SECONDS.
    """
    if _QUOTA.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a limit such as 100/minute or 5/15 minutes")
    quotas = [_read(part) for part in re.split(_SEPARATOR, text)]
    for quota in quotas:
        if not 1 <= quota.amount <= MAX_AMOUNT:
            raise ValueError(f"a limit allows 1 to {MAX_AMOUNT:,}")
        if not 1 <= quota.window_seconds <= MAX_WINDOW_SECONDS:
            raise ValueError("the period of a limit is a second to ten years")
    return quotas[0]


def _read(text: str) -> Quota:
    match = _PART.fullmatch(text)
    unit = match[3].lower().removesuffix("s") if match else ""
    if match is None or unit not in _UNIT_SECONDS:
        raise ValueError(f"{text.strip()!r} is not per second, minute, hour, day, month or year")
    return Quota(int(match[1]), _UNIT_SECONDS[unit] * int(match[2] or 1))
