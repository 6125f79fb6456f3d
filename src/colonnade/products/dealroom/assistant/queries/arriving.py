"""SQL of what a session's contact has said in large bodies that are being received."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.db import Executor

__all__ = ["ARRIVING", "is_still_arriving"]

ARRIVING = """EXISTS (
        SELECT FROM channel_contacts b JOIN webhook_delivery_people p
            ON p.channel_id = b.channel_id AND p.person = ANY (ARRAY[b.wa_id, b.user_id])
        WHERE b.session_id = $1)"""
"""Whether a body waits that says more of the contact of a session ($1)."""


async def is_still_arriving(db: Executor, session_id: UUID) -> bool:
    """Return whether more of a session's contact was delivered and is not in the record yet."""
    found: bool = await db.fetch_value(f"SELECT {ARRIVING}", session_id)
    return found
