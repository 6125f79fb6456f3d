"""All SQL of the song requests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Transaction
from colonnade.products.radio.songs.schemas import (
    SongRequest,
    SongRequestCreate,
    SongRequestState,
    SongStatus,
)

__all__ = [
    "ERASED_NAME",
    "SONGS_OF",
    "claim_turn",
    "count_requests",
    "decide",
    "erase_left",
    "expire_requests",
    "fetch_state",
    "find_left",
    "find_wait",
    "forget_listeners",
    "insert_request",
    "list_contacts",
    "list_in_sessions",
    "list_requests",
    "list_requests_after",
    "mark_played",
    "redact_contacts",
    "seconds_until_room",
]

SONGS_OF = """
SELECT id, song_title, artist, status, reject_reason, decided_at
FROM song_requests WHERE decided_by = $1 ORDER BY created_at, id
"""
"""The requests that an account has decided, as its export shows them."""

_STATE = "id, song_title, artist, status, created_at, decided_at, played_at, reject_reason"
_REQUEST = """id, song_title, artist, requester_name, message, contact, chat_session_id, status, decided_by, decided_at,
    reject_reason, played_at, created_at,
    (SELECT p.name FROM onair_requests o JOIN presenters p ON p.id = o.presenter_id
     WHERE o.kind = 'song' AND o.item_id = song_requests.id) AS presenter"""

ERASED_NAME = "Deleted listener"
_NAMED = "(id = ANY($1::uuid[]) OR id = $2 OR chat_session_id = $2)"
_THEIRS = (
    f"({_NAMED} OR chat_session_id = ANY(ARRAY(SELECT chat_session_id FROM song_requests WHERE {_NAMED})))"
)
"""SQL for all of a person's: those that name them (by contact, $1, or by their own id or that of the chat session),
and what else was asked for in the same chat sessions."""


_LISTENERS = """(
    SELECT $1::text AS listener, $2::text AS address
    UNION ALL SELECT 'device:' || device, NULL FROM chat_sessions WHERE id = $3 AND device IS NOT NULL
)"""
"""A listener, and the device that a chat session was begun on, which is counted along with it."""


async def claim_turn(
    tx: Transaction, listener: str, address: str | None, session_id: UUID | None, pause: timedelta
) -> bool:
    """Record that the listener asks now, from `address`, and the chat session's device with it.

    Return False, whereupon the transaction is to be given up, unless the pause of both is over.
    """
    claimed: bool = await tx.fetch_value(
        f"""
        WITH listeners AS MATERIALIZED {_LISTENERS}, claimed AS (
            INSERT INTO song_listeners AS l (listener, address, asked_at)
            SELECT listener, address, now() FROM listeners ORDER BY listener
            ON CONFLICT (listener) DO UPDATE SET asked_at = excluded.asked_at, address = excluded.address
            WHERE l.asked_at <= excluded.asked_at - $4::interval
            RETURNING l.listener
        )
        SELECT (SELECT count(*) FROM claimed) = (SELECT count(*) FROM listeners)
        """,
        listener,
        address,
        session_id,
        pause,
    )
    return claimed


async def seconds_until_room(tx: Transaction, address: str, pause: timedelta, *, most: int) -> float | None:
    """Return None if at most `most` have asked from `address` within the pause, else how long until one may again.

    Those who ask from there at the same time wait for each other until the transaction ends.
    """
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 16))", f"songs of {address}")
    seconds: float | None = await tx.fetch_value(
        """
        SELECT extract(epoch FROM asked_at + $2::interval - now())::float8 FROM song_listeners
        WHERE address = $1 AND asked_at > now() - $2::interval ORDER BY asked_at DESC OFFSET $3 LIMIT 1
        """,
        address,
        pause,
        most,
    )
    return seconds


async def find_wait(
    db: Executor, listener: str, session_id: UUID | None, pause: timedelta
) -> tuple[str, float]:
    """Return who must still wait, the listener or the chat session's device, and how many seconds."""
    row = await db.fetch_row(
        f"""
        SELECT listener, extract(epoch FROM asked_at + $4::interval - now())::float8 AS seconds
        FROM {_LISTENERS} AS asking JOIN song_listeners l USING (listener) ORDER BY asked_at DESC LIMIT 1
        """,
        listener,
        None,
        session_id,
        pause,
    )
    return (listener, 0.0) if row is None else (row["listener"], row["seconds"])


async def insert_request(
    tx: Transaction, data: SongRequestCreate, chat_session_id: UUID | None
) -> SongRequest:
    """Insert a pending request."""
    row = await tx.fetch_row(
        f"""
        INSERT INTO song_requests (song_title, artist, requester_name, message, contact, chat_session_id)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING {_REQUEST}
        """,
        data.song_title,
        data.artist,
        data.requester_name,
        data.message,
        data.contact,
        chat_session_id,
    )
    assert row is not None
    return SongRequest(**row)


async def fetch_state(db: Executor, request_id: UUID) -> SongRequestState:
    """Return the part of a request that its requester may see. Raise NotFound."""
    row = await db.fetch_row(f"SELECT {_STATE} FROM song_requests WHERE id = $1", request_id)
    if row is None:
        raise NotFound("There is no such song request.")
    return SongRequestState(**row)


async def list_requests(
    db: Executor, status: SongStatus | None, *, limit: int, offset: int
) -> list[SongRequest]:
    """Return a page of requests, newest first."""
    where, args = ("WHERE status = $3", [status]) if status else ("", [])
    rows = await db.fetch(
        f"SELECT {_REQUEST} FROM song_requests {where} ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2",
        limit,
        offset,
        *args,
    )
    return [SongRequest(**row) for row in rows]


async def list_requests_after(
    db: Executor, status: SongStatus | None, last: SongRequest | None, *, limit: int
) -> list[SongRequest]:
    """Return the requests after `last`, oldest first, or the first ones."""
    rows = await db.fetch(
        f"SELECT {_REQUEST} FROM song_requests WHERE ($1::text IS NULL OR status = $1) "
        "AND ($2::timestamptz IS NULL OR (created_at, id) > ($2, $3::uuid)) ORDER BY created_at, id LIMIT $4",
        status,
        None if last is None else last.created_at,
        None if last is None else last.id,
        limit,
    )
    return [SongRequest(**row) for row in rows]


async def count_requests(db: Executor, status: SongStatus | None) -> int:
    """Count the requests of this status."""
    where, args = ("WHERE status = $1", [status]) if status else ("", [])
    count: int = await db.fetch_value(f"SELECT count(*) FROM song_requests {where}", *args)
    return count


async def decide(
    tx: Transaction, request_id: UUID, status: SongStatus, account_id: int, reason: str | None
) -> SongRequest | None:
    """Approve or reject a pending request; return None for any other."""
    row = await tx.fetch_row(
        f"""
        UPDATE song_requests SET status = $2, decided_by = $3, decided_at = now(), reject_reason = $4
        WHERE id = $1 AND status = 'pending' RETURNING {_REQUEST}
        """,
        request_id,
        status,
        account_id,
        reason,
    )
    return SongRequest(**row) if row else None


async def mark_played(tx: Transaction, request_id: UUID) -> SongRequest | None:
    """Mark an approved request as played; return None for any other."""
    row = await tx.fetch_row(
        f"""
        UPDATE song_requests SET status = 'played', played_at = now()
        WHERE id = $1 AND status = 'approved' RETURNING {_REQUEST}
        """,
        request_id,
    )
    return SongRequest(**row) if row else None


async def expire_requests(tx: Transaction, older_than: timedelta) -> list[UUID]:
    """Expire requests that have been pending for longer than this since a presenter could decide; return their ids."""
    rows = await tx.fetch(
        """
        UPDATE song_requests SET status = 'expired', decided_at = now()
        WHERE status = 'pending' AND created_at <= now() - $1::interval AND NOT EXISTS (
            SELECT FROM onair_requests o
            WHERE o.kind = 'song' AND o.item_id = song_requests.id AND o.first_starts_at > now() - $1::interval)
        RETURNING id
        """,
        older_than,
    )
    return [row["id"] for row in rows]


async def redact_contacts(db: Executor, older_than: timedelta) -> None:
    """Erase the contacts of requests older than this."""
    await db.execute(
        "UPDATE song_requests SET contact = NULL WHERE contact IS NOT NULL AND created_at < now() - $1::interval",
        older_than,
    )


async def forget_listeners(db: Executor, older_than: timedelta) -> None:
    """Delete the listeners' times of asking older than this."""
    await db.execute("DELETE FROM song_listeners WHERE asked_at < now() - $1::interval", older_than)


async def list_contacts(
    db: Executor, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[datetime, UUID, str]]:
    """Return when requests with a contact came, their ids and their contacts, newest first.

    `after` is the last one of the page before.
    """
    rows = await db.fetch(
        """
        SELECT created_at, id, contact FROM song_requests
        WHERE contact IS NOT NULL AND ($1::timestamptz IS NULL OR (created_at, id) < ($1, $2::uuid))
        ORDER BY created_at DESC, id DESC LIMIT $3
        """,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [(row["created_at"], row["id"], row["contact"]) for row in rows]


async def list_in_sessions(db: Executor, confirmed_by: bytes | None) -> list[UUID]:
    """Return the ids of the requests of chat sessions that this address let in, or that this transaction has erased."""
    rows = await db.fetch(
        """
        SELECT id FROM song_requests WHERE chat_session_id = ANY(ARRAY(
            SELECT id FROM chat_sessions WHERE confirmed_by = $1 OR erased_at = now()))
        """,
        confirmed_by,
    )
    return [row["id"] for row in rows]


async def find_left(
    db: Executor, named: Sequence[UUID], reference: UUID | None, *, limit: int
) -> list[dict[str, Any]]:
    """Return somebody's requests, newest first: those that are `named`, and what belongs to them."""
    rows = await db.fetch(
        f"SELECT {_REQUEST} FROM song_requests WHERE {_THEIRS} ORDER BY created_at DESC, id DESC LIMIT $3",
        list(named),
        reference,
        limit,
    )
    return [dict(row) for row in rows]


async def erase_left(
    tx: Transaction, named: Sequence[UUID], reference: UUID | None
) -> list[tuple[UUID, SongStatus]]:
    """Blank who sent somebody's requests and what they wrote; the songs stay.

    Return id and status of those that had any of it.
    """
    rows = await tx.fetch(
        f"""
        UPDATE song_requests SET requester_name = $3, message = NULL, contact = NULL, chat_session_id = NULL
        WHERE {_THEIRS} AND (requester_name <> $3 OR num_nonnulls(message, contact, chat_session_id) > 0)
        RETURNING id, status
        """,
        list(named),
        reference,
        ERASED_NAME,
    )
    return [(row["id"], row["status"]) for row in rows]
