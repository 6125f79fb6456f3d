"""The inbox: which sessions are unread, wait, have a window that closes or held answers, or are taken over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Limit,
    Ok,
    Page,
    QueryParameter,
    Router,
    Tag,
    allows,
    cursor_page,
    decode_cursor,
    encode_cursor,
    get,
)
from colonnade.products.dealroom.inbox import queries
from colonnade.products.dealroom.inbox.schemas import InboxEntry, InboxFilters, InboxSort, InboxView
from colonnade.products.dealroom.shared.rules.places import PREFIX

__all__ = ["ROUTES"]

USE = "chats:use"

View = Annotated[InboxView, QueryParameter(description="Only these sessions.")]
Sort = Annotated[
    InboxSort,
    QueryParameter(description="The latest first, or who waits longest, or whose window closes soonest."),
]
ChannelId = Annotated[
    int | None,
    QueryParameter(name="channelId", ge=1, le=2**31 - 1, description="Only sessions of this channel."),
]
Cursor = Annotated[str | None, QueryParameter(max_length=300, description="`nextCursor` of the page before.")]
_KINDS: dict[InboxSort, tuple[type, ...]] = {
    "latest": (bool, datetime, UUID),
    "waiting": (datetime, UUID),
    "closing": (datetime, UUID),
}


@get("/", guards=[allows(USE)])
async def list_inbox(
    db: Database,
    caller: Principal,
    view: View = "all",
    sort: Sort = "latest",
    channel_id: ChannelId = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[InboxEntry]:
    """One's own sessions that are not archived, as one works through them; live by the event `inbox-changed`."""
    filters = InboxFilters(view, sort, channel_id)
    after: Any = None if cursor is None or cursor == "*" else decode_cursor(cursor, *_KINDS[sort])
    found = await queries.list_entries(db, caller.id, filters, after=after, limit=limit + 1)
    return cursor_page(found, limit, lambda entry: encode_cursor(*_place(entry, sort)))


def _place(entry: InboxEntry, sort: InboxSort) -> tuple[Any, ...]:
    session = entry.session
    if sort == "latest":
        return session.pinned, session.last_activity_at, session.id
    return entry.waiting_since if sort == "waiting" else entry.window_ends_at, session.id


@get("/{session_id:uuid}", guards=[allows(USE)])
async def show_entry(session_id: UUID, db: Database, caller: Principal) -> Ok[InboxEntry]:
    """The entry of one session, archived or not, as `inbox-changed` asks for it; 404 when it was deleted."""
    return Ok(await queries.fetch_entry(db, caller.id, session_id))


ROUTES = Router(
    f"{PREFIX}/inbox",
    route_handlers=[list_inbox, show_entry],
    tags=[Tag("Inbox", "Which sessions are to be looked at next.")],
)
