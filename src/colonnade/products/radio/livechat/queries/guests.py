"""All SQL of the guests' sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.products.radio.livechat.schemas import GuestRecord, GuestStatus

__all__ = [
    "BLOCKS_OF",
    "block_session",
    "count_sessions",
    "delete_old_sessions",
    "erase_sessions",
    "find_address_block",
    "find_guest",
    "forget_addresses",
    "insert_session",
    "list_left",
    "list_sessions",
    "unblock_session",
]

BLOCKS_OF = """
SELECT id, block_reason, blocked_at, blocked_until FROM chat_sessions WHERE blocked_by = $1 ORDER BY blocked_at, id
"""
"""The guests that an account has blocked, as its export shows them."""

_GUEST = """s.id AS session_id, s.name, s.city, s.country,
    CASE WHEN s.blocked_until > now() THEN 'blocked' WHEN s.expires_at > now() THEN 'active' ELSE 'ended' END AS status,
    s.started_at, s.expires_at, s.last_message_at, s.message_count,
    CASE WHEN s.blocked_until > now() THEN s.blocked_until END AS blocked_until,
    CASE WHEN s.blocked_until > now() THEN s.blocked_by END AS blocked_by,
    CASE WHEN s.blocked_until > now() THEN s.block_reason END AS block_reason"""
_STATUS_IS: dict[GuestStatus, str] = {
    "blocked": "s.blocked_until > now()",
    "active": "s.expires_at > now() AND (s.blocked_until IS NULL OR s.blocked_until <= now())",
    "ended": "s.expires_at <= now() AND (s.blocked_until IS NULL OR s.blocked_until <= now())",
}
_ADDRESS_BLOCK = "interval '24 hours'"
"""The longest block of a guest's address: carriers and households share addresses."""


async def find_address_block(db: Executor, address: str) -> datetime | None:
    """Return until when `address` gets no new session because a guest from there is blocked, or None."""
    moment: datetime | None = await db.fetch_value(
        f"""
        SELECT max(least(blocked_until, blocked_at + {_ADDRESS_BLOCK})) FROM chat_sessions
        WHERE address = $1 AND blocked_until > now() AND blocked_at > now() - {_ADDRESS_BLOCK}
        """,
        address,
    )
    return moment


async def insert_session(
    db: Executor, *, name: str, city: str | None, country: str | None, address: str, ttl: timedelta
) -> Record:
    """Insert a session; return `id` and `expires_at`."""
    row: Record = await db.fetch_row(
        """
        INSERT INTO chat_sessions (name, city, country, address, expires_at) VALUES ($1, $2, $3, $4, now() + $5)
        RETURNING id, expires_at
        """,
        name,
        city,
        country,
        address,
        ttl,
    )
    return row


async def find_guest(db: Executor, session_id: UUID) -> Record | None:
    """Return name, address, `is_live` and `blocked_until` (None: not blocked now) of a session, or None."""
    return await db.fetch_row(
        """
        SELECT name, address, expires_at > now() AS is_live,
               CASE WHEN blocked_until > now() THEN blocked_until END AS blocked_until
        FROM chat_sessions WHERE id = $1
        """,
        session_id,
    )


async def list_sessions(
    db: Executor, status: GuestStatus | None, *, limit: int, offset: int
) -> list[GuestRecord]:
    """Return a page of sessions, newest first."""
    where = f"WHERE {_STATUS_IS[status]}" if status else ""
    rows = await db.fetch(
        f"SELECT {_GUEST} FROM chat_sessions s {where} ORDER BY s.started_at DESC, s.id DESC LIMIT $1 OFFSET $2",
        limit,
        offset,
    )
    return [GuestRecord(**row) for row in rows]


async def count_sessions(db: Executor, status: GuestStatus | None) -> int:
    """Count the sessions of this status, which changes with time, so that the total is not cached."""
    where = f"WHERE {_STATUS_IS[status]}" if status else ""
    count: int = await db.fetch_value(f"SELECT count(*) FROM chat_sessions s {where}")
    return count


async def block_session(
    tx: Transaction, session_id: UUID, *, minutes: int, reason: str | None, account_id: int
) -> GuestRecord:
    """Block a session from now on, or extend its block. Raise NotFound."""
    row = await tx.fetch_row(
        f"""
        UPDATE chat_sessions s SET blocked_at = now(), blocked_until = now() + $2 * interval '1 minute',
            block_reason = $3, blocked_by = $4
        WHERE s.id = $1 RETURNING {_GUEST}
        """,
        session_id,
        float(minutes),
        reason,
        account_id,
    )
    if row is None:
        raise NotFound("There is no such chat session.")
    return GuestRecord(**row)


async def unblock_session(tx: Transaction, session_id: UUID) -> GuestRecord | None:
    """Lift a block; return None if there is none. Raise NotFound."""
    row = await tx.fetch_row(
        f"""
        UPDATE chat_sessions s SET blocked_at = NULL, blocked_until = NULL, block_reason = NULL, blocked_by = NULL
        WHERE s.id = $1 AND s.blocked_until > now() RETURNING {_GUEST}
        """,
        session_id,
    )
    if row is None and await find_guest(tx, session_id) is None:
        raise NotFound("There is no such chat session.")
    return GuestRecord(**row) if row else None


async def forget_addresses(db: Executor, older_than: timedelta) -> None:
    """Erase the addresses of unblocked sessions that ended longer ago than `older_than`."""
    await db.execute(
        """
        UPDATE chat_sessions SET address = NULL WHERE address IS NOT NULL AND expires_at < now() - $1::interval
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


async def erase_sessions(tx: Executor, session_ids: Sequence[UUID], name: str) -> tuple[int, list[Record]]:
    """Blank who had these sessions, and all that they wrote; they end.

    Return the number of sessions, and of each message its id and whether it was to be seen by all.
    """
    messages = await tx.fetch(
        """
        WITH written AS (
            SELECT id, status IN ('visible', 'flagged') AS was_public FROM chat_messages
            WHERE session_id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
        ), flags AS (
            UPDATE chat_flags SET reason = NULL WHERE session_id = ANY($1::uuid[])
        )
        UPDATE chat_messages m SET username = $2, city = NULL, country = NULL, message = '…', status = 'deleted',
            version = version + 1
        FROM written WHERE m.id = written.id RETURNING m.id, written.was_public
        """,
        list(session_ids),
        name,
    )
    tag = await tx.execute(
        """
        UPDATE chat_sessions SET name = $2, city = NULL, country = NULL, address = NULL,
            expires_at = least(expires_at, now())
        WHERE id = ANY($1::uuid[])
        """,
        list(session_ids),
        name,
    )
    return int(tag.rpartition(" ")[2]), messages
