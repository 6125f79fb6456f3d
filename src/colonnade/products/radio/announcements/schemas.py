"""Shapes of announcements."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.text import RichText, as_html
from colonnade.products.radio.shared.schemas import SAFE_HTML, Moment, ShortText

__all__ = ["Announcement", "AnnouncementCreate", "AnnouncementUpdate", "When"]

Body = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=10_000,
        description="Safe HTML. What is sent may be any HTML, or a text with `format: text`.",
        examples=["Studio tutup pada 25 Desember."],
        extra=as_html(SAFE_HTML),
    ),
]
When = Literal["current", "upcoming", "past", "all"]


class Announcement(Struct, frozen=True):
    """An announcement, shown from `starts_at` until `ends_at`; pinned ones come first."""

    id: int
    title: str
    body: str
    starts_at: datetime
    ends_at: datetime | None
    pinned: bool
    version: int
    created_at: datetime
    updated_at: datetime


class AnnouncementCreate(RichText, frozen=True):
    """A new announcement, shown at once unless `starts_at` says later."""

    title: ShortText
    body: Body
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    pinned: bool = False


class AnnouncementUpdate(RichText, frozen=True):
    """The changes of an announcement; `ends_at: null` shows it for ever."""

    title: ShortText | UnsetType = UNSET
    body: Body | UnsetType = UNSET
    starts_at: Moment | UnsetType = UNSET
    ends_at: Moment | UnsetType | None = UNSET
    pinned: bool | UnsetType = UNSET
