"""The SQL that reads messages. Out of scope: new ones (`inserting`), changes (`revising`), the check (`verifying`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, structs

from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.products.dealroom.messages.schemas import (
    SILENT_KINDS,
    FoundMessage,
    Message,
    MessageError,
    MessageNotFound,
)
from colonnade.products.dealroom.sessions.schemas import SessionNotFound
from colonnade.products.dealroom.shared.queries import find_said
from colonnade.products.dealroom.shared.rules.places import media_path

__all__ = [
    "COLUMNS",
    "MEDIA_URL",
    "SILENT",
    "collect_messages",
    "fetch_message",
    "find_file_key",
    "find_media",
    "find_owner",
    "has_receiver",
    "is_of_channel",
    "list_batch",
    "list_messages",
    "list_own_messages",
    "list_quoted",
    "lock_message",
    "message_of",
    "search_messages",
]

_MEDIA_PATH = media_path("' || m.id || '")
MEDIA_URL = (
    "CASE WHEN m.media_state = 'quarantined' THEN NULL WHEN m.media_key IS NULL THEN m.media_url "
    f"ELSE '{_MEDIA_PATH}' END"
)
"""The address of a message's media: elsewhere, or the path of the stored file, unless that is dangerous."""

SILENT = f"'{{{','.join(sorted(SILENT_KINDS))}}}'"
"""SILENT_KINDS as an array of SQL."""

# The fields of Message in order, which `message_of` relies on.
COLUMNS = f"""m.id, m.session_id, m.seq, m.sender, m.sender_name, m.phone, m.phone_typed, m.type, m.content,
    {MEDIA_URL} AS media_url, m.media_mimetype, m.media_name, m.media_size_bytes, m.reply_to_id, m.client_message_id,
    m.provider_message_id, m.status, m.version, m.created_at, m.edited_at, m.deleted_at,
    m.kind, m.data, m.provider_time, m.late, m.media_state, m.media_error,
    CASE WHEN m.error_code IS NOT NULL THEN ARRAY[m.error_code, coalesce(m.error_reason, '')] END"""
_FIELDS = len(Message.__struct_fields__)
_ALWAYS = _FIELDS - len(Message.__struct_defaults__)
_NOTHING = (None,) * (_FIELDS - _ALWAYS)
_OWN = "messages m JOIN chat_sessions s ON s.id = m.session_id AND s.owner_id = $2"


def message_of(row: Record) -> Message:
    """Return the message in a row that begins with COLUMNS."""
    said = row[_ALWAYS:_FIELDS]
    if said == _NOTHING:
        return Message(*row[:_ALWAYS])
    given: list[Any] = [UNSET if value is None else value for value in said]
    if given[-1] is not UNSET:
        given[-1] = MessageError(*given[-1])
    return Message(*row[:_ALWAYS], *given)


async def list_messages(
    db: Executor,
    owner_id: int,
    session_id: UUID,
    *,
    before: int | None,
    after: int | None,
    limit: int,
    by_provider: bool = False,
) -> list[Message]:
    """List messages in ascending order: the first after number `after`, else the last (before `before`).

    The order is that in which they came or, with `by_provider`, were written: by the provider's time, or ours for those
    of which it says none. `before` and `after` name messages in either. Raise SessionNotFound.
    """
    forward = after is not None
    if by_provider:
        given = after if after is not None else before
        rows = await db.fetch(_BY_PROVIDER[forward], session_id, owner_id, given or None, limit)
        return _listed(rows)
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS} FROM chat_sessions s LEFT JOIN LATERAL (
            SELECT * FROM messages WHERE session_id = s.id AND seq > $3 AND seq < $4
            ORDER BY seq {"ASC" if forward else "DESC"} LIMIT $5
        ) m ON true
        WHERE s.id = $1 AND s.owner_id = $2 ORDER BY m.seq
        """,
        session_id,
        owner_id,
        after or 0,
        before if before is not None else 2**63 - 1,
        limit,
    )
    return _listed(rows)


async def list_quoted(db: Executor, session_id: UUID, ids: Sequence[int]) -> list[Message]:
    """List these messages of a session in ascending order; without a statement if there are none."""
    if not ids:
        return []
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM messages m WHERE m.session_id = $1 AND m.id = ANY ($2) ORDER BY m.seq",
        session_id,
        list(ids),
    )
    return [message_of(row) for row in rows]


_WRITTEN = "coalesce({0}.provider_time, {0}.created_at), {0}.seq"
_BY_PROVIDER = {
    forward: f"""
        SELECT {COLUMNS} FROM chat_sessions s LEFT JOIN LATERAL (
            SELECT o.* FROM messages o LEFT JOIN messages mark ON mark.session_id = $1 AND mark.seq = $3
            WHERE o.session_id = s.id AND ($3::bigint IS NULL
                OR ({_WRITTEN.format("o")}) {sign} ({_WRITTEN.format("mark")}))
            ORDER BY coalesce(o.provider_time, o.created_at) {way}, o.seq {way} LIMIT $4
        ) m ON true
        WHERE s.id = $1 AND s.owner_id = $2 ORDER BY coalesce(m.provider_time, m.created_at), m.seq
        """
    for forward, sign, way in ((True, ">", "ASC"), (False, "<", "DESC"))
}


async def list_batch(
    db: Executor, owner_id: int, session_id: UUID, *, last_id: int, limit: int
) -> list[Message]:
    """List the session's messages with an id above `last_id`, in the order of ids.

    Ids of a session follow the order of its commits, so no message appears later with a lower id. Raise
    SessionNotFound if the owner has no such session.
    """
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS} FROM chat_sessions s LEFT JOIN LATERAL (
            SELECT * FROM messages WHERE session_id = s.id AND id > $3 ORDER BY id LIMIT $4
        ) m ON true
        WHERE s.id = $1 AND s.owner_id = $2 ORDER BY m.id
        """,
        session_id,
        owner_id,
        last_id,
        limit,
    )
    return _listed(rows)


async def list_own_messages(
    db: Executor, owner_id: int, *, after: tuple[datetime, int] | None, limit: int
) -> list[Message]:
    """List the messages of all sessions of the owner, the latest first; `after` is the last one's time and id."""
    past = "" if after is None else "AND (m.created_at, m.id) < ($3, $4)"
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS} FROM messages m WHERE m.owner_id = $1 {past}
        ORDER BY m.created_at DESC, m.id DESC LIMIT $2
        """,
        owner_id,
        limit,
        *(after or ()),
    )
    return [message_of(row) for row in rows]


def _listed(rows: list[Record]) -> list[Message]:
    """Return the rows' messages; a session without messages is one row of nulls, no session is no row."""
    if not rows:
        raise SessionNotFound
    return [message_of(row) for row in rows if row[0] is not None]


async def search_messages(
    db: Executor, owner_id: int, words: str, *, session_id: UUID | None, before_id: int | None, limit: int
) -> list[FoundMessage]:
    """Search the owner's sessions (or one) for messages with these words, newest first."""
    found = await find_said(db, owner_id, words, session_id=session_id, below=before_id, limit=limit)
    by_key = {key: one for one in found for key in one.keys}
    keys = sorted(by_key, reverse=True)[:limit]
    if not keys:
        return []
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM {_OWN} WHERE m.id = ANY($1) ORDER BY m.id DESC", keys, owner_id
    )
    return [
        FoundMessage(
            **structs.asdict(one), snippet=by_key[one.id].snippet(one.content or one.file_name or "")
        )
        for one in map(message_of, rows)
    ]


async def fetch_message(db: Executor, owner_id: int, message_id: int) -> Message:
    """Fetch a message of the owner's sessions. Raise MessageNotFound if there is none."""
    return _found(await db.fetch_row(f"SELECT {COLUMNS} FROM {_OWN} WHERE m.id = $1", message_id, owner_id))


async def lock_message(tx: Transaction, owner_id: int, message_id: int) -> Message:
    """Lock a message of the owner's sessions, its session first. Raise MessageNotFound if there is none."""
    sql = f"SELECT {COLUMNS} FROM {_OWN} WHERE m.id = $1 FOR NO KEY UPDATE OF s, m"
    return _found(await tx.fetch_row(sql, message_id, owner_id))


async def is_of_channel(db: Executor, message_id: int) -> bool:
    """Return whether a channel took a message in, or sends it."""
    found: bool = await db.fetch_value(
        "SELECT EXISTS (SELECT FROM messages WHERE id = $1 AND channel_id IS NOT NULL)", message_id
    )
    return found


def _found(row: Record | None) -> Message:
    if row is None:
        raise MessageNotFound
    return message_of(row)


async def has_receiver(db: Executor, session_id: UUID) -> bool:
    """Return whether our messages of a session are sent to a channel's contact."""
    sql = "SELECT EXISTS (SELECT FROM channel_contacts WHERE session_id = $1)"
    found: bool = await db.fetch_value(sql, session_id)
    return found


async def find_file_key(db: Executor, message_id: int) -> str | None:
    """Find the key of a message's stored file, also of one that is not served."""
    key: str | None = await db.fetch_value("SELECT media_key FROM messages WHERE id = $1", message_id)
    return key


async def find_owner(db: Executor, message_id: int) -> int:
    """Find the owner of a message that exists."""
    owner_id: int = await db.fetch_value("SELECT owner_id FROM messages WHERE id = $1", message_id)
    return owner_id


async def find_media(db: Executor, message_id: int) -> tuple[int, str, str, str] | None:
    """Find the owner, key, type and name of a message's stored file."""
    row = await db.fetch_row(
        """
        SELECT s.owner_id, m.media_key, m.media_mimetype, m.media_name
        FROM messages m JOIN chat_sessions s ON s.id = m.session_id
        WHERE m.id = $1 AND m.media_key IS NOT NULL AND m.media_state IS NULL
        """,
        message_id,
    )
    return tuple(row) if row else None


async def collect_messages(db: Executor, owner_id: int) -> list[dict[str, Any]]:
    """Return the messages of the owner's sessions for their export."""
    rows = await db.fetch(
        """
        SELECT m.session_id, m.seq, m.sender, m.sender_name, m.phone, m.type, m.kind, m.content, m.data, m.media_url,
            m.provider_time, m.created_at, m.deleted_at
        FROM messages m JOIN chat_sessions s ON s.id = m.session_id WHERE s.owner_id = $1 ORDER BY m.session_id, m.seq
        """,
        owner_id,
    )
    return [dict(row) for row in rows]
