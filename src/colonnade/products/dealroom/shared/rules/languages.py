"""The languages in which the product itself speaks to its owners."""

from __future__ import annotations

from typing import Literal

__all__ = ["language_of_notes"]


def language_of_notes(tag: str | None) -> Literal["id", "en"]:
    """Return in which language an owner is told something whose customers speak `tag` (BCP 47; None: Indonesian)."""
    return "id" if (tag or "id").lower().startswith("id") else "en"
