"""Finds what a customer is shown of the owner's reading and writing."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from colonnade.kernel.db import Executor

__all__ = ["Shown", "find_shown", "note_receipt"]


class Shown(Struct, frozen=True):
    """A customer's message that is shown as read, with its channel and the contact."""

    channel_id: int
    contact_id: int
    message_id: int
    provider_message_id: str


async def find_shown(db: Executor, session_id: UUID, *, typing: bool) -> Shown | None:
    """Find the customer's last message that was read, unless they were told; with `typing`, their last message.

    None if the channel does not show this, is disabled or paused.
    """
    row = await db.fetch_row(
        """
        SELECT c.channel_id, c.id AS contact_id, m.id AS message_id, m.provider_message_id
        FROM channel_contacts c JOIN channels ch ON ch.id = c.channel_id JOIN chat_sessions s ON s.id = c.session_id
        CROSS JOIN LATERAL (
            SELECT id, provider_message_id FROM messages
            WHERE session_id = c.session_id AND sender = 'customer' AND channel_id = c.channel_id
                AND provider_message_id IS NOT NULL AND (seq <= s.read_seq OR $2)
            ORDER BY seq DESC LIMIT 1
        ) m
        WHERE c.session_id = $1 AND ch.state NOT IN ('disabled', 'released') AND ch.paused_until IS NULL
            AND CASE WHEN $2 THEN ch.typing_indicator
                ELSE ch.read_receipts AND m.id > coalesce(c.receipt_message_id, 0) END
        """,
        session_id,
        typing,
    )
    return Shown(**row) if row else None


async def note_receipt(db: Executor, shown: Shown) -> None:
    """Record that the customer was told that they are read up to this message."""
    await db.execute(
        "UPDATE channel_contacts SET receipt_message_id = greatest(receipt_message_id, $2) WHERE id = $1",
        shown.contact_id,
        shown.message_id,
    )
