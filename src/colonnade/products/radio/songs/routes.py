"""Song requests: listeners send and follow them, DJs decide."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import record
from colonnade.kernel.cache import CountCache
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    Exchange,
    IdempotencyKey,
    Limit,
    Ok,
    Page,
    PageNumber,
    Router,
    Stream,
    Tag,
    allows,
    anyone,
    get,
    once,
    person_of,
    post,
    spends,
)
from colonnade.kernel.identity import Tokens
from colonnade.kernel.text import CSV, csv_head, csv_lines
from colonnade.products.radio.livechat.actions.guests import find_guest
from colonnade.products.radio.livechat.routes import ChatToken
from colonnade.products.radio.shared.schemas import StationSettings
from colonnade.products.radio.songs import actions, queries
from colonnade.products.radio.songs.schemas import (
    OneAtATime,
    SongRejection,
    SongRequest,
    SongRequestCreate,
    SongRequestState,
    SongStatus,
)

__all__ = ["ROUTES"]

EXPORTED = (
    "id", "created_at", "status", "song_title", "artist", "requester_name", "message", "contact", "decided_at",
    "reject_reason", "played_at",
)  # fmt: skip
EXPORT_BATCH = 500
EXPORT_HEADERS = {
    "content-disposition": 'attachment; filename="song-requests.csv"',
    "cache-control": "private, no-store",
}


@post(
    "/", guards=[anyone(), spends("song-requests", unless_repeated=True, gives_device=True)], answers=(403,)
)
async def request_song(
    data: SongRequestCreate,
    db: Database,
    tokens: Tokens,
    station: StationSettings,
    visitor: Principal | None,
    exchange: Exchange,
    chat_token: ChatToken = None,
    idempotency_key: IdempotencyKey = None,
) -> Created[SongRequestState]:
    """Ask for a song, once in five minutes; the answer's `id` is the key to its status.

    Who sends no token is given a device's, as a cookie and in `X-Device-Token`, by which they count. With a chat
    token, the decision is also sent to the guest's chat sockets. `Idempotency-Key` is honoured.
    """
    guest = await find_guest(db, tokens, chat_token, data.chat_token)
    session_id = guest.session_id if guest else None
    listener = actions.listener_of(person_of(exchange), exchange.device, session_id)
    try:
        async with once(exchange, db, visitor, idempotency_key) as attempt:
            request = await actions.request_song(
                attempt.tx, data, listener=listener, session_id=session_id, zone=station.zone
            )
            answer = Created(actions.state_of(request), message="Song request received")
            return await attempt.answer(answer, about=[("song_requests", request.id)])
    except OneAtATime:
        raise await actions.find_refusal(db, listener, session_id) from None


@get("/", guards=[allows("songs:read")])
async def list_requests(
    db: Database,
    counts: CountCache,
    status: SongStatus | None = None,
    page: PageNumber = 1,
    limit: Limit = 20,
) -> Page[SongRequest]:
    """A page of requests, newest first."""
    requests = await queries.list_requests(db, status, limit=limit, offset=(page - 1) * limit)
    total = await counts.total(("song-requests",), partial(queries.count_requests, db, status))
    return Page.of(requests, page=page, limit=limit, total=total)


@get("/export.csv", guards=[allows("songs:read")], bare={CSV: str})
async def export_requests(
    db: Database, caller: Principal, exchange: Exchange, status: SongStatus | None = None
) -> Stream:
    """The requests as a table for spreadsheets, oldest first. The export is recorded in the audit log."""
    async with db.transaction(caller) as tx:
        await record(tx, action="songs.exported", after={"status": status}, origin=exchange)
    return Stream(_lines(db, status), media_type=CSV, headers=EXPORT_HEADERS)


async def _lines(db: Database, status: SongStatus | None) -> AsyncIterator[bytes]:
    yield csv_head(EXPORTED)
    last: SongRequest | None = None
    while page := await queries.list_requests_after(db, status, last, limit=EXPORT_BATCH):
        yield csv_lines([getattr(request, name) for name in EXPORTED] for request in page)
        last = page[-1]


@get("/{request_id:uuid}", guards=[anyone()])
async def show_status(request_id: UUID, db: Database) -> Ok[SongRequestState]:
    """The state of a request, for anyone who has its id."""
    return Ok(await queries.fetch_state(db, request_id))


@post("/{request_id:uuid}/approve", guards=[allows("songs:decide")])
async def approve_request(request_id: UUID, db: Database, caller: Principal) -> Ok[SongRequest]:
    """Approve a request; the first decision stands."""
    async with db.transaction(caller) as tx:
        request = await actions.approve_request(tx, caller, request_id)
    return Ok(request, message="Song request approved")


@post("/{request_id:uuid}/reject", guards=[allows("songs:decide")])
async def reject_request(
    request_id: UUID, data: SongRejection, db: Database, caller: Principal
) -> Ok[SongRequest]:
    """Reject a request, with a reason for the requester; the first decision stands."""
    async with db.transaction(caller) as tx:
        request = await actions.reject_request(tx, caller, request_id, data.reason)
    return Ok(request, message="Song request rejected")


@post("/{request_id:uuid}/played", guards=[allows("songs:decide")])
async def mark_played(request_id: UUID, db: Database, caller: Principal) -> Ok[SongRequest]:
    """Mark an approved song as played."""
    async with db.transaction(caller) as tx:
        request = await actions.mark_played(tx, request_id)
    return Ok(request, message="Song request played")


ROUTES = Router(
    "/services/song_request",
    route_handlers=[
        request_song,
        list_requests,
        export_requests,
        show_status,
        approve_request,
        reject_request,
        mark_played,
    ],
    tags=[Tag("Song requests", "Listeners ask for a song and follow its state; presenters decide.")],
)
