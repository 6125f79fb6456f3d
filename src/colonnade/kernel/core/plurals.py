"""Puts a number and its noun together, in English: "1 entry", "2 entries"."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Return `number` with its noun: `counted(1, "job")` is "1 job". By default the plural takes an s."""
    return f"{number} {singular if number == 1 else plural or f'{singular}s'}"
