"""The provider's own words for a failure, as they may be stored and shown."""

from __future__ import annotations

__all__ = ["clean_reason"]


def clean_reason(text: str) -> str:
    """Return a sentence of the provider's on one line, at most 300 characters."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain[:300]
