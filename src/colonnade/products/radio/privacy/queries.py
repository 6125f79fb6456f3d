"""The chat sessions of somebody who left a contact with a song request."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.db import Executor
from colonnade.kernel.privacy import Subject
from colonnade.products.radio.songs.queries import LEFT

__all__ = ["list_session_ids"]


async def list_session_ids(db: Executor, subject: Subject) -> list[UUID]:
    """Return the ids of somebody's chat sessions, newest first.

    They are the one that they name, and those in which they asked for songs.
    """
    rows = await db.fetch(
        f"""
        SELECT s.id FROM chat_sessions s
        WHERE s.id = $3 OR s.id = ANY(ARRAY(SELECT chat_session_id FROM song_requests WHERE {LEFT}))
        ORDER BY s.started_at DESC, s.id DESC
        """,
        subject.email,
        subject.digits,
        subject.reference,
    )
    return [row["id"] for row in rows]
