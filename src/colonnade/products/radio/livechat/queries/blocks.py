"""All SQL of blocks: whom they keep out, and what they hide."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from colonnade.kernel.db import Executor, Transaction
from colonnade.products.radio.livechat.queries.guests import GUEST_COLUMNS, stored_guest
from colonnade.products.radio.livechat.schemas.blocks import BlockScope, Found, Removed, StoredGuest

__all__ = ["block_sessions", "find_block", "hide_messages", "lock_affected", "unblock_sessions"]

_ADDRESS_BLOCK = "interval '24 hours'"
"""The longest block of a guest's address: carriers and households share addresses."""


async def find_block(db: Executor, *, address: str, device: str | None, email: bytes | None) -> Found | None:
    """Return what keeps a visitor out who comes from `address`, or None: a device or e-mail address before the address.

    A device and a confirmed e-mail address (its keyed hash) are one person's, and blocked for as long as the session.
    """
    row = await db.fetch_row(
        f"""
        SELECT max(blocked_until) FILTER (WHERE confirmed_by = $3) AS email,
            max(blocked_until) FILTER (WHERE device = $2 AND block_scope IS DISTINCT FROM 'session') AS device,
            max(least(blocked_until, blocked_at + {_ADDRESS_BLOCK})) FILTER (
                WHERE address = $1 AND block_scope IS DISTINCT FROM 'session'
                AND blocked_at > now() - {_ADDRESS_BLOCK}) AS address
        FROM chat_sessions WHERE blocked_until > now() AND (address = $1 OR device = $2 OR confirmed_by = $3)
        """,
        address,
        device,
        email,
    )
    assert row is not None
    if row["email"] is not None:
        return Found("email", row["email"])
    if row["device"] is not None:
        return Found("device", row["device"])
    return None if row["address"] is None else Found("address", row["address"])


async def lock_affected(
    tx: Transaction, session_id: UUID, *, scope: BlockScope, also: Sequence[UUID]
) -> list[UUID]:
    """Return the sessions that a block is of, locked against messages: that one, those named, and its device's."""
    rows = await tx.fetch(
        """
        SELECT s.id FROM chat_sessions s
        WHERE s.id = $1 OR s.id = ANY($2::uuid[])
           OR ($3 = 'address' AND s.expires_at > now()
               AND s.device = (SELECT device FROM chat_sessions WHERE id = $1))
        ORDER BY s.id FOR NO KEY UPDATE
        """,
        session_id,
        list(also),
        scope,
    )
    return [row["id"] for row in rows]


async def block_sessions(
    tx: Transaction,
    ids: Sequence[UUID],
    *,
    minutes: int,
    reason: str | None,
    scope: BlockScope,
    account_id: int,
) -> dict[UUID, StoredGuest]:
    """Block sessions from now on, or extend their blocks; return them by id."""
    rows = await tx.fetch(
        f"""
        UPDATE chat_sessions s SET blocked_at = now(), blocked_until = now() + $2 * interval '1 minute',
            block_reason = $3, blocked_by = $4, block_scope = $5
        WHERE s.id = ANY($1::uuid[]) RETURNING {GUEST_COLUMNS}
        """,
        list(ids),
        float(minutes),
        reason,
        account_id,
        scope,
    )
    found = [stored_guest(row) for row in rows]
    return {each.record.session_id: each for each in found}


async def hide_messages(
    tx: Transaction, ids: Sequence[UUID], *, account_id: int, reason: str | None
) -> list[Removed]:
    """Hide what these sessions have written and is not hidden; return what that was, oldest first."""
    rows = await tx.fetch(
        """
        WITH shown AS (
            SELECT id, status FROM chat_messages
            WHERE session_id = ANY($1::uuid[]) AND status IN ('pending', 'visible', 'flagged')
            ORDER BY id FOR UPDATE
        ), hidden AS (
            UPDATE chat_messages m SET status = 'hidden', moderated_by = $2, moderated_at = now(),
                moderation_reason = $3, version = version + 1
            FROM shown WHERE m.id = shown.id RETURNING m.id, m.session_id, shown.status AS before
        )
        SELECT id::text, session_id, before FROM hidden ORDER BY hidden.id
        """,
        list(ids),
        account_id,
        reason,
    )
    return [Removed(**row) for row in rows]


async def unblock_sessions(tx: Transaction, session_id: UUID) -> dict[UUID, StoredGuest]:
    """Lift a block from all sessions that were blocked with it at once; return them, none if there is no block."""
    rows = await tx.fetch(
        f"""
        UPDATE chat_sessions s SET blocked_at = NULL, blocked_until = NULL, block_reason = NULL, blocked_by = NULL,
            block_scope = NULL, address = CASE WHEN erased_at IS NULL THEN s.address END,
            device = CASE WHEN erased_at IS NULL THEN s.device END,
            confirmed_by = CASE WHEN erased_at IS NULL THEN s.confirmed_by END
        FROM (SELECT blocked_at, blocked_by FROM chat_sessions WHERE id = $1 AND blocked_until > now()) b
        WHERE s.blocked_at = b.blocked_at AND s.blocked_by IS NOT DISTINCT FROM b.blocked_by
        RETURNING {GUEST_COLUMNS}
        """,
        session_id,
    )
    found = [stored_guest(row) for row in rows]
    return {each.record.session_id: each for each in found}
