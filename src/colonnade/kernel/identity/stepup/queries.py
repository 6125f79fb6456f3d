"""SQL of step-up."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.db import Executor

__all__ = ["mark_verified"]


async def mark_verified(db: Executor, session_id: UUID) -> None:
    """Record that this session was verified just now."""
    await db.execute(
        "UPDATE account_sessions SET verified_at = now() WHERE id = $1 AND revoked_at IS NULL", session_id
    )
