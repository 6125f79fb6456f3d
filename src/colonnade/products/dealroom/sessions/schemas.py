"""Shapes of chat sessions, and the errors about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import Conflict, Forbidden, Line, LoggedEvent, NotFound, Token, UnloggedEvent
from colonnade.kernel.jobs import JobName, Lane
from colonnade.products.dealroom.shared.schemas.fields import Id

__all__ = [
    "INBOX_CHANGED",
    "OWNER",
    "SESSION_DELETED",
    "SESSION_READ",
    "SESSION_UPDATED",
    "SHOW_ACTIVITY",
    "ChatSession",
    "InboxChange",
    "OtherOwner",
    "ReadMark",
    "SessionChange",
    "SessionClosed",
    "SessionCreate",
    "SessionDeleted",
    "SessionFilters",
    "SessionNotFound",
    "SessionRead",
    "SessionStatus",
    "SessionUpdate",
    "ShowActivity",
]

SessionStatus = Literal["active", "paused", "closed"]


class Title(Line, max_length=200, examples=["Sepatu kulit untuk Ibu Sari"]):
    """What the session is about."""


class SessionType(
    Token,
    pattern=r"[a-z][a-z0-9_-]*",
    rule="must begin with a letter and consist of a-z, 0-9, _ and -",
    max_length=40,
    examples=["sales"],
):
    """The kind of a session, of one's own choice."""


class Label(Line, max_length=50, examples=["hangat"]):
    """A word for finding sessions."""


Labels = Annotated[list[Label], Meta(max_length=20)]


class ChatSession(Struct, frozen=True, rename="camel"):
    """A customer's thread. `title` is null until one is given or the first message makes one.

    `session_id` is the `id` again, as messages, vendors and sellers name it.

    `last_seq` numbers its last message, `read_seq` is how far its owner has read. The assistant may answer while
    `handled_by` says so; a human's lease ends at `human_until`.
    """

    id: UUID
    session_id: UUID
    user_id: int
    title: str | None
    type: str
    status: SessionStatus
    labels: list[str]
    pinned: bool
    archived: bool
    handled_by: Literal["assistant", "human"]
    human_until: datetime | None
    last_seq: int
    read_seq: int
    unread: int
    version: int
    created_at: datetime
    updated_at: datetime
    last_activity_at: datetime


class SessionCreate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A new session of the caller; `user_id`, if it is sent, must be the caller's own."""

    user_id: Id | None = None
    title: Title | None = None
    type: SessionType = SessionType("sales")
    labels: Labels = []


class SessionUpdate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The changes of a session; absent fields stay."""

    title: Title | UnsetType = UNSET
    type: SessionType | UnsetType = UNSET
    status: SessionStatus | UnsetType = UNSET
    labels: Labels | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class SessionFilters(Struct, frozen=True):
    """The filters of a list of sessions; `archived` None: both. `spoken`: in these `search` was said."""

    search: str | None = None
    status: SessionStatus | None = None
    type: str | None = None
    label: str | None = None
    pinned: bool | None = None
    archived: bool | None = False
    spoken: list[UUID] = []


class ReadMark(Struct, frozen=True, forbid_unknown_fields=True):
    """The number of the last message that has been read."""

    seq: Annotated[int, Meta(ge=0)]


class SessionChange(Struct, frozen=True, rename="camel"):
    """A session as it is now."""

    session: ChatSession


class SessionRead(Struct, frozen=True, rename="camel"):
    """The number of the last message that the owner has read."""

    read_seq: int


class SessionDeleted(Struct, frozen=True, rename="camel"):
    """A session that is no more."""

    session_id: UUID


OWNER = "the owner's sockets that have joined the session"

SESSION_UPDATED = LoggedEvent(
    "session-updated", SessionChange, to=OWNER, when="A session is changed, taken over or handed back."
)
SESSION_READ = LoggedEvent("read", SessionRead, to=OWNER, when="The owner has read further, on any device.")
SESSION_DELETED = UnloggedEvent(
    "session-deleted", SessionDeleted, to=OWNER, when="A session is deleted, with all its messages."
)


class ShowActivity(Struct, frozen=True):
    """Show a session's customer how far the owner has read, and with `typing` that an answer is written."""

    session_id: UUID
    typing: bool = False


ACTIVITY_LANE = Lane("activity", 4)
"""For jobs that show customers what the owner does: they delay no message, and no message delays them."""

SHOW_ACTIVITY = JobName("channels.activity", ShowActivity, lane=ACTIVITY_LANE)
"""Enqueued for a session of a channel's contact; the slice sending tells the provider."""


class InboxChange(Struct, frozen=True, rename="camel"):
    """A session whose entry in the inbox has changed, or is no more: `GET /inbox/{sessionId}` shows which."""

    session_id: UUID


INBOX_CHANGED = UnloggedEvent(
    "inbox-changed",
    InboxChange,
    to="the owner's sockets that have joined the inbox",
    when="A session is begun, written in, read, changed or deleted, or an answer in it is held or decided on.",
)


class SessionNotFound(NotFound):
    """There is no such session, or it is somebody else's."""

    code = "SESSION_NOT_FOUND"
    message = "Session not found"


class OtherOwner(Forbidden):
    """The session would belong to another account than the caller's."""

    code = "OTHER_OWNER"
    message = "You can create sessions for yourself only"


class SessionClosed(Conflict):
    """The session is closed: no message can be written into it."""

    code = "SESSION_CLOSED"
    message = "This session is closed. Set its status to active to go on."
