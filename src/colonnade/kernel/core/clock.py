"""The time of day, in one place."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["now"]


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)
