"""SQL of the statuses of messages that we sent."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.db import Executor, Transaction
from colonnade.products.dealroom.sending.queries.statuses import Told
from colonnade.products.dealroom.webhooks.schemas import StatusEntry

__all__ = ["collect_statuses", "insert_status", "list_statuses"]


async def insert_status(tx: Transaction, message_id: int, told: Told) -> None:
    """Keep what the provider said of a message; the first of a status stays."""
    await tx.execute(
        """
        INSERT INTO message_statuses (message_id, status, provider_time, pricing, conversation, errors)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
        """,
        message_id,
        told.status,
        told.at,
        told.pricing,
        told.conversation,
        told.errors,
    )


async def list_statuses(db: Executor, message_id: int) -> list[StatusEntry]:
    """List what the provider said of a message, in the order in which it came."""
    rows = await db.fetch(
        """
        SELECT status, provider_time, pricing, conversation, errors, received_at FROM message_statuses
        WHERE message_id = $1 ORDER BY received_at, provider_time, status
        """,
        message_id,
    )
    return [StatusEntry(*row) for row in rows]


async def collect_statuses(db: Executor, owner_id: int) -> list[dict[str, Any]]:
    """Return the statuses of the owner's messages for their export."""
    rows = await db.fetch(
        """
        SELECT t.message_id, t.status, t.provider_time, t.pricing, t.conversation, t.errors
        FROM message_statuses t JOIN messages m ON m.id = t.message_id WHERE m.owner_id = $1
        ORDER BY t.message_id, t.received_at
        """,
        owner_id,
    )
    return [dict(row) for row in rows]
