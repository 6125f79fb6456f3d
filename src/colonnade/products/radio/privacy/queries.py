"""The chat sessions of somebody who left a contact with a song request, or came in by e-mail address."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from colonnade.kernel.db import Executor

__all__ = ["list_session_ids"]


async def list_session_ids(
    db: Executor, songs: Sequence[UUID], reference: UUID | None, confirmed_by: bytes | None
) -> list[UUID]:
    """Return the ids of somebody's chat sessions, newest first.

    They are the one that `reference` names, those that their e-mail address let in (`confirmed_by`), and those in which
    they asked for these `songs`, or for the one that `reference` names.
    """
    rows = await db.fetch(
        """
        SELECT s.id FROM chat_sessions s
        WHERE s.id = $2 OR s.confirmed_by = $3 OR s.id = ANY(ARRAY(
            SELECT chat_session_id FROM song_requests
            WHERE id = ANY($1::uuid[]) OR id = $2 OR chat_session_id = $2))
        ORDER BY s.started_at DESC, s.id DESC
        """,
        list(songs),
        reference,
        confirmed_by,
    )
    return [row["id"] for row in rows]
