"""Shapes of the live chat, and its errors.

Fields of records are named as their columns; names that the contract gives (`messageId`, `sessionId`) are kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec import field as struct_field

from colonnade.kernel.access import Principal
from colonnade.kernel.core import (
    CalledName,
    Conflict,
    Forbidden,
    Invalid,
    Line,
    LoggedEvent,
    TooManyRequests,
    Unauthorized,
    UnloggedEvent,
    Words,
)
from colonnade.products.radio.livechat.schemas.confirming import Confirmation

__all__ = [
    "MESSAGE_FLAGGED",
    "MESSAGE_REMOVED",
    "MESSAGE_REVIEWED",
    "MESSAGE_WAITS",
    "NEW_MESSAGE",
    "SETTINGS_CHANGED",
    "USER_JOINED",
    "USER_LEFT",
    "AlreadyFlagged",
    "AlreadyModerated",
    "BlockedTerm",
    "ChatClosed",
    "ChatMessage",
    "ChatSettings",
    "FlagCreate",
    "Flagged",
    "GuestCreate",
    "GuestName",
    "GuestRecord",
    "GuestSession",
    "GuestStatus",
    "JoinRoom",
    "MessageFlagged",
    "MessageModerated",
    "MessageStatus",
    "Moderation",
    "ModerationAction",
    "NameTaken",
    "NotYourSession",
    "Posted",
    "SendMessage",
    "SessionBlocked",
    "SessionEnded",
    "SessionNotBlocked",
    "SettingsUpdate",
    "SlowMode",
    "Staff",
    "StationMessage",
]

MAX_MESSAGE_CHARACTERS = 500


class Name(CalledName, max_length=50, examples=["Ibu Lestari"]):
    """What a guest is called, in any script."""


class Place(Line, max_length=100, examples=["Medan"]):
    """A city or country."""


class Reason(Words, max_length=500):
    """Why a guest complains, or staff act."""


class RetryKey(Line, max_length=64):
    """The client's own id: a repeated send is stored once."""


class Term(Line, max_length=100):
    """A word that is not allowed in the chat."""


class Said(Words, max_length=MAX_MESSAGE_CHARACTERS):
    """The text of a message."""


MessageId = Annotated[
    str,
    Meta(description="The message's id: a number, written as a string wherever it is sent.", examples=["7"]),
]
MessageStatus = Literal["pending", "visible", "flagged", "hidden", "deleted"]
ModerationAction = Literal["hide", "delete", "flag", "approve"]
GuestStatus = Literal["active", "blocked", "ended"]


class ChatSettings(Struct, frozen=True):
    """The current settings of the chat. Visitors see the first two, those who may configure it see all."""

    is_open: bool
    slow_mode_seconds: int
    pre_moderation: bool | UnsetType = UNSET
    blocked_terms: list[str] | UnsetType = UNSET
    version: int | UnsetType = UNSET
    updated_at: datetime | UnsetType = UNSET


class SettingsUpdate(Struct, frozen=True):
    """The changes of the settings; absent fields stay. `slow_mode_seconds` 0 turns slow mode off."""

    is_open: bool | UnsetType = UNSET
    slow_mode_seconds: Annotated[int, Meta(ge=0, le=3600)] | UnsetType = UNSET
    pre_moderation: bool | UnsetType = UNSET
    blocked_terms: Annotated[list[Term], Meta(max_length=500)] | UnsetType = UNSET


class GuestCreate(Struct, frozen=True):
    """A listener who wants to chat; names and places in any script.

    `confirmation` lets in from an address that is blocked for somebody else's sake.
    """

    name: Name
    city: Place | None = None
    country: Place | None = None
    confirmation: Confirmation | None = None


class GuestSession(Struct, frozen=True):
    """A new guest. `token` goes into the socket's `auth: {token}`; `room` is the room that everybody joins."""

    session_id: UUID
    token: str
    room: str
    name: str
    city: str | None
    country: str | None
    expires_at: datetime
    settings: ChatSettings


class GuestRecord(Struct, frozen=True):
    """A guest as moderators see them.

    `device` and `network` are pseudonyms: the same for all guests of one device or address, and null once these are
    forgotten. `confirmed`: by an e-mail code. `block_scope` says what else was blocked.
    """

    session_id: UUID
    name: str
    city: str | None
    country: str | None
    status: GuestStatus
    started_at: datetime
    expires_at: datetime
    last_message_at: datetime | None
    message_count: int
    blocked_until: datetime | None
    blocked_by: int | None
    block_reason: str | None
    block_scope: Literal["session", "address"] | None = None
    device: str | None = None
    network: str | None = None
    confirmed: bool = False


class ChatMessage(Struct, frozen=True):
    """A message. The fields after `created_at` are for moderators only, but for the `snippet` of search results.

    That is safe HTML: text, encoded, with the found words in `<mark>`.
    """

    id: MessageId
    message: str
    username: str
    city: str | None
    country: str | None
    is_staff: bool
    created_at: datetime
    status: MessageStatus | UnsetType = UNSET
    session_id: UUID | UnsetType | None = UNSET
    account_id: int | UnsetType | None = UNSET
    flags: int | UnsetType = UNSET
    moderated_by: int | UnsetType | None = UNSET
    moderated_at: datetime | UnsetType | None = UNSET
    moderation_reason: str | UnsetType | None = UNSET
    version: int | UnsetType = UNSET
    snippet: str | UnsetType = UNSET


class StationMessage(Struct, frozen=True):
    """A message of staff in the station's name."""

    message: Said
    client_message_id: RetryKey | None = struct_field(default=None, name="clientMessageId")


class SendMessage(Struct, frozen=True):
    """The payload of `send-message`. `username` is ignored: the session's name is used."""

    message: Said
    username: Any = None
    client_message_id: RetryKey | None = struct_field(default=None, name="clientMessageId")


class Posted(Struct, frozen=True):
    """The acknowledgement of `send-message`: `pending` waits for a moderator, a `duplicate` was stored before."""

    id: MessageId
    status: MessageStatus
    duplicate: bool = False
    client_message_id: str | None = struct_field(default=None, name="clientMessageId")


class JoinRoom(Struct, frozen=True):
    """The object form of `join-room`: `after` is the last `seq` received; later messages are replayed."""

    session_id: str | None = struct_field(default=None, name="sessionId")
    room: str | None = None
    after: Annotated[int, Meta(ge=0)] | None = None


class Moderation(Struct, frozen=True):
    """A moderator's decision."""

    action: ModerationAction
    reason: Reason | None = None


class FlagCreate(Struct, frozen=True):
    """A listener's complaint; `token` is the guest token, unless the header X-Chat-Token has it."""

    reason: Reason | None = None
    token: Annotated[str, Meta(max_length=4096)] | None = None


class Flagged(Struct, frozen=True):
    """The number of guests who have flagged the message."""

    id: MessageId
    flags: int


class GuestName(Struct, frozen=True):
    """A guest who has come or gone."""

    username: str
    timestamp: datetime


class MessageModerated(Struct, frozen=True):
    """A moderator's decision, without its reason."""

    message_id: MessageId = struct_field(name="messageId")
    action: ModerationAction


class MessageFlagged(Struct, frozen=True):
    """The number of guests who have flagged a message."""

    message_id: MessageId = struct_field(name="messageId")
    flags: int


ROOM_MEMBERS = "everybody in the room"
MODERATORS = "moderators"

NEW_MESSAGE = LoggedEvent(
    "new-message",
    ChatMessage,
    to=ROOM_MEMBERS,
    when="A message is posted, or becomes public again under its old id: clients store messages by id.",
)
MESSAGE_WAITS = UnloggedEvent(
    "new-message",
    ChatMessage,
    to=MODERATORS,
    when="A guest's message waits for a moderator (`pre_moderation`).",
)
MESSAGE_REMOVED = LoggedEvent(
    "message-moderated",
    MessageModerated,
    to=ROOM_MEMBERS,
    when="A moderator hides or deletes a message that was public.",
)
MESSAGE_REVIEWED = UnloggedEvent(
    "message-moderated",
    MessageModerated,
    to="moderators, and the writer of a message that nobody else has seen",
    when="A moderator marks a message, approves it, or hides or deletes one that waits; or it is erased.",
)
MESSAGE_FLAGGED = UnloggedEvent(
    "message-flagged", MessageFlagged, to=MODERATORS, when="A guest flags a message."
)
SETTINGS_CHANGED = LoggedEvent(
    "settings-changed",
    ChatSettings,
    to=ROOM_MEMBERS,
    when="The chat is opened or closed, or slow mode changes; without the fields that only staff may see.",
)
USER_JOINED = UnloggedEvent(
    "user-joined",
    GuestName,
    to="everybody else in the room",
    when="A guest's first socket joins. Once a second at most for each guest, as for `user-left`.",
)
USER_LEFT = UnloggedEvent("user-left", GuestName, to=ROOM_MEMBERS, when="A guest's last socket leaves.")


class ChatClosed(Conflict):
    """The chat is switched off."""

    code = "CHAT_CLOSED"
    message = "The chat is closed at the moment."


class SessionEnded(Unauthorized):
    """The guest session has expired, or there is none."""

    code = "SESSION_ENDED"
    message = "This chat session has ended. Please start a new one."


class SessionBlocked(Forbidden):
    """A moderator has blocked this guest until `details.until`; `details.blocked` says by what: session, device, …

    Who is kept out by their address alone may confirm an e-mail address if `details.confirm` says so.
    """

    code = "SESSION_BLOCKED"
    message = "You have been blocked from the chat for a while."


class NameTaken(Invalid):
    """A guest's name looks like the station's, an officer's or a member of staff's, in whatever script."""

    code = "NAME_TAKEN"
    message = "This name belongs to the station. Please choose another one."


class SessionNotBlocked(Conflict):
    """There is no block to lift."""

    code = "SESSION_NOT_BLOCKED"
    message = "This session is not blocked."


class NotYourSession(Forbidden):
    """A guest named another guest's session."""

    code = "NOT_YOUR_SESSION"
    message = "You can join with your own session only."


class BlockedTerm(Invalid):
    """The text contains a term from the station's list."""

    code = "BLOCKED_TERM"
    message = "Please say it in other words."


class SlowMode(TooManyRequests):
    """Slow mode is on, and the guest has just posted a message."""

    code = "SLOW_MODE"
    message = "Slow mode is on. Please wait a moment before the next message."


class AlreadyModerated(Conflict):
    """The message is no longer in a state that allows this decision."""

    code = "MESSAGE_ALREADY_MODERATED"
    message = "Another moderator has already decided on this message."


class AlreadyFlagged(Conflict):
    """This guest has flagged this message before."""

    code = "ALREADY_FLAGGED"
    message = "You have already flagged this message."


class Staff(Struct, frozen=True):
    """A signed-in member of staff on a socket, which closes with the access token (`expires_at`: Unix seconds)."""

    principal: Principal
    expires_at: float
