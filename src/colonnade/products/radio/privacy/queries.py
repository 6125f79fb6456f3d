"""The chat sessions of somebody who left a contact with a song request."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from colonnade.kernel.db import Executor

__all__ = ["list_session_ids"]


async def list_session_ids(db: Executor, songs: Sequence[UUID], reference: UUID | None) -> list[UUID]:
    """Return the ids of somebody's chat sessions, newest first.

    They are the one that `reference` names, and those in which they asked for these `songs`, or for the one that it
    names.
    """
    rows = await db.fetch(
        """
        SELECT s.id FROM chat_sessions s
        WHERE s.id = $2 OR s.id = ANY(ARRAY(
            SELECT chat_session_id FROM song_requests
            WHERE id = ANY($1::uuid[]) OR id = $2 OR chat_session_id = $2))
        ORDER BY s.started_at DESC, s.id DESC
        """,
        list(songs),
        reference,
    )
    return [row["id"] for row in rows]
