"""Shapes of testimonials, and their errors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import CalledName, Conflict, Words
from colonnade.products.radio.shared.schemas import Email

__all__ = [
    "Review",
    "ReviewAction",
    "StatusChanged",
    "Submitted",
    "Testimonial",
    "TestimonialCreate",
    "TestimonialStatus",
    "TestimonialUpdate",
]


class Name(CalledName, examples=["Ibu Lestari"]):
    """What the listener is called."""


class Content(
    Words, min_length=10, max_length=1000, examples=["Siaran doa malam menguatkan kami sekeluarga."]
):
    """What the listener says."""


class Note(Words, max_length=1000):
    """A note for staff."""


Rating = Annotated[int, Meta(ge=1, le=5)]
TestimonialStatus = Literal["pending", "approved", "rejected", "changes_requested"]
ReviewAction = Literal["approve", "reject", "request_changes", "reopen"]


class Testimonial(Struct, frozen=True):
    """A testimonial; everything from `email` to `version` is for staff only. `content` is plain text.

    `snippet` (search results only) is safe HTML: text, encoded, with the found words in `<mark>`.
    """

    id: int
    name: str
    content: str
    rating: int | None
    created_at: datetime
    email: str | UnsetType | None = UNSET
    status: TestimonialStatus | UnsetType = UNSET
    review_note: str | UnsetType | None = UNSET
    reviewed_by: int | UnsetType | None = UNSET
    reviewed_at: datetime | UnsetType | None = UNSET
    updated_at: datetime | UnsetType = UNSET
    version: int | UnsetType = UNSET
    snippet: str | UnsetType = UNSET


class TestimonialCreate(Struct, frozen=True):
    """A listener's testimonial; the e-mail address is never shown to visitors."""

    name: Name
    content: Content
    email: Email | None = None
    rating: Rating | None = None


class Submitted(Struct, frozen=True):
    """A testimonial that waits for a review. `edit_token` lets its writer change it for thirty days."""

    id: int
    status: TestimonialStatus
    created_at: datetime
    edit_token: str


class TestimonialUpdate(Struct, frozen=True):
    """The changes of a testimonial; `edit_token` authenticates its writer."""

    name: Name | UnsetType = UNSET
    content: Content | UnsetType = UNSET
    rating: Rating | UnsetType | None = UNSET
    edit_token: Annotated[str, Meta(max_length=2000)] | UnsetType = UNSET


class Review(Struct, frozen=True):
    """A decision on a pending testimonial, or `reopen` to take one back; `note` is for staff."""

    action: ReviewAction
    note: Note | None = None


class StatusChanged(Conflict):
    """The testimonial has been decided on before (or, for `reopen`, not yet)."""

    code = "TESTIMONIAL_STATUS_CHANGED"
    message = "Somebody else was faster: this testimonial has another status by now."
