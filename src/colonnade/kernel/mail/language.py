"""Chooses the language of a mail to a recipient of whom only the browser's preference is known."""

from __future__ import annotations

from colonnade.kernel.mail.templates import Language

__all__ = ["choose_language"]


def choose_language(accept_language: str | None) -> Language:
    """Choose Indonesian or English by `Accept-Language` (RFC 9110, 12.5.4); Indonesian if it prefers neither."""
    best: Language = "id"
    best_quality = 0.0
    for part in (accept_language or "").lower()[:500].split(","):
        tag, _, parameters = part.partition(";")
        primary = tag.strip().split("-")[0]
        # `in` is the old code of Indonesian.
        language: Language | None = "en" if primary == "en" else "id" if primary in ("id", "in") else None
        quality = _quality(parameters)
        if language is not None and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
