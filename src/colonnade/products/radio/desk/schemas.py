"""Shapes of the moderation queue and of the list that is handed over, and their errors."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from colonnade.kernel.core import Conflict
from colonnade.products.radio.onair.schemas import RequestKind
from colonnade.products.radio.shared.schemas import QueueKind

__all__ = [
    "AlreadyClaimed",
    "Claimant",
    "Claims",
    "Filters",
    "HandedOver",
    "NotYourClaim",
    "OpenRequest",
    "Place",
    "QueueItem",
    "QueuePlace",
    "Sight",
]

Claims = Literal["mine", "free", "others"]


class Claimant(Struct, frozen=True):
    """Who works on an item, and until when nobody else can take it on."""

    id: int
    name: str
    until: datetime


class QueueItem(Struct, frozen=True):
    """Something that waits for a decision. `id` is that of a message, request, prayer or testimonial.

    `text` is what was written; of a prayer it is null for everybody: whoever may read it opens the prayer, which is
    recorded. `presenter` has a request for a song or prayer at the moment. `flags` are listeners' complaints.
    """

    kind: QueueKind
    id: str
    created_at: datetime
    age_seconds: int
    status: str
    name: str | None
    text: str | None
    flags: int
    session_id: UUID | None
    visibility: Literal["private", "on_air"] | None
    presenter: str | None
    claim: Claimant | None


class Place(Struct, frozen=True):
    """The place of an item in the queue's order: by age, then kind, then id as text."""

    created_at: datetime
    kind: QueueKind
    id: str


class QueuePlace(Struct, frozen=True):
    """An item, and its neighbours in the queue under the same filters: `kind/id`, null at either end."""

    item: QueueItem
    previous: str | None
    next: str | None


class Sight(Struct, frozen=True):
    """What a member of staff may see: these kinds, and of prayers all or those that are read on air."""

    kinds: tuple[QueueKind, ...]
    all_prayers: bool


class Filters(Struct, frozen=True):
    """Which items of the queue; ages in minutes."""

    kinds: tuple[QueueKind, ...]
    claims: Claims | None = None
    older_than: int | None = None
    newer_than: int | None = None


class OpenRequest(Struct, frozen=True):
    """A request that is open: pending, or approved and not played yet. `title` is null for a prayer."""

    kind: RequestKind
    id: UUID
    title: str | None
    requester_name: str | None
    status: str
    created_at: datetime
    handed_over_from: str | None
    handed_over_at: datetime | None


class HandedOver(Struct, frozen=True):
    """What one presenter has open in one broadcast, oldest first; `is_over` once its slot has ended.

    Presenter and programme are null for what waits until somebody is announced.
    """

    presenter_id: int | None
    presenter: str | None
    program: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    is_over: bool
    requests: list[OpenRequest]


class AlreadyClaimed(Conflict):
    """Somebody else works on the item: `details.by`, until `details.until`."""

    code = "ITEM_ALREADY_CLAIMED"
    message = "Somebody else is working on this."


class NotYourClaim(Conflict):
    """The caller has no claim on the item that could be released."""

    code = "ITEM_NOT_CLAIMED"
    message = "You are not working on this."
