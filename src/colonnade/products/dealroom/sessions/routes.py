"""Chat sessions: each is a customer's thread, which only its owner sees."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    Exchange,
    ExpectedVersion,
    IdempotencyKey,
    Ok,
    Page,
    QueryParameter,
    Router,
    SearchText,
    Tag,
    allows,
    cursor_page,
    decode_cursor,
    delete,
    encode_cursor,
    get,
    mirrored,
    once,
    patch,
    post,
)
from colonnade.kernel.search import wanted_text
from colonnade.products.dealroom.sessions import actions, queries
from colonnade.products.dealroom.sessions.schemas import (
    ChatSession,
    ReadMark,
    SessionCreate,
    SessionFilters,
    SessionStatus,
    SessionUpdate,
)
from colonnade.products.dealroom.shared.queries import find_speaking_sessions
from colonnade.products.dealroom.shared.rules.places import LONG_BODY_BYTES, PREFIX

__all__ = ["ROUTES"]

USE = "chats:use"
DEFAULT_LIMIT = 20

PageNumber = Annotated[int | None, QueryParameter(ge=1, le=1_000_000, description="The page, from 1.")]
Limit = Annotated[int | None, QueryParameter(ge=1, le=50, description="Items per page, at most 50.")]
Type = Annotated[str | None, QueryParameter(max_length=40)]
Label = Annotated[str | None, QueryParameter(max_length=50)]
Pinned = Annotated[bool | None, QueryParameter()]
Archived = Annotated[
    Literal["true", "false", "all"],
    QueryParameter(description="Only archived sessions, none of them, or all."),
]
Cursor = Annotated[
    str | None,
    QueryParameter(max_length=300, description="`nextCursor` of the page before; `*` for the first page."),
]
_ARCHIVED = {"true": True, "false": False, "all": None}


@post("/", guards=[allows(USE)], request_max_body_size=LONG_BODY_BYTES)
async def create_session(
    data: SessionCreate,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Created[ChatSession]:
    """Start a session; `Idempotency-Key` is honoured."""
    async with once(exchange, db, caller, idempotency_key) as attempt:
        session = await actions.create_session(attempt.tx, caller, data)
        return await attempt.answer(Created(session, version=session.version))


@get("/", guards=[allows(USE)])
async def list_sessions(
    db: Database,
    caller: Principal,
    search: SearchText = None,
    status: SessionStatus | None = None,
    type: Type = None,
    label: Label = None,
    pinned: Pinned = None,
    archived: Archived = "false",
    page: PageNumber = None,
    limit: Limit = None,
    cursor: Cursor = None,
) -> Page[ChatSession]:
    """One's own sessions, pinned ones first, then those with the latest message; `search` also finds what was said.

    All of them, unless `page` or `limit` asks for a page, or `cursor` for the next one.
    """
    wanted = wanted_text(search)
    spoken = [] if wanted is None else await find_speaking_sessions(db, caller.id, wanted)
    filters = SessionFilters(wanted, status, type, label, pinned, _ARCHIVED[archived], spoken)
    if cursor is not None:
        after = None if cursor == "*" else decode_cursor(cursor, bool, datetime, UUID)
        size = limit or DEFAULT_LIMIT
        found = await queries.list_sessions(db, caller.id, filters, limit=size + 1, after=after)
        return cursor_page(found, size, _cursor)
    if page is None and limit is None:
        return Page(await queries.list_sessions(db, caller.id, filters))
    page, limit = page or 1, limit or DEFAULT_LIMIT
    found = await queries.list_sessions(db, caller.id, filters, limit=limit, offset=(page - 1) * limit)
    total = await queries.count_sessions(db, caller.id, filters)
    return Page.of(found, page=page, limit=limit, total=total)


def _cursor(session: ChatSession) -> str:
    return encode_cursor(session.pinned, session.last_activity_at, session.id)


@get("/{session_id:uuid}", guards=[allows(USE)])
async def show_session(session_id: UUID, db: Database, caller: Principal) -> Ok[ChatSession]:
    """One session."""
    session = await queries.fetch_session(db, caller.id, session_id)
    return Ok(session, version=session.version)


@patch("/{session_id:uuid}", guards=[allows(USE)], request_max_body_size=LONG_BODY_BYTES)
async def update_session(
    session_id: UUID, data: SessionUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[ChatSession]:
    """Rename, pause, close, reopen, pin, archive, label; `If-Match` guards against overwriting another's edit."""
    async with db.transaction(caller) as tx:
        session = await actions.update_session(tx, caller, session_id, data, expected=expected)
    return Ok(session, version=session.version)


@post("/{session_id:uuid}/read", guards=[allows(USE)], status_code=200)
async def mark_read(session_id: UUID, data: ReadMark, db: Database, caller: Principal) -> Ok[ChatSession]:
    """Mark messages up to `seq` as read; the owner's other devices are told."""
    async with db.transaction(caller) as tx:
        session = await actions.mark_read(tx, caller, session_id, data.seq)
    return Ok(session, version=session.version)


@delete("/{session_id:uuid}", guards=[allows(USE)])
async def delete_session(
    session_id: UUID, db: Database, caller: Principal, expected: ExpectedVersion
) -> None:
    """Delete a session with its vendor, sellers, messages and files, for good."""
    async with db.transaction(caller) as tx:
        await actions.delete_session(tx, caller, session_id, expected=expected)


ROUTES = mirrored(
    Router(
        f"{PREFIX}/sessions",
        route_handlers=[
            create_session,
            list_sessions,
            show_session,
            update_session,
            mark_read,
            delete_session,
        ],
        tags=[Tag("Chat sessions", "Conversations: start one, list and search your own, close it.")],
    )
)
