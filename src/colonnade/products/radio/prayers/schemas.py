"""Shapes of prayer requests, and their errors."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct
from pydantic import Field

from colonnade.kernel.core import CalledName, Conflict, Line, SliceSettings, Words

__all__ = [
    "NotTheNextStep",
    "Prayer",
    "PrayerCreate",
    "PrayerErased",
    "PrayerFilters",
    "PrayerProgress",
    "PrayerReceipt",
    "PrayerSettings",
    "PrayerStatus",
    "PrayerStep",
    "SealedPrayer",
    "Visibility",
]

PrayerStatus = Literal["new", "prayed", "archived"]
Visibility = Literal["private", "on_air"]


class PrayerSettings(SliceSettings):
    """The retention of prayer requests."""

    title = "Prayer requests"

    prayer_retention_days: int = Field(
        90, ge=1, le=3650, description="Days after which prayer requests are redacted."
    )


class PrayerText(
    Words,
    min_length=10,
    max_length=2000,
    examples=["Mohon doakan ibu saya yang sedang dirawat di rumah sakit."],
):
    """What to pray for."""


class GivenName(CalledName):
    """What the sender is called."""


class Contact(Line, min_length=3, max_length=255):
    """Phone number or e-mail."""


class PrayerCreate(Struct, frozen=True):
    """A prayer request. Unless it may be read on air, only the station's prayer team sees it.

    With `is_anonymous` the name is not stored. A contact is never read on air.
    """

    content: PrayerText
    name: GivenName | None = None
    contact: Contact | None = None
    visibility: Visibility = "private"
    is_anonymous: bool = False


class PrayerReceipt(Struct, frozen=True):
    """The receipt for the sender, without the text."""

    id: UUID
    status: PrayerStatus
    visibility: Visibility
    created_at: datetime


class SealedPrayer(Struct, frozen=True):
    """A row as stored: content, name and contact are encrypted."""

    id: UUID
    content: str | None
    name: str | None
    contact: str | None
    visibility: Visibility
    is_anonymous: bool
    status: PrayerStatus
    prayed_by: int | None
    prayed_at: datetime | None
    archived_at: datetime | None
    redacted_at: datetime | None
    created_at: datetime


class Prayer(Struct, frozen=True):
    """A prayer request as its reader may see it.

    `content` is null after the retention time (`redacted_at`), or when its key is gone (`is_readable` false).
    `contact` is null for readers who see only what may be read on air.
    """

    id: UUID
    content: str | None
    name: str | None
    contact: str | None
    visibility: Visibility
    is_anonymous: bool
    is_readable: bool
    status: PrayerStatus
    prayed_by: int | None
    prayed_at: datetime | None
    archived_at: datetime | None
    redacted_at: datetime | None
    created_at: datetime


class PrayerFilters(Struct, frozen=True):
    """The filters of a list of requests."""

    status: PrayerStatus | None = None
    visibility: Visibility | None = None


class PrayerStep(Struct, frozen=True):
    """The next step: a new request becomes prayed, a prayed one archived."""

    status: Literal["prayed", "archived"]


class PrayerProgress(Struct, frozen=True):
    """The status of a request without its texts: changing it does not count as reading it."""

    id: UUID
    status: PrayerStatus
    prayed_by: int | None
    prayed_at: datetime | None
    archived_at: datetime | None


class NotTheNextStep(Conflict):
    """The request is not in the state that this step requires; `details.status` is its state."""

    code = "PRAYER_STATUS_CONFLICT"
    message = "The prayer request is not in a state that allows this step."


class PrayerErased(Conflict):
    """The text was erased at its sender's request or after the retention time: nobody can pray for it any more."""

    code = "PRAYER_ERASED"
    message = "The text of this prayer request has been erased."
