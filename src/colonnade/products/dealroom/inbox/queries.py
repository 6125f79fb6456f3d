"""All SQL of the inbox: one statement, by keyset, whatever the filters and the order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from colonnade.kernel.db import Executor, Record
from colonnade.products.dealroom.inbox.schemas import InboxEntry, InboxFilters, InboxSort, InboxView
from colonnade.products.dealroom.sessions.queries import COLUMNS, session_of
from colonnade.products.dealroom.sessions.schemas import SessionNotFound

__all__ = ["fetch_entry", "list_entries"]

_SESSIONS = f"SELECT {COLUMNS}, waiting_since, held_answers FROM chat_sessions"
_COLUMNS = (
    "s.*, c.channel_id, coalesce(p.name, c.profile_name, p.profile_name) AS contact_name, c.window_ends_at"
)
_CONTACTS = """LEFT JOIN channel_contacts c ON c.session_id = s.id
    LEFT JOIN contacts p ON p.id = c.contact_id"""
_CLOSES = "c.window_ends_at > now() AND c.window_ends_at <= now() + interval '3 hours'"
"""A window that closes so soon is to be looked at."""
_VIEWS: dict[InboxView, str] = {
    "all": "",
    "unread": "AND s.last_seq > s.read_seq",
    "waiting": "AND s.waiting_since IS NOT NULL",
    "closing": f"AND {_CLOSES}",
    "held": "AND s.held_answers > 0",
    "taken-over": "AND s.human_until > now()",
}
_SORTS: dict[InboxSort, tuple[str, str, str]] = {
    "latest": (
        "",
        "(s.pinned, s.active_at, s.id) < ($4, $5, $6)",
        "s.pinned DESC, s.active_at DESC, s.id DESC",
    ),
    "waiting": (
        "AND s.waiting_since IS NOT NULL",
        "(s.waiting_since, s.id) > ($4, $5)",
        "s.waiting_since, s.id",
    ),
    "closing": (
        "AND c.window_ends_at > now()",
        "(c.window_ends_at, c.session_id) > ($4, $5)",
        "c.window_ends_at, c.session_id",
    ),
}
"""What an order needs, what comes after a cursor, and by what it goes."""
# What these two show changes with the time, so no index has it in another order: all of it is read, and nothing else.
_SOURCES: dict[InboxView, str] = {
    "taken-over": f"({_SESSIONS} WHERE owner_id = $1 AND human_until > now() OFFSET 0)",
    "closing": f"""({_SESSIONS} WHERE id IN (
        SELECT c.session_id FROM channels h JOIN channel_contacts c ON c.channel_id = h.id
        WHERE h.owner_id = $1 AND ($3::integer IS NULL OR h.id = $3) AND {_CLOSES}) OFFSET 0)""",
}
_PAGE = f"""
SELECT {_COLUMNS} FROM {{source}} s {_CONTACTS}
WHERE s.owner_id = $1 AND NOT s.archived AND ($3::integer IS NULL OR c.channel_id = $3) {{where}}
ORDER BY {{order}} LIMIT $2
"""
# Windows are in order by channel: of each channel no more are read than the page has.
_CLOSING_PAGE = f"""
SELECT f.* FROM channels h CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM channel_contacts c JOIN ({_SESSIONS}) s ON s.id = c.session_id
        LEFT JOIN contacts p ON p.id = c.contact_id
    WHERE c.channel_id = h.id AND s.owner_id = $1 AND NOT s.archived {{where}} ORDER BY {{order}} LIMIT $2
) f
WHERE h.owner_id = $1 AND ($3::integer IS NULL OR h.id = $3) ORDER BY f.window_ends_at, f.id LIMIT $2
"""


def _entry(row: Record) -> InboxEntry:
    return InboxEntry(
        session=session_of(row),
        channel_id=row["channel_id"],
        contact_name=row["contact_name"],
        waiting_since=row["waiting_since"],
        window_ends_at=row["window_ends_at"],
        held_answers=row["held_answers"],
    )


async def list_entries(
    db: Executor, owner_id: int, filters: InboxFilters, *, after: tuple[Any, ...] | None, limit: int
) -> list[InboxEntry]:
    """List the owner's sessions that are not archived; `after` is what the order goes by, of the last one before."""
    needed, past, order = _SORTS[filters.sort]
    where = f"{_VIEWS[filters.view]} {needed} {f'AND {past}' if after is not None else ''}"
    page = _CLOSING_PAGE if filters.sort == "closing" else _PAGE
    rows = await db.fetch(
        page.format(where=where, order=order, source=_SOURCES.get(filters.view, f"({_SESSIONS})")),
        owner_id,
        limit,
        filters.channel_id,
        *(after or ()),
    )
    return [_entry(row) for row in rows]


async def fetch_entry(db: Executor, owner_id: int, session_id: UUID) -> InboxEntry:
    """Fetch the entry of one of the owner's sessions. Raise SessionNotFound if there is none."""
    sql = f"SELECT {_COLUMNS} FROM ({_SESSIONS}) s {_CONTACTS} WHERE s.owner_id = $1 AND s.id = $2"
    row = await db.fetch_row(sql, owner_id, session_id)
    if row is None:
        raise SessionNotFound
    return _entry(row)
