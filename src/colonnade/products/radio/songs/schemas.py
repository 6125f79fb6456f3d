"""Shapes of song requests, and their errors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from colonnade.kernel.core import Conflict, TooManyRequests

__all__ = [
    "AlreadyDecided",
    "OneAtATime",
    "SongRejection",
    "SongRequest",
    "SongRequestCreate",
    "SongRequestState",
    "SongStatus",
]

SongStatus = Literal["pending", "approved", "played", "rejected", "expired"]
Line = Annotated[str, Meta(min_length=1, max_length=200)]
Reason = Annotated[
    str, Meta(min_length=1, max_length=500, examples=["Lagu ini belum ada di perpustakaan kami."])
]


class SongRequestCreate(Struct, frozen=True):
    """A listener's request. `chat_token` (or the header X-Chat-Token) is that of a guest of the chat."""

    song_title: Annotated[str, Meta(min_length=1, max_length=200, examples=["Seperti Rusa Rindu Sungai-Mu"])]
    requester_name: Annotated[str, Meta(min_length=2, max_length=100, examples=["Keluarga Simbolon"])]
    artist: Line | None = None
    message: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    contact: Annotated[str, Meta(min_length=3, max_length=255)] | None = None
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
    """A request as the DJs see it; the payload of `new-song-request`."""

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


class SongRejection(Struct, frozen=True):
    """The reason of a rejection, which the requester reads."""

    reason: Reason


class OneAtATime(TooManyRequests):
    """This listener asked for a song less than five minutes ago."""

    message = "You can ask for one song every five minutes."


class AlreadyDecided(Conflict):
    """The request is no longer in the state that this decision requires; `details.status` is its state."""

    code = "SONG_REQUEST_ALREADY_DECIDED"
    message = "This request has already been decided."
