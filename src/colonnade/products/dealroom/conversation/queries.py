"""All SQL of the conversation slice."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.db import Executor
from colonnade.products.dealroom.messages.queries import COLUMNS, message_of
from colonnade.products.dealroom.messages.schemas import Message

__all__ = ["find_unanswered"]


async def find_unanswered(db: Executor, session_id: UUID, message_id: int) -> Message | None:
    """Find a customer's message that is the last one of theirs, and that no person has answered."""
    row = await db.fetch_row(
        f"""
        SELECT {COLUMNS} FROM messages m WHERE m.id = $2 AND m.session_id = $1 AND m.deleted_at IS NULL
            AND NOT EXISTS (
                SELECT FROM messages o WHERE o.session_id = $1 AND o.seq > m.seq AND o.sender IN ('customer', 'human'))
        """,
        session_id,
        message_id,
    )
    return message_of(row) if row else None
