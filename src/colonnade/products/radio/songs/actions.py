"""Receives song requests, and decides on them."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import structs

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalidate, UnloggedEvent
from colonnade.kernel.db import Executor, Transaction, erase_kept_about
from colonnade.kernel.identity import visitor_subject
from colonnade.kernel.limits import Person, kind_of
from colonnade.kernel.privacy import MAX_FOUND, Access, Subject
from colonnade.kernel.realtime import Emit
from colonnade.products.radio.livechat.rules.rooms import guest_room
from colonnade.products.radio.onair.actions import close_requests, route_request
from colonnade.products.radio.shared.actions import tell_queue
from colonnade.products.radio.songs import queries
from colonnade.products.radio.songs.schemas import (
    NEW_SONG_REQUEST,
    REQUEST_APPROVED,
    REQUEST_ERASED,
    REQUEST_EXPIRED,
    REQUEST_PLAYED,
    REQUEST_REJECTED,
    AlreadyDecided,
    OneAtATime,
    RequestApproved,
    RequestEnded,
    RequestRejected,
    SongRequest,
    SongRequestCreate,
    SongRequestState,
    TooManyFromHere,
)

__all__ = [
    "REQUEST_PAUSE",
    "STAFF_ROOM",
    "approve_request",
    "erase_left",
    "expire_requests",
    "find_left",
    "find_named",
    "find_refusal",
    "listener_of",
    "mark_played",
    "reject_request",
    "request_song",
    "state_of",
]

P = TypeVar("P")

STAFF_ROOM = "songs:staff"
"""The room of staff with `songs:read`; it has no log."""
REQUEST_PAUSE = timedelta(minutes=5)
MAX_TOGETHER = 10
"""How many devices of one address ask within a pause: a client that keeps no token is a new one each time."""
PENDING_TTL = timedelta(hours=6)
CONTACTS_AT_ONCE = 500
CHANGED = Invalidate(("song-requests",))


def listener_of(person: Person, device: Person | None, session_id: UUID | None) -> Person:
    """Return whom a request counts against: the chat session where there is one, else the device or person that asks.

    A device that has just come counts as known: two of them behind one address don't share a request.
    """
    return Person(f"guest:{session_id}") if session_id else device or person


async def request_song(
    tx: Transaction, data: SongRequestCreate, *, listener: Person, session_id: UUID | None, zone: ZoneInfo
) -> SongRequest:
    """Create a pending request, give it to the presenter on air, or the next one, and show it to the DJs.

    Raise OneAtATime within five minutes of the listener's last one, or of the last from the device on which the chat
    session was begun, and TooManyFromHere if as many devices of one address have asked in this time as may. Both say
    whom they counted (`details.countedBy`).
    """
    address = listener.crowd if listener.kind == "device" else None
    if not await queries.claim_turn(tx, listener.key, address, session_id, REQUEST_PAUSE):
        raise OneAtATime
    if address is not None:
        wait = await queries.seconds_until_room(tx, address, REQUEST_PAUSE, most=MAX_TOGETHER)
        if wait is not None:
            raise TooManyFromHere(retry_after_seconds=ceil(wait), details={"countedBy": "address"})
    request = await queries.insert_request(tx, data, session_id)
    presenter = await route_request(tx, "song", request.id, zone)
    request = structs.replace(request, presenter=presenter)
    tx.after_commit(CHANGED)
    tx.after_commit(Emit(room=STAFF_ROOM, event=NEW_SONG_REQUEST, data=request))
    tell_queue(tx, "song", [request.id], "added")
    return request


def state_of(request: SongRequest) -> SongRequestState:
    """Return the part of a request that its requester may see."""
    return SongRequestState(**{name: getattr(request, name) for name in SongRequestState.__struct_fields__})


async def find_refusal(db: Executor, listener: Person, session_id: UUID | None) -> OneAtATime:
    """Return the error to raise for a listener who was refused, with the time to wait."""
    key, wait = await queries.find_wait(db, listener.key, session_id, REQUEST_PAUSE)
    return OneAtATime(retry_after_seconds=ceil(wait), details={"countedBy": kind_of(key)})


async def approve_request(tx: Transaction, caller: Principal, request_id: UUID) -> SongRequest:
    """Approve a request. Raise NotFound, and AlreadyDecided: the first decision stands."""
    request = await queries.decide(tx, request_id, "approved", caller.id, None)
    if request is None:
        raise await _decided(tx, request_id)
    tell_queue(tx, "song", [request.id], "decided")
    _tell(tx, request, REQUEST_APPROVED, RequestApproved(request.id, caller.name))
    return request


async def reject_request(tx: Transaction, caller: Principal, request_id: UUID, reason: str) -> SongRequest:
    """Reject a request with a reason. Raise as `approve_request`."""
    request = await queries.decide(tx, request_id, "rejected", caller.id, reason)
    if request is None:
        raise await _decided(tx, request_id)
    await close_requests(tx, "song", [request.id])
    tell_queue(tx, "song", [request.id], "decided")
    _tell(tx, request, REQUEST_REJECTED, RequestRejected(request.id, reason))
    return request


async def mark_played(tx: Transaction, request_id: UUID) -> SongRequest:
    """Mark an approved request as played. Raise NotFound, AlreadyDecided."""
    request = await queries.mark_played(tx, request_id)
    if request is None:
        raise await _decided(tx, request_id)
    await close_requests(tx, "song", [request.id])
    _tell(tx, request, REQUEST_PLAYED, RequestEnded(request.id))
    return request


async def expire_requests(tx: Transaction) -> None:
    """Expire requests that have been pending for six hours, and tell the DJs."""
    expired = await queries.expire_requests(tx, PENDING_TTL)
    if expired:
        tx.after_commit(CHANGED)
        await close_requests(tx, "song", expired)
        tell_queue(tx, "song", expired, "decided")
    for request_id in expired:
        tx.after_commit(Emit(room=STAFF_ROOM, event=REQUEST_EXPIRED, data=RequestEnded(request_id)))


async def _decided(tx: Transaction, request_id: UUID) -> AlreadyDecided:
    request = await queries.fetch_state(tx, request_id)
    return AlreadyDecided(details={"status": request.status})


def _tell(tx: Transaction, request: SongRequest, event: UnloggedEvent[P], data: P) -> None:
    """Send an event to the DJs and, if it is known, the requester's chat session."""
    tx.after_commit(CHANGED)
    tx.after_commit(Emit(room=STAFF_ROOM, event=event, data=data))
    if request.chat_session_id is not None:
        tx.after_commit(Emit(room=guest_room(request.chat_session_id), event=event, data=data))


async def find_named(tx: Transaction, subject: Subject, access: Access) -> list[UUID]:
    """Return the ids of the requests whose contact names somebody, or whose chat session their e-mail address let in.

    All contacts are read: those of a month. Those of chat sessions that this transaction has erased are found as well.
    """
    confirmed_by = visitor_subject(access.settings, subject.email) if subject.email else None
    named = await queries.list_in_sessions(tx, confirmed_by)
    if not subject.email and not subject.digits:
        return named
    after = None
    while page := await queries.list_contacts(tx, after=after, limit=CONTACTS_AT_ONCE):
        after = page[-1][:2]
        named += await subject.pick((request_id, contact) for _, request_id, contact in page)
    return named


async def find_left(tx: Transaction, subject: Subject, access: Access) -> list[dict[str, Any]]:
    """Return the requests that somebody left."""
    named = await find_named(tx, subject, access)
    return await queries.find_left(tx, named, subject.reference, limit=MAX_FOUND + 1)


async def erase_left(tx: Transaction, subject: Subject, access: Access) -> int:
    """Blank the requests that somebody left; return their number."""
    erased = await queries.erase_left(tx, await find_named(tx, subject, access), subject.reference)
    if erased:
        tx.after_commit(CHANGED)
    await erase_kept_about(tx, "song_requests", [request_id for request_id, _ in erased])
    for request_id, _ in erased:
        tx.after_commit(Emit(room=STAFF_ROOM, event=REQUEST_ERASED, data=RequestEnded(request_id)))
    # What waits goes on waiting, with nobody's name.
    tell_queue(tx, "song", [request_id for request_id, status in erased if status == "pending"], "added")
    return len(erased)
