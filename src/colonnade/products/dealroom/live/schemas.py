"""Shapes of what the owner's clients send over their sockets, and of what they are told unlogged."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from colonnade.kernel.core import UnloggedEvent
from colonnade.products.dealroom.sessions.schemas import OWNER

__all__ = ["TYPING", "JoinSession", "LeaveSession", "ReadUpTo", "SomebodyTypes", "Typing"]

Who = Literal["customer", "assistant", "human"]


class JoinSession(Struct, frozen=True, rename="camel"):
    """The session to follow; `after` is the last `seq` received, later events are replayed."""

    session_id: UUID
    after: Annotated[int, Meta(ge=0)] | None = None


class LeaveSession(Struct, frozen=True, rename="camel"):
    """The session to stop following."""

    session_id: UUID


class Typing(Struct, frozen=True, rename="camel"):
    """Somebody is typing, or has stopped."""

    session_id: UUID
    who: Who = "human"
    active: bool = True


class ReadUpTo(Struct, frozen=True, rename="camel"):
    """Messages up to number `seq` have been read."""

    session_id: UUID
    seq: Annotated[int, Meta(ge=0)]


class SomebodyTypes(Struct, frozen=True, rename="camel"):
    """Who is typing in a session, or has stopped (`active` false)."""

    session_id: UUID
    who: Who
    active: bool


TYPING = UnloggedEvent(
    "typing",
    SomebodyTypes,
    to=f"{OWNER}, but the one that says it",
    when="Somebody begins or stops typing. Once a second at most, the latest state always.",
)
