"""SQL of the messages that an item is about."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.messages.queries import COLUMNS, message_of
from colonnade.products.dealroom.messages.schemas import Message

__all__ = ["find_file_place", "find_told", "is_overtaken", "list_changes", "lock_told"]


async def lock_told(
    tx: Transaction, channel_id: int, provider_message_id: str, *, ours: bool
) -> Message | None:
    """Lock the customer's message (or, with `ours`, our message) with this id, its session first."""
    row = await tx.fetch_row(
        f"""
        SELECT {COLUMNS} FROM messages m JOIN chat_sessions s ON s.id = m.session_id
        WHERE m.channel_id = $1 AND m.provider_message_id = $2 AND (m.sender <> 'customer') = $3
        FOR NO KEY UPDATE OF s, m
        """,
        channel_id,
        provider_message_id,
        ours,
    )
    return message_of(row) if row else None


async def find_told(tx: Transaction, channel_id: int, provider_message_id: str) -> tuple[bool, bool]:
    """Return whether the channel has a message with this id, and whether one with it was revoked before it came."""
    row = await tx.fetch_row(
        """
        SELECT EXISTS (SELECT FROM messages WHERE channel_id = $1 AND provider_message_id = $2),
            EXISTS (SELECT FROM webhook_items WHERE channel_id = $1 AND provider_id = $2 AND kind LIKE '%.revoke')
        """,
        channel_id,
        provider_message_id,
    )
    assert row is not None
    return row[0], row[1]


async def list_changes(
    tx: Transaction, session_id: UUID, original_id: str, *, ours: bool
) -> list[tuple[str, str]]:
    """List edits and revocations in a session that came before their message, by the provider's clock."""
    rows = await tx.fetch(
        """
        SELECT kind, content FROM messages
        WHERE session_id = $1 AND kind IN ('edit', 'revoke') AND data->>'originalMessageId' = $2
            AND deleted_at IS NULL AND (sender <> 'customer') = $3
        ORDER BY provider_time NULLS FIRST, seq
        """,
        session_id,
        original_id,
        ours,
    )
    return [(row["kind"], row["content"]) for row in rows]


async def is_overtaken(
    tx: Transaction, channel_id: int, message: Message, original_id: str, at: datetime
) -> bool:
    """Return whether a message is known to be edited later than `at`, by the provider's clock."""
    found: bool = await tx.fetch_value(
        """
        SELECT EXISTS (SELECT FROM webhook_items
                WHERE channel_id = $1 AND provider_id = $2 AND kind LIKE '%.edit' AND provider_time > $3)
            OR EXISTS (SELECT FROM messages
                WHERE session_id = $4 AND kind = 'edit' AND data->>'originalMessageId' = $2 AND deleted_at IS NULL
                    AND (sender <> 'customer') = $5 AND provider_time > $3)
        """,
        channel_id,
        original_id,
        at,
        message.session_id,
        message.sender != "customer",
    )
    return found


async def find_file_place(tx: Transaction, message_id: int) -> tuple[int, str, str | None, str] | None:
    """Find where the file of a customer's message is: its channel, the provider's id, its name and its kind."""
    row = await tx.fetch_row(
        """
        SELECT channel_id, data->'media'->>'id' AS media_id, data->'media'->>'name' AS name,
            coalesce(data->'media'->>'kind', 'document') AS kind
        FROM messages WHERE id = $1 AND channel_id IS NOT NULL AND data->'media'->>'id' IS NOT NULL
        """,
        message_id,
    )
    return (row["channel_id"], row["media_id"], row["name"], row["kind"]) if row else None
