"""Shapes of blocks, and of what belongs together."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from colonnade.products.radio.livechat.schemas import GuestRecord, MessageId, MessageStatus, Reason

__all__ = ["BlockKind", "BlockScope", "Blocked", "Found", "GuestBlock", "Removed", "StoredGuest"]

BlockScope = Literal["session", "address"]
BlockKind = Literal["session", "device", "address", "email"]
"""By what somebody is kept out."""


class GuestBlock(Struct, frozen=True):
    """For how long a guest may neither connect nor write.

    With the scope `address` the other sessions of the guest's device are blocked as well, and new ones from the address
    (for 24 hours at most) and the device are refused. `also` are sessions that belong to the same person, as the
    moderator sees it. `hide_messages` hides whatever these sessions have written.
    """

    minutes: Annotated[int, Meta(ge=1, le=525_600)]
    reason: Reason | None = None
    scope: BlockScope = "address"
    hide_messages: bool = False
    also: Annotated[list[UUID], Meta(max_length=20)] = []


class Blocked(GuestRecord, frozen=True, kw_only=True):
    """The blocked guest, all sessions that were blocked at once, and how many messages were hidden."""

    blocked_sessions: list[UUID]
    hidden_messages: int


class StoredGuest(Struct, frozen=True):
    """A guest as stored: `address` and `device` are never shown to anybody."""

    record: GuestRecord
    address: str | None
    device: str | None


class Found(Struct, frozen=True):
    """The block that keeps a visitor out, and until when."""

    kind: BlockKind
    until: datetime


class Removed(Struct, frozen=True):
    """A message that is gone from every window that has it, and its status until then."""

    id: MessageId
    session_id: UUID | None
    before: MessageStatus
