"""The SQL that reads revisions: who changed a message, when, and from what."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from colonnade.kernel.db import Executor, Record
from colonnade.products.dealroom.messages.schemas import MessageNotFound, Revision

__all__ = ["collect_revisions", "list_former_contents", "list_revisions", "list_session_revisions"]

_COLUMNS = (
    "r.link, r.message_id, r.version, r.kind, r.actor, r.at, r.words AND r.before IS NULL AS erased, r.before"
)

_HIDDEN: Final = frozenset({"media_key", "channel_id"})
"""Former values that no field of a message shows."""

_NAMES: Final = {
    "phone": "phoneNumber",
    "phone_typed": "phoneNumberTyped",
    "media_mimetype": "mediaMimeType",
    "media_name": "fileName",
    "media_size_bytes": "fileSizeBytes",
}
"""The fields whose names are not those of their columns."""


def _revision(row: Record) -> Revision:
    before = row["before"]
    return Revision(
        number=row["link"],
        message_id=row["message_id"],
        version=row["version"],
        kind=row["kind"],
        by=row["actor"],
        at=row["at"],
        erased=row["erased"],
        before=None if before is None else {_field(k): v for k, v in before.items() if k not in _HIDDEN},
    )


def _field(column: str) -> str:
    head, *rest = column.split("_")
    return _NAMES.get(column) or head + "".join(part.title() for part in rest)


async def list_revisions(
    db: Executor, owner_id: int, message_id: int, *, after: int, limit: int
) -> list[Revision]:
    """List the revisions of a message of the owner's sessions, with numbers above `after`. Raise MessageNotFound."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM messages m JOIN chat_sessions s ON s.id = m.session_id LEFT JOIN LATERAL (
            SELECT * FROM message_revisions WHERE message_id = m.id AND link > $3 ORDER BY link LIMIT $4
        ) r ON true
        WHERE m.id = $1 AND s.owner_id = $2 ORDER BY r.link
        """,
        message_id,
        owner_id,
        after,
        limit,
    )
    if not rows:
        raise MessageNotFound
    return [_revision(row) for row in rows if row["link"] is not None]


async def list_session_revisions(db: Executor, session_id: UUID, *, after: int, limit: int) -> list[Revision]:
    """List the revisions of a session's messages, with numbers above `after`."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM message_revisions r WHERE r.session_id = $1 AND r.link > $2 ORDER BY r.link LIMIT $3",
        session_id,
        after,
        limit,
    )
    return [_revision(row) for row in rows]


async def list_former_contents(db: Executor, message_id: int) -> list[str]:
    """List the texts that a message has had before its edits."""
    rows = await db.fetch(
        "SELECT before ->> 'content' AS content FROM message_revisions WHERE message_id = $1 AND before ? 'content'",
        message_id,
    )
    return [row["content"] for row in rows if row["content"] is not None]


async def collect_revisions(db: Executor, owner_id: int) -> list[dict[str, Any]]:
    """Return the revisions of the messages in the owner's sessions for their export."""
    rows = await db.fetch(
        f"""
        SELECT r.session_id, {_COLUMNS} FROM message_revisions r JOIN chat_sessions s ON s.id = r.session_id
        WHERE s.owner_id = $1 ORDER BY r.session_id, r.link
        """,
        owner_id,
    )
    return [dict(row) for row in rows]
