"""All SQL about the messages that customers of a channel sent, or were sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from colonnade.kernel.db import Executor, Transaction
from colonnade.products.dealroom.messages.queries import COLUMNS, message_of
from colonnade.products.dealroom.messages.schemas import Message

__all__ = [
    "close_window",
    "find_message_id",
    "is_sending",
    "lock_incoming",
    "lock_pending",
    "lock_sent",
    "open_window",
]

WINDOW = timedelta(hours=24)
"""How long after a customer's message the provider accepts anything but templates."""


async def open_window(tx: Transaction, session_id: UUID, written_at: datetime | None) -> None:
    """Note that the session's contact wrote at the provider's time: for a day they can be sent anything.

    A time that is still to come counts as now, as does an unknown one; a message that came late closes no window.
    """
    await tx.execute(
        """
        UPDATE channel_contacts SET window_ends_at = least($3, now()) + $2::interval
        WHERE session_id = $1
            AND coalesce(window_ends_at < least($3, now()) + $2::interval - interval '10 seconds', true)
        """,
        session_id,
        WINDOW,
        written_at,
    )


async def close_window(tx: Transaction, message_id: int) -> tuple[int, UUID] | None:
    """Note that the provider refuses a message because the day is over, unless the customer has written since.

    Return the ids of owner and session if the window was open.
    """
    row = await tx.fetch_row(
        """
        UPDATE channel_contacts c SET window_ends_at = m.created_at - interval '1 second' FROM messages m
        WHERE m.id = $1 AND c.session_id = m.session_id AND c.window_ends_at >= m.created_at
            AND c.window_ends_at < m.created_at + $2::interval
        RETURNING m.owner_id, m.session_id
        """,
        message_id,
        WINDOW,
    )
    return (row[0], row[1]) if row else None


async def find_message_id(
    db: Executor, channel_id: int, session_id: UUID, provider_message_id: str
) -> int | None:
    """Find the message of a session by the provider's id."""
    id_: int | None = await db.fetch_value(
        "SELECT id FROM messages WHERE channel_id = $1 AND provider_message_id = $2 AND session_id = $3",
        channel_id,
        provider_message_id,
        session_id,
    )
    return id_


async def lock_sent(tx: Transaction, channel_id: int, provider_message_id: str) -> int | None:
    """Lock a message that we sent, its session first, and return its id; None for one that is not ours."""
    id_: int | None = await tx.fetch_value(
        """
        SELECT m.id FROM messages m JOIN chat_sessions s ON s.id = m.session_id
        WHERE m.channel_id = $1 AND m.provider_message_id = $2 AND m.sender <> 'customer'
        FOR NO KEY UPDATE OF s, m
        """,
        channel_id,
        provider_message_id,
    )
    return id_


async def is_sending(db: Executor, channel_id: int, wa_id: str | None, user_id: str | None) -> bool:
    """Return whether a message to whoever has this number or id is being sent now."""
    found: bool = await db.fetch_value(
        """
        SELECT EXISTS (SELECT FROM channel_contacts
            WHERE channel_id = $1 AND (wa_id = $2 OR user_id = $3) AND run IS NOT NULL AND busy_until > now())
        """,
        channel_id,
        wa_id,
        user_id,
    )
    return found


async def lock_pending(
    tx: Transaction, channel_id: int
) -> tuple[list[tuple[UUID, int]], list[tuple[UUID, int]]]:
    """Lock a channel's pending messages, their sessions first; return those being sent just now, and the others.

    Each is its session and its id, in the order of writing. Until the transaction ends, no run begins to send another.
    """
    sessions = await tx.fetch(
        """
        SELECT id FROM chat_sessions
        WHERE id IN (SELECT session_id FROM messages WHERE channel_id = $1 AND status = 'pending')
        ORDER BY id FOR NO KEY UPDATE
        """,
        channel_id,
    )
    rows = await tx.fetch(
        """
        WITH c AS MATERIALIZED (
            SELECT session_id, sending_id FROM channel_contacts WHERE channel_id = $1 AND session_id = ANY ($2)
            ORDER BY id FOR NO KEY UPDATE
        )
        SELECT m.session_id, m.id, coalesce(c.sending_id = m.id, false) AS sending
        FROM messages m LEFT JOIN c ON c.session_id = m.session_id
        WHERE m.channel_id = $1 AND m.status = 'pending' AND m.session_id = ANY ($2) ORDER BY m.id
        """,
        channel_id,
        [row["id"] for row in sessions],
    )
    pending = [(row["session_id"], row["id"], row["sending"]) for row in rows]
    return [each[:2] for each in pending if each[2]], [each[:2] for each in pending if not each[2]]


async def lock_incoming(tx: Transaction, message_id: int) -> Message | None:
    """Lock a customer's message that still lacks its file, its session first; None if it has it, or was deleted."""
    row = await tx.fetch_row(
        f"""
        SELECT {COLUMNS} FROM messages m JOIN chat_sessions s ON s.id = m.session_id
        WHERE m.id = $1 AND m.media_key IS NULL AND m.deleted_at IS NULL FOR NO KEY UPDATE OF s, m
        """,
        message_id,
    )
    return message_of(row) if row else None
