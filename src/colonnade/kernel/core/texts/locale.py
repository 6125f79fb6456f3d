"""Where a product's people are: what they leave out when they write is meant so."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

__all__ = ["Locale"]


@dataclass(frozen=True)
class Locale:
    """The country (ISO 3166) of telephone numbers without a country code, and the zone of times without an offset.

    Without these, both are refused.
    """

    phone_region: str | None = None
    local_zone: ZoneInfo | None = None
