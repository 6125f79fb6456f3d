"""All SQL of the guests' sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Record
from colonnade.kernel.search import Corpus, Found, find
from colonnade.products.radio.livechat.schemas import GuestRecord, GuestStatus
from colonnade.products.radio.livechat.schemas.blocks import Removed, StoredGuest

__all__ = [
    "BLOCKS_OF",
    "CORPUS",
    "GUEST_COLUMNS",
    "count_sessions",
    "delete_old_sessions",
    "erase_sessions",
    "fetch_session",
    "find_guest",
    "forget_addresses",
    "insert_session",
    "list_left",
    "list_related",
    "list_sessions",
    "list_staff_names",
    "search_sessions",
    "stored_guest",
]

BLOCKS_OF = """
SELECT id, block_reason, blocked_at, blocked_until FROM chat_sessions WHERE blocked_by = $1 ORDER BY blocked_at, id
"""
"""The guests that an account has blocked, as its export shows them."""

CORPUS = Corpus("chat_sessions", "chat_sessions", key="number")

GUEST_COLUMNS = """s.id AS session_id, s.name, s.city, s.country,
    CASE WHEN s.blocked_until > now() THEN 'blocked' WHEN s.expires_at > now() THEN 'active' ELSE 'ended' END AS status,
    s.started_at, s.expires_at, s.last_message_at, s.message_count,
    CASE WHEN s.blocked_until > now() THEN s.blocked_until END AS blocked_until,
    CASE WHEN s.blocked_until > now() THEN s.blocked_by END AS blocked_by,
    CASE WHEN s.blocked_until > now() THEN s.block_reason END AS block_reason,
    CASE WHEN s.blocked_until > now() THEN coalesce(s.block_scope, 'address') END AS block_scope,
    s.confirmed_by IS NOT NULL AS confirmed, s.address, s.device"""
"""What `stored_guest` takes, of `chat_sessions s`."""
_STATUS_IS: dict[GuestStatus, str] = {
    "blocked": "blocked_until > now()",
    "active": "expires_at > now() AND (blocked_until IS NULL OR blocked_until <= now())",
    "ended": "expires_at <= now() AND (blocked_until IS NULL OR blocked_until <= now())",
}


def stored_guest(row: Record) -> StoredGuest:
    """Return the guest of a row with `GUEST_COLUMNS`."""
    values = dict(row)
    address, device = values.pop("address"), values.pop("device")
    return StoredGuest(GuestRecord(**values), address, device)


async def list_staff_names(db: Executor) -> list[str]:
    """Return the names of everybody who has an active account, and the titles of roles made at run time."""
    rows = await db.fetch("SELECT name FROM accounts WHERE is_active UNION SELECT title FROM access_roles")
    return [row["name"] for row in rows]


async def insert_session(
    db: Executor,
    *,
    name: str,
    city: str | None,
    country: str | None,
    address: str,
    device: str | None,
    confirmed_by: bytes | None,
    ttl: timedelta,
) -> Record:
    """Insert a session; return `id` and `expires_at`."""
    row: Record = await db.fetch_row(
        """
        INSERT INTO chat_sessions (name, city, country, address, device, confirmed_by, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, now() + $7) RETURNING id, expires_at
        """,
        name,
        city,
        country,
        address,
        device,
        confirmed_by,
        ttl,
    )
    return row


async def find_guest(db: Executor, session_id: UUID) -> Record | None:
    """Return name, address, device, `is_live` and `blocked_until` (None: not blocked now) of a session, or None."""
    return await db.fetch_row(
        """
        SELECT name, address, device, expires_at > now() AS is_live,
               CASE WHEN blocked_until > now() THEN blocked_until END AS blocked_until
        FROM chat_sessions WHERE id = $1
        """,
        session_id,
    )


async def list_sessions(
    db: Executor, status: GuestStatus | None, *, limit: int, offset: int
) -> list[StoredGuest]:
    """Return a page of sessions, newest first."""
    where = f"WHERE {_STATUS_IS[status]}" if status else ""
    rows = await db.fetch(
        f"SELECT {GUEST_COLUMNS} FROM chat_sessions s {where} ORDER BY s.started_at DESC, s.id DESC LIMIT $1 OFFSET $2",
        limit,
        offset,
    )
    return [stored_guest(row) for row in rows]


async def search_sessions(
    db: Executor, text: str, status: GuestStatus | None, *, limit: int, offset: int
) -> tuple[list[StoredGuest], Found]:
    """Return a page of the sessions that a search text finds by name or place."""
    further = f"({_STATUS_IS[status]})" if status else "true"
    found = await find(db, CORPUS, text, further=further, limit=limit, offset=offset)
    rows = await db.fetch(
        f"SELECT {GUEST_COLUMNS} FROM chat_sessions s WHERE s.number = ANY($1) "
        "ORDER BY array_position($1::bigint[], s.number)",
        found.keys,
    )
    return [stored_guest(row) for row in rows], found


async def count_sessions(db: Executor, status: GuestStatus | None) -> int:
    """Count the sessions of this status, which changes with time, so that the total is not cached."""
    where = f"WHERE {_STATUS_IS[status]}" if status else ""
    count: int = await db.fetch_value(f"SELECT count(*) FROM chat_sessions s {where}")
    return count


async def fetch_session(db: Executor, session_id: UUID) -> StoredGuest:
    """Return one session. Raise NotFound."""
    row = await db.fetch_row(f"SELECT {GUEST_COLUMNS} FROM chat_sessions s WHERE s.id = $1", session_id)
    if row is None:
        raise NotFound("There is no such chat session.")
    return stored_guest(row)


async def list_related(db: Executor, guest: StoredGuest, *, limit: int) -> list[StoredGuest]:
    """Return the other sessions of a guest's device or address, newest first; none once these are forgotten."""
    rows = await db.fetch(
        f"""
        SELECT {GUEST_COLUMNS} FROM chat_sessions s WHERE (s.device = $1 OR s.address = $2) AND s.id <> $3
        ORDER BY s.started_at DESC, s.id DESC LIMIT $4
        """,
        guest.device,
        guest.address,
        guest.record.session_id,
        limit,
    )
    return [stored_guest(row) for row in rows]


async def forget_addresses(db: Executor, older_than: timedelta) -> None:
    """Erase address, device and proof of unblocked sessions that were erased or ended longer ago than `older_than`."""
    await db.execute(
        """
        UPDATE chat_sessions SET address = NULL, device = NULL, confirmed_by = NULL
        WHERE num_nonnulls(address, device, confirmed_by) > 0
        AND (erased_at IS NOT NULL OR expires_at < now() - $1::interval)
        AND (blocked_until IS NULL OR blocked_until < now())
        """,
        older_than,
    )


async def delete_old_sessions(db: Executor, older_than: timedelta) -> None:
    """Delete sessions without messages and flags that ended longer ago than `older_than`."""
    await db.execute(
        """
        DELETE FROM chat_sessions s WHERE s.expires_at < now() - $1::interval AND s.message_count = 0
        AND (s.blocked_until IS NULL OR s.blocked_until < now())
        AND NOT EXISTS (SELECT FROM chat_flags f WHERE f.session_id = s.id)
        """,
        older_than,
    )


async def list_left(db: Executor, session_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Return what guests left in these sessions: each with its messages, newest first."""
    rows = await db.fetch(
        """
        SELECT s.id, s.name, s.city, s.country, s.started_at, s.expires_at, coalesce((
            SELECT jsonb_agg(jsonb_build_object('id', m.id::text, 'message', m.message, 'status', m.status,
                'created_at', m.created_at) ORDER BY m.id DESC)
            FROM chat_messages m WHERE m.session_id = s.id
        ), '[]') AS messages
        FROM chat_sessions s WHERE s.id = ANY($1::uuid[]) ORDER BY s.started_at DESC, s.id DESC
        """,
        list(session_ids),
    )
    return [dict(row) for row in rows]


async def erase_sessions(tx: Executor, session_ids: Sequence[UUID], name: str) -> tuple[int, list[Removed]]:
    """Blank who had these sessions, and all that they wrote; they end, for transactions that began before as well.

    A block stays, without its reason: what it is known by is forgotten when it ends. Return the number of sessions that
    told anything of anybody, and the messages that were not deleted before. The sessions come first: messages that are
    being posted in them hold their rows, and are waited for.
    """
    # Two statements: one that locks rows and changes them waits for those who wait for it, where others refer to a row.
    await tx.execute(
        "SELECT FROM chat_sessions WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
        list(session_ids),
    )
    tag = await tx.execute(
        """
        UPDATE chat_sessions s SET name = $2, city = NULL, country = NULL, block_reason = NULL,
            address = CASE WHEN blocked_until > now() AND block_scope IS DISTINCT FROM 'session' THEN address END,
            device = CASE WHEN blocked_until > now() AND block_scope IS DISTINCT FROM 'session' THEN device END,
            confirmed_by = CASE WHEN blocked_until > now() THEN confirmed_by END,
            expires_at = least(expires_at, started_at), erased_at = coalesce(erased_at, now())
        WHERE s.id = ANY($1::uuid[]) AND s.erased_at IS NULL
        """,
        list(session_ids),
        name,
    )
    rows = await tx.fetch(
        """
        WITH written AS (
            SELECT id, status FROM chat_messages
            WHERE session_id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
        ), flags AS (
            UPDATE chat_flags SET reason = NULL WHERE session_id = ANY($1::uuid[])
        )
        UPDATE chat_messages m SET username = $2, city = NULL, country = NULL, message = '…', status = 'deleted',
            version = version + 1
        FROM written WHERE m.id = written.id RETURNING m.id::text, m.session_id, written.status AS before
        """,
        list(session_ids),
        name,
    )
    messages = [Removed(**row) for row in rows]
    return int(tag.rpartition(" ")[2]), [each for each in messages if each.before != "deleted"]
