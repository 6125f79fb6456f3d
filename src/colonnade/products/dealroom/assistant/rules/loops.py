"""Tells texts that a machine sends again and again from what people say twice."""

from __future__ import annotations

import re

from colonnade.products.dealroom.assistant.schemas import LIKENESS_CHARACTERS

__all__ = ["likeness"]

SHORTEST = 15
"""Characters; people say "yes" and "how much?" as often as they like."""
_DIGITS = re.compile(r"[0-9]+")


def likeness(content: str | None) -> str | None:
    """Return by what a text is compared with others: its beginning without digits; None for one that is too short."""
    alike = _DIGITS.sub("", (content or "")[:LIKENESS_CHARACTERS])
    return alike if len(alike.strip()) >= SHORTEST else None
