"""Shapes of messages, and the errors about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from pydantic import Field

from colonnade.kernel.core import (
    Conflict,
    Invalid,
    Line,
    LoggedEvent,
    NotFound,
    Phone,
    RowId,
    SliceSettings,
    UnsupportedMediaType,
    Words,
)
from colonnade.kernel.jobs import JobName, Lane
from colonnade.products.dealroom.sessions.schemas import OWNER
from colonnade.products.dealroom.shared.schemas.fields import Name, WebUrl

__all__ = [
    "MEDIA_LANE",
    "MESSAGE_CREATED",
    "MESSAGE_UPDATED",
    "SENDING_LANE",
    "SEND_PENDING",
    "SILENT_KINDS",
    "UNKNOWN",
    "ClientId",
    "Content",
    "ContentRefused",
    "Draft",
    "FoundMessage",
    "Integrity",
    "MediaInfected",
    "MediaState",
    "MediaUnsupported",
    "Message",
    "MessageChange",
    "MessageCreate",
    "MessageDelivered",
    "MessageError",
    "MessageId",
    "MessageNotFound",
    "MessageOfCustomer",
    "MessageOfTemplate",
    "MessageReused",
    "MessageSettings",
    "MessageStatus",
    "MessageTaken",
    "MessageType",
    "MessageUpdate",
    "Revision",
    "RevisionKind",
    "SendPending",
    "Sender",
    "StatusBackwards",
    "StatusOfChannel",
    "StatusUpdate",
    "StoredMedia",
]

Sender = Literal["customer", "assistant", "human", "system"]
MessageType = Literal["text", "image", "video", "audio", "document"]
MessageStatus = Literal["recorded", "pending", "sent", "delivered", "read", "failed", "unknown"]
"""`unknown`: the provider was given the message, and nobody knows whether it took it."""
RevisionKind = Literal["edited", "deleted", "status", "sent", "resent", "media"]
MediaState = Literal["fetching", "failed", "quarantined"]
"""Why a message has no file: it is being fetched, could not be fetched, or a virus was found in it."""


class MessageSettings(SliceSettings):
    """The virus scanner that looks at files."""

    title = "Files in messages"

    clamd_address: str | None = Field(
        None,
        pattern=r"^(/.+|[^/:]+:[0-9]{1,5})$",
        description=(
            "Where a ClamAV daemon scans files before they are kept: host:port, or the path of its socket. Without one "
            "nothing is scanned. Its StreamMaxLength must be 100M or more."
        ),
    )


class Content(Words, max_length=4096, examples=["Halo, apakah ukuran 42 masih ada?"]):
    """The text of a message."""


class ClientId(Line, max_length=64, examples=["3f0c61d2-1"]):
    """The client's own id: a repeated request is stored once."""


class MessageId(RowId, most=2**53 - 1):
    """The id of a message."""


class MessageError(Struct, frozen=True):
    """Why a message was not sent: the provider's `code` (or one in capitals of ours), and what it says."""

    code: str
    reason: str


SILENT_KINDS: Final = frozenset({"reaction", "revoke", "request_welcome"})
"""Kinds of messages that say nothing: nobody waits for an answer to them, and nobody is answered by them."""
UNKNOWN = MessageError(
    "OUTCOME_UNKNOWN", "The message was handed to the provider, who has not said whether it was sent"
)


class Message(Struct, frozen=True, rename="camel"):
    """A message. `seq` numbers the session's messages without gaps; a deleted one has no content.

    `media_url` is an address elsewhere, or a path of this API that takes the owner's token. What follows `deleted_at`
    is there only in messages of a channel, and says what the provider says of them: `kind` what the type does not
    (`location`, `order`, `voice`, …), `data` the same in parts, `provider_time` when it was written, `late` that it
    came after later ones or took minutes, `media_state` that there is no file (yet), and `media_error` why; `error` why
    it is `failed` or `unknown`, or what the provider has said after one was `delivered` or `read`: that it has failed.
    """

    id: int
    session_id: UUID
    seq: int
    sender: Sender
    sender_name: str | None
    phone_number: str | None
    phone_number_typed: str | None
    type: MessageType
    content: str | None
    media_url: str | None
    media_mime_type: str | None
    file_name: str | None
    file_size_bytes: int | None
    reply_to_id: int | None
    client_message_id: str | None
    provider_message_id: str | None
    status: MessageStatus
    version: int
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    kind: str | UnsetType = UNSET
    data: dict[str, Any] | UnsetType = UNSET
    provider_time: datetime | UnsetType = UNSET
    late: bool | UnsetType = UNSET
    media_state: MediaState | UnsetType = UNSET
    media_error: str | UnsetType = UNSET
    error: MessageError | UnsetType = UNSET


class Revision(Struct, frozen=True, rename="camel"):
    """A change of a message: of which kind, by whom (`account:17`, `webhook:whatsapp`, `job:channels.send`) and when.

    `number` is its place in the session's chain, which messages and revisions share; `version` is the message's since.
    `before` has the former values of the fields that changed; where there were words among them they are `erased` with
    the message, and `before` is null.
    """

    number: int
    message_id: int
    version: int
    kind: str
    by: str
    at: datetime
    erased: bool
    before: dict[str, Any] | None


class MessageChange(Struct, frozen=True):
    """A message as it is now."""

    message: Message


MESSAGE_CREATED = LoggedEvent("message-created", MessageChange, to=OWNER, when="A message is written.")
MESSAGE_UPDATED = LoggedEvent(
    "message-updated",
    MessageChange,
    to=OWNER,
    when="A message is edited, taken back, or its delivery gets further.",
)


class FoundMessage(Message, frozen=True, rename="camel", kw_only=True):
    """A search result; `snippet` is safe HTML: text, encoded, with the found words in `<mark>`."""

    snippet: str


class MessageCreate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A new message: text, or media at an https address with an optional caption in `content`."""

    session_id: UUID
    sender: Sender
    content: Content | None = None
    type: MessageType | None = None
    media_url: WebUrl | None = None
    sender_name: Name | None = None
    phone_number: Phone | None = None
    reply_to_id: MessageId | None = None
    client_message_id: ClientId | None = None


class StoredMedia(Struct, frozen=True):
    """An uploaded file that a message is about to refer to."""

    key: str
    type: MessageType
    mimetype: str
    name: str
    size_bytes: int


class Draft(Struct, frozen=True):
    """A message before it has its number, from the API, a channel or the assistant.

    `status` is that of one which is not ours to send: one of ours in a channel's session becomes pending, unless it has
    the provider's id already. `written_at` is for demonstrations. A `notice` is sent by a rule, and answers nobody.
    """

    session_id: UUID
    sender: Sender
    type: MessageType
    content: str | None = None
    sender_name: str | None = None
    phone: str | None = None
    phone_typed: str | None = None
    media_url: str | None = None
    media: StoredMedia | None = None
    reply_to_id: int | None = None
    client_message_id: str | None = None
    fingerprint: bytes | None = None
    channel_id: int | None = None
    provider_message_id: str | None = None
    status: MessageStatus = "recorded"
    written_at: datetime | None = None
    kind: str | None = None
    data: dict[str, Any] | None = None
    provider_time: datetime | None = None
    media_state: MediaState | None = None
    notice: bool = False


class MessageUpdate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Another text (or caption) for a message."""

    content: Content


class StatusUpdate(Struct, frozen=True, forbid_unknown_fields=True):
    """A new delivery status of a message."""

    status: Literal["pending", "sent", "delivered", "read", "failed"]


class Integrity(Struct, frozen=True, rename="camel"):
    """Whether a session's record is complete, as verified in one statement.

    `gaps` and `duplicates` count missing and repeated numbers, `out_of_order` ids that do not rise with the numbers.
    `broken_at` is the first message that is not, in any column, as it was written or as its last revision left it, or
    whose link or one of whose `revisions` does not follow from the one before. `chain_head` is the last hash, of
    messages and revisions together, in hexadecimal.
    """

    session_id: UUID
    intact: bool
    count: int
    revisions: int
    first_seq: int | None
    last_seq: int
    gaps: int
    duplicates: int
    out_of_order: int
    broken_at: int | None
    chain_head: str
    checked_at: datetime


class SendPending(Struct, frozen=True):
    """Send a contact's pending messages; `run` identifies this job, so that it recognises its own claim."""

    contact_id: int
    run: UUID
    account_id: int | None = None


SENDING_LANE = Lane("sending", 8, in_front=32)
"""For jobs that send messages to the provider."""

MEDIA_LANE = Lane("media", 4, in_front=4)
"""For jobs that fetch files from the provider and examine them, and that upload ours."""

SEND_PENDING = JobName("channels.send", SendPending, lane=SENDING_LANE)
"""Enqueued with a pending message; the slice sending sends it."""


class MessageNotFound(NotFound):
    """There is no such message, or it is in somebody else's session."""

    code = "MESSAGE_NOT_FOUND"
    message = "Message not found"


class MessageReused(Conflict):
    """The client's own id was used for another message."""

    code = "CLIENT_MESSAGE_ID_REUSED"
    message = "This clientMessageId was already used for a different message"


class MessageTaken(Conflict):
    """The message was deleted: it can neither be edited nor deleted again."""

    code = "MESSAGE_DELETED"
    message = "This message was deleted"


class MessageOfCustomer(Conflict):
    """The message is a customer's: what they wrote is not ours to change; it can be deleted."""

    code = "MESSAGE_OF_CUSTOMER"
    message = "A customer's message cannot be changed"


class MessageDelivered(Conflict):
    """The message was sent, or is being sent: the customer has read, or will read, what it said."""

    code = "MESSAGE_DELIVERED"
    message = "A message that was sent cannot be edited: write another one"


class MessageOfTemplate(Conflict):
    """The message is sent by a template: its content is the preview of what the provider writes."""

    code = "MESSAGE_OF_TEMPLATE"
    message = "The words of a template cannot be edited: delete the message, and send the template anew"


class StatusBackwards(Conflict):
    """The delivery status would move back; it goes from recorded or pending to sent, delivered, read, or to failed."""

    code = "STATUS_BACKWARDS"
    message = "A delivery status moves forward only"


class StatusOfChannel(Conflict):
    """A channel sends the message: the provider says what becomes of it."""

    code = "STATUS_OF_CHANNEL"
    message = "The channel's provider says what becomes of this message"


class ContentRefused(Invalid):
    """The text, the media and the type of the message do not match."""

    code = "VALIDATION_ERROR"


class MediaInfected(Invalid):
    """A virus was found in the file."""

    code = "FILE_INFECTED"
    message = "The virus scanner has found something in this file"


class MediaUnsupported(UnsupportedMediaType):
    """The file is of none of the supported kinds."""

    message = "Pictures, MP4 and 3GP video, audio, PDF, office documents and plain text can be sent."
