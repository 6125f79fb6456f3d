"""All SQL of the inbox: one statement, by keyset, whatever the filters and the order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from colonnade.kernel.db import Executor, Record
from colonnade.products.dealroom.inbox.schemas import InboxEntry, InboxFilters, InboxSort, InboxView
from colonnade.products.dealroom.sessions.queries import COLUMNS, session_of
from colonnade.products.dealroom.sessions.schemas import SessionNotFound

__all__ = ["fetch_entry", "list_entries"]

_HELD = "SELECT FROM answers a WHERE a.session_id = s.id AND a.state = 'held'"
_ENTRY = f"""s.*, c.channel_id, coalesce(p.name, c.profile_name, p.profile_name) AS contact_name, c.window_ends_at,
    (SELECT count(*) FROM answers a WHERE a.session_id = s.id AND a.state = 'held') AS held_answers
    FROM (SELECT {COLUMNS}, waiting_since FROM chat_sessions) s
    LEFT JOIN channel_contacts c ON c.session_id = s.id LEFT JOIN contacts p ON p.id = c.contact_id"""
_VIEWS: dict[InboxView, str] = {
    "all": "",
    "unread": "AND s.last_seq > s.read_seq",
    "waiting": "AND s.waiting_since IS NOT NULL",
    "closing": "AND c.window_ends_at > now()",
    "held": f"AND EXISTS ({_HELD})",
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
        "(c.window_ends_at, s.id) > ($4, $5)",
        "c.window_ends_at, s.id",
    ),
}
"""What an order needs, what comes after a cursor, and by what it goes."""


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
    rows = await db.fetch(
        f"""
        SELECT {_ENTRY} WHERE s.owner_id = $1 AND NOT s.archived AND ($3::integer IS NULL OR c.channel_id = $3) {where}
        ORDER BY {order} LIMIT $2
        """,
        owner_id,
        limit,
        filters.channel_id,
        *(after or ()),
    )
    return [_entry(row) for row in rows]


async def fetch_entry(db: Executor, owner_id: int, session_id: UUID) -> InboxEntry:
    """Fetch the entry of one of the owner's sessions. Raise SessionNotFound if there is none."""
    row = await db.fetch_row(f"SELECT {_ENTRY} WHERE s.owner_id = $1 AND s.id = $2", owner_id, session_id)
    if row is None:
        raise SessionNotFound
    return _entry(row)
