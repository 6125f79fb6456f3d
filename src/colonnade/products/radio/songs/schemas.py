"""Shapes of song requests, and their errors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct
from msgspec import field as struct_field

from colonnade.kernel.core import CalledName, Conflict, Line, TooManyRequests, UnloggedEvent, Words

__all__ = [
    "NEW_SONG_REQUEST",
    "REQUEST_APPROVED",
    "REQUEST_ERASED",
    "REQUEST_EXPIRED",
    "REQUEST_PLAYED",
    "REQUEST_REJECTED",
    "AlreadyDecided",
    "OneAtATime",
    "RequestApproved",
    "RequestEnded",
    "RequestRejected",
    "SongRejection",
    "SongRequest",
    "SongRequestCreate",
    "SongRequestState",
    "SongStatus",
    "TooManyFromHere",
]

SongStatus = Literal["pending", "approved", "played", "rejected", "expired"]


class SongTitle(Line, max_length=200, examples=["Seperti Rusa Rindu Sungai-Mu"]):
    """The title of a song."""


class Artist(Line, max_length=200, examples=["Maranatha Music"]):
    """Who sings."""


class RequesterName(CalledName, examples=["Keluarga Simbolon"]):
    """What the presenter calls the listener."""


class Greeting(Words, max_length=500):
    """What is to be read out with the song."""


class Contact(Line, min_length=3, max_length=255):
    """Phone number or e-mail."""


class Reason(Words, max_length=500, examples=["Lagu ini belum ada di perpustakaan kami."]):
    """Why a request is rejected."""


class SongRequestCreate(Struct, frozen=True):
    """A listener's request. `chat_token` (or the header X-Chat-Token) is that of a guest of the chat."""

    song_title: SongTitle
    requester_name: RequesterName
    artist: Artist | None = None
    message: Greeting | None = None
    contact: Contact | None = None
    chat_token: Annotated[str, Meta(max_length=4096)] | None = None


class SongRequestState(Struct, frozen=True):
    """A request as its requester sees it, by an id that cannot be guessed."""

    id: UUID
    song_title: str
    artist: str | None
    status: SongStatus
    created_at: datetime
    decided_at: datetime | None
    played_at: datetime | None
    reject_reason: str | None


class SongRequest(Struct, frozen=True):
    """A request as the DJs see it; the payload of `new-song-request`. `presenter` has it, or has had it last."""

    id: UUID
    song_title: str
    artist: str | None
    requester_name: str
    message: str | None
    contact: str | None
    chat_session_id: UUID | None
    status: SongStatus
    decided_by: int | None
    decided_at: datetime | None
    reject_reason: str | None
    played_at: datetime | None
    created_at: datetime
    presenter: str | None = None


class SongRejection(Struct, frozen=True):
    """The reason of a rejection, which the requester reads."""

    reason: Reason


class RequestApproved(Struct, frozen=True):
    """An approved request, and the presenter's name."""

    request_id: UUID = struct_field(name="requestId")
    approved_by: str = struct_field(name="approvedBy")


class RequestRejected(Struct, frozen=True):
    """A rejected request, and why."""

    request_id: UUID = struct_field(name="requestId")
    reason: str


class RequestEnded(Struct, frozen=True):
    """A request that was played, or that nobody decided on."""

    request_id: UUID = struct_field(name="requestId")


PRESENTERS = "presenters (`songs:read`)"
PRESENTERS_AND_SENDER = "presenters (`songs:read`) and, if it was sent with a chat token, its sender"

NEW_SONG_REQUEST = UnloggedEvent(
    "new-song-request", SongRequest, to=PRESENTERS, when="A listener asks for a song."
)
REQUEST_APPROVED = UnloggedEvent(
    "request-approved", RequestApproved, to=PRESENTERS_AND_SENDER, when="A presenter approves a request."
)
REQUEST_REJECTED = UnloggedEvent(
    "request-rejected", RequestRejected, to=PRESENTERS_AND_SENDER, when="A presenter rejects a request."
)
REQUEST_PLAYED = UnloggedEvent(
    "request-played", RequestEnded, to=PRESENTERS_AND_SENDER, when="An approved request has been played."
)
REQUEST_ERASED = UnloggedEvent(
    "request-erased",
    RequestEnded,
    to=PRESENTERS,
    when="Who asked for a song, what they wrote and their contact are erased: windows load the request again.",
)
REQUEST_EXPIRED = UnloggedEvent(
    "request-expired", RequestEnded, to=PRESENTERS, when="A request has waited for six hours."
)


class OneAtATime(TooManyRequests):
    """This listener asked for a song less than five minutes ago."""

    message = "You can ask for one song every five minutes."


class TooManyFromHere(TooManyRequests):
    """Ten devices behind this address have asked within five minutes."""

    message = "Many people where you are have asked for songs. Please try again in a few minutes."


class AlreadyDecided(Conflict):
    """The request is no longer in the state that this decision requires; `details.status` is its state."""

    code = "SONG_REQUEST_ALREADY_DECIDED"
    message = "This request has already been decided."
