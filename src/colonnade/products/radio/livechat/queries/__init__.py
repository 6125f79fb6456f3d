"""All SQL of messages. Out of scope: guests' sessions (`guests`), searches (`searching`), the settings (`settings`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, structs

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Record, Transaction, json_time
from colonnade.kernel.realtime import appending
from colonnade.kernel.search import Found
from colonnade.products.radio.livechat.schemas import (
    NEW_MESSAGE,
    ChatMessage,
    MessageStatus,
    Posted,
)

__all__ = [
    "DECISIONS_OF",
    "MESSAGES_OF",
    "WAITS",
    "PostingContext",
    "fetch_message",
    "find_posted",
    "find_posting_context",
    "flag_message",
    "insert_guest_message",
    "insert_station_message",
    "insert_visible_message",
    "list_found_messages",
    "list_messages",
    "list_public_messages",
    "lock_posting_context",
    "moderate_message",
]

MESSAGES_OF = """
SELECT id, message, status, created_at FROM chat_messages WHERE account_id = $1 ORDER BY id
"""
"""The messages that an account has written in the station's name, as its export shows them."""

DECISIONS_OF = """
SELECT id, status, moderation_reason, moderated_at FROM chat_messages WHERE moderated_by = $1 ORDER BY id
"""
"""The messages that an account has moderated, as its export shows them."""

WAITS = """(m.status IN ('pending', 'flagged') OR (m.status = 'visible' AND m.flags > 0 AND (
            m.moderated_at IS NULL
            OR EXISTS (SELECT FROM chat_flags f WHERE f.message_id = m.id AND f.created_at > m.moderated_at))))"""
"""SQL for messages `m` that moderators have to look at: again where one was flagged since the last decision."""

_PUBLIC = "('visible', 'flagged')"
_MESSAGE = """m.id::text AS id, m.message, m.username, m.city, m.country, m.is_staff, m.created_at, m.status,
    m.session_id, m.account_id, m.flags, m.moderated_by, m.moderated_at, m.moderation_reason, m.version"""
_PUBLIC_FIELDS = ("id", "message", "username", "city", "country", "is_staff", "created_at")
_CONFLICT_WINDOW = "interval '5 seconds'"
"""A moderator who decides so soon after another one has not seen that decision."""


class PostingContext(Struct, frozen=True):
    """The state that decides whether a guest may post now; `duplicate_id` is the message of an earlier attempt.

    `settings_version` names the settings that it was read under.
    """

    name: str
    city: str | None
    country: str | None
    is_live: bool
    blocked_until: datetime | None
    wait_seconds: float
    is_open: bool
    pre_moderation: bool
    blocked_terms: list[str]
    settings_version: int
    duplicate_id: str | None
    duplicate_status: MessageStatus | None


def _message(row: Record, *, full: bool) -> ChatMessage:
    return ChatMessage(**row) if full else ChatMessage(**{name: row[name] for name in _PUBLIC_FIELDS})


# Writing


_CONTEXT = """
SELECT s.name, s.city, s.country, s.expires_at > now() AS is_live,
       CASE WHEN s.blocked_until > now() THEN s.blocked_until END AS blocked_until,
       CASE WHEN c.slow_mode_seconds > 0 AND s.last_message_at IS NOT NULL
           THEN c.slow_mode_seconds - extract(epoch FROM clock_timestamp() - s.last_message_at) ELSE 0
       END::float8 AS wait_seconds,
       c.is_open, c.pre_moderation, c.blocked_terms, c.version, m.id::text AS duplicate_id, m.status AS duplicate_status
FROM chat_sessions s CROSS JOIN chat_settings c
LEFT JOIN chat_messages m ON m.session_id = s.id AND m.client_message_id = $2
WHERE s.id = $1
"""
"""The fields of PostingContext in order."""


async def find_posting_context(
    db: Executor, session_id: UUID, client_message_id: str | None
) -> PostingContext | None:
    """Return the session and the settings as they are, not locked: what is written must compare them again.

    None if there is no such session, or there are no settings yet.
    """
    row = await db.fetch_row(_CONTEXT, session_id, client_message_id)
    return PostingContext(*row) if row else None


async def lock_posting_context(
    tx: Transaction, session_id: UUID, client_message_id: str | None
) -> PostingContext | None:
    """Return the session, locked against blocks and concurrent messages, and the settings, locked against changes.

    None if there is no such session, or there are no settings yet.
    """
    row = await tx.fetch_row(
        f"{_CONTEXT} FOR NO KEY UPDATE OF s FOR SHARE OF c", session_id, client_message_id
    )
    return PostingContext(*row) if row else None


def _logged(drafted: str) -> str:
    """Return SQL for the JSON of the parameter `drafted`, a message, with what PostgreSQL decides."""
    return (
        f"{drafted}::jsonb || jsonb_build_object('id', m.id::text, 'created_at', {json_time('m.created_at')})"
    )


# The conditions are those of a posting context that is clear; a message that was stored before is a conflict. The lock
# shuts out those who refer to the session as well: with them, a statement that locks a row and changes it waits for the
# next one, which waits for it.
_INSERT_VISIBLE = f"""
WITH clear AS (
    SELECT s.id FROM chat_sessions s CROSS JOIN chat_settings c
    WHERE s.id = $1 AND s.expires_at > now() AND (s.blocked_until > now()) IS NOT TRUE
        AND c.is_open AND NOT c.pre_moderation AND c.version = $7
        AND (c.slow_mode_seconds = 0 OR s.last_message_at IS NULL
             OR clock_timestamp() >= s.last_message_at + c.slow_mode_seconds * interval '1 second')
    FOR UPDATE OF s FOR SHARE OF c
), m AS (
    INSERT INTO chat_messages (session_id, username, city, country, message, status, client_message_id)
    SELECT id, $2, $3, $4, $5, 'visible', $6 FROM clear ON CONFLICT DO NOTHING RETURNING id, created_at
), counted AS (
    UPDATE chat_sessions SET last_message_at = clock_timestamp(), message_count = message_count + 1
    WHERE id = $1 AND EXISTS (SELECT FROM m)
), {appending("m", room="$9::text", event=f"'{NEW_MESSAGE.name}'", data=_logged("$8"))}
SELECT m.id::text, m.created_at, room_logged.seq FROM m, room_logged
"""
_UNDECIDED = datetime(1970, 1, 1, tzinfo=UTC)


async def insert_visible_message(
    tx: Executor,
    session_id: UUID,
    context: PostingContext,
    *,
    text: str,
    client_message_id: str | None,
    room: str,
) -> tuple[ChatMessage, int] | None:
    """Insert a guest's message, count it in its session and log it in the room; return it and its event's number.

    Return None, and write nothing, if the settings are not those of the `context` any more, or the session or the
    settings do not let a guest post at once, or the message was stored before.
    """
    drafted = ChatMessage("", text, context.name, context.city, context.country, False, _UNDECIDED)
    row = await tx.fetch_row(
        _INSERT_VISIBLE,
        session_id,
        context.name,
        context.city,
        context.country,
        text,
        client_message_id,
        context.settings_version,
        drafted,
        room,
    )
    return _written(drafted, row) if row else None


async def insert_guest_message(
    tx: Transaction,
    session_id: UUID,
    context: PostingContext,
    *,
    text: str,
    status: MessageStatus,
    client_message_id: str | None,
) -> ChatMessage | None:
    """Insert a guest's message and count it in its session; return None if an earlier attempt stored it (a race)."""
    row = await tx.fetch_row(
        f"""
        WITH m AS (
            INSERT INTO chat_messages (session_id, username, city, country, message, status, client_message_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING *
        ), counted AS (
            UPDATE chat_sessions SET last_message_at = clock_timestamp(), message_count = message_count + 1
            WHERE id = $1 AND EXISTS (SELECT FROM m)
        )
        SELECT {_MESSAGE} FROM m
        """,
        session_id,
        context.name,
        context.city,
        context.country,
        text,
        status,
        client_message_id,
    )
    return _message(row, full=True) if row else None


_INSERT_STATION = f"""
WITH m AS (
    INSERT INTO chat_messages (account_id, is_staff, username, message, client_message_id)
    VALUES ($1, true, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id, created_at
), {appending("m", room="$6::text", event=f"'{NEW_MESSAGE.name}'", data=_logged("$5"))}
SELECT m.id::text, m.created_at, room_logged.seq FROM m, room_logged
"""


async def insert_station_message(
    tx: Executor, account_id: int, *, username: str, text: str, client_message_id: str | None, room: str
) -> tuple[ChatMessage, int] | None:
    """Insert a message in the station's name and log it in the room; return it and its event's number.

    Return None if an earlier attempt stored it.
    """
    drafted = ChatMessage("", text, username, None, None, True, _UNDECIDED)
    row = await tx.fetch_row(_INSERT_STATION, account_id, username, text, client_message_id, drafted, room)
    return _written(drafted, row) if row else None


def _written(drafted: ChatMessage, row: Record) -> tuple[ChatMessage, int]:
    id, created_at, seq = row
    return structs.replace(drafted, id=id, created_at=created_at), seq


async def find_posted(db: Executor, author: UUID | int, client_message_id: str | None) -> Posted:
    """Return the message that this session (or account) has stored under this key; there is one."""
    column = "account_id" if isinstance(author, int) else "session_id"
    row = await db.fetch_row(
        f"SELECT id::text, status FROM chat_messages WHERE {column} = $1 AND client_message_id = $2",
        author,
        client_message_id,
    )
    assert row is not None
    return Posted(row["id"], row["status"], True, client_message_id)


# Reading and moderating


async def list_messages(
    db: Executor,
    *,
    moderator: bool,
    status: MessageStatus | None,
    before: int | None,
    after: int | None,
    limit: int,
) -> list[ChatMessage]:
    """Return up to `limit` messages before a message id, newest first, or after one, oldest first."""
    args: list[Any] = [limit]
    clauses = [] if moderator and status is not None else [f"m.status IN {_PUBLIC}"]
    if moderator and status is not None:
        args.append(status)
        clauses.append(f"m.status = ${len(args)}")
    for comparison, cursor in (("<", before), (">", after)):
        if cursor is not None:
            args.append(cursor)
            clauses.append(f"m.id {comparison} ${len(args)}")
    order = "ASC" if after is not None else "DESC"
    rows = await db.fetch(
        f"SELECT {_MESSAGE} FROM chat_messages m WHERE {' AND '.join(clauses)} ORDER BY m.id {order} LIMIT $1",
        *args,
    )
    return [_message(row, full=moderator) for row in rows]


async def list_found_messages(db: Executor, found: Found, *, moderator: bool) -> list[ChatMessage]:
    """Return the messages that a search has found, in their order."""
    rows = await db.fetch(f"SELECT {_MESSAGE} FROM chat_messages m WHERE m.id = ANY($1)", found.keys)
    return [
        structs.replace(_message(row, full=moderator), snippet=found.snippet(row["message"]))
        for row in found.in_order(rows)
    ]


async def list_public_messages(db: Executor, ids: Sequence[str]) -> dict[str, ChatMessage]:
    """Return those of these messages that are public now, by id."""
    rows = await db.fetch(
        f"SELECT {_MESSAGE} FROM chat_messages m WHERE m.id = ANY($1::integer[]) AND m.status IN {_PUBLIC}",
        [int(id) for id in ids],
    )
    return {row["id"]: _message(row, full=False) for row in rows}


async def fetch_message(db: Executor, message_id: int) -> ChatMessage:
    """Return one message with all its fields. Raise NotFound."""
    row = await db.fetch_row(f"SELECT {_MESSAGE} FROM chat_messages m WHERE m.id = $1", message_id)
    if row is None:
        raise NotFound("There is no such message.")
    return _message(row, full=True)


async def moderate_message(
    tx: Transaction,
    message_id: int,
    *,
    allowed: Sequence[MessageStatus],
    status: MessageStatus,
    account_id: int,
    reason: str | None,
    expected: int | None,
) -> tuple[ChatMessage, MessageStatus] | None:
    """Moderate a message that is in an `allowed` state; return it and its former state, or None.

    One that has the new state already must be waiting for a decision: that it stays as it is.

    It is one statement. Of two concurrent moderators only one decides: the version that the statement read must still
    be current when it writes, and, unless `expected` shows that the caller knows of it, nobody else may have decided
    within the conflict window.
    """
    row = await tx.fetch_row(
        f"""
        WITH seen AS MATERIALIZED (SELECT version, status FROM chat_messages WHERE id = $1)
        UPDATE chat_messages m SET status = $2, moderated_by = $3, moderated_at = clock_timestamp(),
            moderation_reason = $4, version = m.version + 1
        FROM seen
        WHERE m.id = $1 AND m.version = seen.version AND m.status = ANY($5::text[]) AND (m.status <> $2 OR {WAITS})
          AND (m.version = $6 OR $6::integer IS NULL AND (
               m.moderated_by IS NULL OR m.moderated_by = $3 OR m.moderated_at <= now() - {_CONFLICT_WINDOW}))
        RETURNING {_MESSAGE}, seen.status AS before
        """,
        message_id,
        status,
        account_id,
        reason,
        list(allowed),
        expected,
    )
    if row is None:
        return None
    values = dict(row)
    before: MessageStatus = values.pop("before")
    return ChatMessage(**values), before


async def flag_message(
    tx: Transaction, message_id: int, session_id: UUID, reason: str | None
) -> tuple[bool, int | None]:
    """Store a guest's flag; return (whether the message is public, its flags or None if it was flagged before).

    The message is locked first, and so it is by a decision: the times of both, which are not those of their
    transactions, say which came first.
    """
    row = await tx.fetch_row(
        f"""
        WITH target AS (SELECT id FROM chat_messages WHERE id = $1 AND status IN {_PUBLIC} FOR NO KEY UPDATE),
        flag AS (
            INSERT INTO chat_flags (message_id, session_id, reason, created_at)
            SELECT id, $2, $3, clock_timestamp() FROM target
            ON CONFLICT DO NOTHING RETURNING message_id
        ), counted AS (
            UPDATE chat_messages m SET flags = m.flags + 1 FROM flag WHERE m.id = flag.message_id RETURNING m.flags
        )
        SELECT EXISTS (SELECT FROM target) AS found, (SELECT flags FROM counted) AS flags
        """,
        message_id,
        session_id,
        reason,
    )
    assert row is not None
    return row["found"], row["flags"]
