"""Shapes of the inbox."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from colonnade.products.dealroom.sessions.schemas import ChatSession

__all__ = ["InboxEntry", "InboxFilters", "InboxSort", "InboxView"]

InboxView = Literal["all", "unread", "waiting", "closing", "held", "taken-over"]
InboxSort = Literal["latest", "waiting", "closing"]


class InboxEntry(Struct, frozen=True, rename="camel"):
    """A session as the inbox shows it.

    Its customer waits `waiting_since` the first message that nothing of ours has followed, and can be sent texts until
    `window_ends_at` (null without a channel). `held_answers` wait for a decision.
    """

    session: ChatSession
    channel_id: int | None
    contact_name: str | None
    waiting_since: datetime | None
    window_ends_at: datetime | None
    held_answers: int


class InboxFilters(Struct, frozen=True):
    """What of the inbox is to be shown, and in which order."""

    view: InboxView = "all"
    sort: InboxSort = "latest"
    channel_id: int | None = None
