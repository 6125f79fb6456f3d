"""Cleans the provider's texts about failures for storing and showing."""

from __future__ import annotations

__all__ = ["clean_reason"]


def clean_reason(text: str) -> str:
    """Return a text of the provider on one line, at most 300 characters."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain[:300]
