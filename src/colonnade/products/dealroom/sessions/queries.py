"""All SQL of the sessions slice."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from colonnade.kernel.db import Executor, Record, Transaction, assignments
from colonnade.kernel.search import Corpus, matching
from colonnade.products.dealroom.sessions.schemas import (
    ChatSession,
    SessionCreate,
    SessionFilters,
    SessionNotFound,
)
from colonnade.products.dealroom.shared.rules.numbers import search_text

__all__ = [
    "COLUMNS",
    "CORPUS",
    "clear_title",
    "collect_sessions",
    "count_sessions",
    "delete_session",
    "fetch_session",
    "has_contact",
    "insert_session",
    "list_file_keys",
    "list_session_ids",
    "list_sessions",
    "lock_session",
    "mark_read",
    "mark_waiting",
    "session_of",
    "set_human_lease",
    "update_session",
]

CORPUS = Corpus("chat_sessions", "chat_sessions", owned=True)
"""Titles, labels, whom the channel knows; no index, since one owner's are few. A part of a title is found as well."""
CONTACTS = Corpus("contacts", "contacts", owned=True)
"""Whom the owner knows: names of their own choice, and numbers in every spelling."""

COLUMNS = """id, owner_id, title, type, status, labels, pinned, archived, human_until, last_seq, read_seq,
    version, created_at, updated_at, active_at, coalesce(human_until > now(), false) AS human"""


def session_of(row: Record) -> ChatSession:
    """Return the session in a row that has COLUMNS."""
    human = row["human"]
    return ChatSession(
        id=row["id"],
        session_id=row["id"],
        user_id=row["owner_id"],
        title=row["title"],
        type=row["type"],
        status=row["status"],
        labels=row["labels"],
        pinned=row["pinned"],
        archived=row["archived"],
        handled_by="human" if human else "assistant",
        human_until=row["human_until"] if human else None,
        last_seq=row["last_seq"],
        read_seq=row["read_seq"],
        unread=row["last_seq"] - row["read_seq"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        last_activity_at=row["active_at"],
    )


def _found(row: Record | None) -> ChatSession:
    if row is None:
        raise SessionNotFound
    return session_of(row)


def _where(owner_id: int, filters: SessionFilters) -> tuple[str, list[Any]]:
    args: list[Any] = [owner_id]
    clauses = ["owner_id = $1"]
    for column in ("status", "type", "pinned", "archived"):
        value = getattr(filters, column)
        if value is not None:
            args.append(value)
            clauses.append(f"{column} = ${len(args)}")
    if filters.label is not None:
        args.append([filters.label])
        clauses.append(f"labels @> ${len(args)}")
    if filters.search is not None:
        wanted, more = matching(CORPUS, filters.search, owner=owner_id, first=len(args) + 1)
        args += more
        contact, more = matching(CONTACTS, search_text(filters.search), owner=owner_id, first=len(args) + 1)
        args += more
        escaped = filters.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        args += [f"%{escaped}%", filters.spoken]
        clauses.append(
            f"""(search @@ {wanted} OR title ILIKE ${len(args) - 1} OR id = ANY(${len(args)}::uuid[]) OR id IN (
                SELECT b.session_id FROM contacts c JOIN channel_contacts b ON b.contact_id = c.id
                WHERE c.owner_id = $1 AND c.search @@ {contact}))"""
        )
    return " AND ".join(clauses), args


async def list_sessions(
    db: Executor,
    owner_id: int,
    filters: SessionFilters,
    *,
    limit: int | None = None,
    offset: int = 0,
    after: tuple[bool, datetime, UUID] | None = None,
) -> list[ChatSession]:
    """List the owner's sessions: pinned ones first, then by their latest message; all without a `limit`.

    `after` is the last item of the page before: pinned, last activity and id.
    """
    where, args = _where(owner_id, filters)
    if after is not None:
        args += after
        first = len(args) - 2
        where += f" AND (pinned, active_at, id) < (${first}, ${first + 1}, ${first + 2})"
    args += [limit, offset]
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM chat_sessions WHERE {where} "
        f"ORDER BY pinned DESC, active_at DESC, id DESC LIMIT ${len(args) - 1} OFFSET ${len(args)}",
        *args,
    )
    return [session_of(row) for row in rows]


async def list_session_ids(db: Executor, owner_id: int) -> list[UUID]:
    """List the ids of all sessions of the owner."""
    rows = await db.fetch("SELECT id FROM chat_sessions WHERE owner_id = $1 ORDER BY id", owner_id)
    return [row["id"] for row in rows]


async def count_sessions(db: Executor, owner_id: int, filters: SessionFilters) -> int:
    """Count the sessions of the owner that match."""
    where, args = _where(owner_id, filters)
    count: int = await db.fetch_value(f"SELECT count(*) FROM chat_sessions WHERE {where}", *args)
    return count


async def fetch_session(db: Executor, owner_id: int, session_id: UUID) -> ChatSession:
    """Fetch a session of its owner. Raise SessionNotFound if there is none."""
    sql = f"SELECT {COLUMNS} FROM chat_sessions WHERE id = $1 AND owner_id = $2"
    return _found(await db.fetch_row(sql, session_id, owner_id))


async def lock_session(tx: Transaction, owner_id: int, session_id: UUID) -> ChatSession:
    """Lock a session of its owner until the transaction ends. Raise SessionNotFound if there is none."""
    sql = f"SELECT {COLUMNS} FROM chat_sessions WHERE id = $1 AND owner_id = $2 FOR NO KEY UPDATE"
    return _found(await tx.fetch_row(sql, session_id, owner_id))


async def mark_waiting(tx: Transaction, session_id: UUID) -> None:
    """Note that a session's customer waits from now on, if they don't already."""
    await tx.execute(
        "UPDATE chat_sessions SET waiting_since = coalesce(waiting_since, now()) WHERE id = $1", session_id
    )


async def insert_session(tx: Transaction, owner_id: int, data: SessionCreate) -> ChatSession:
    """Insert an active session."""
    row = await tx.fetch_row(
        f"INSERT INTO chat_sessions (owner_id, title, type, labels) VALUES ($1, $2, $3, $4) RETURNING {COLUMNS}",
        owner_id,
        data.title,
        data.type,
        data.labels,
    )
    return _found(row)


async def update_session(tx: Transaction, session_id: UUID, values: dict[str, Any]) -> ChatSession:
    """Write `values` and increase the version. Raise SessionNotFound."""
    changes, args = assignments(values, first=2)
    row = await tx.fetch_row(
        f"UPDATE chat_sessions SET {changes} version = version + 1, updated_at = now() "
        f"WHERE id = $1 RETURNING {COLUMNS}",
        session_id,
        *args,
    )
    return _found(row)


async def clear_title(tx: Transaction, session_id: UUID, titles: list[str]) -> ChatSession | None:
    """Remove a session's title if it is one of `titles`; return the session, or None if its title is another."""
    row = await tx.fetch_row(
        f"UPDATE chat_sessions SET title = NULL, version = version + 1, updated_at = now() "
        f"WHERE id = $1 AND title = ANY($2::text[]) RETURNING {COLUMNS}",
        session_id,
        titles,
    )
    return session_of(row) if row else None


async def mark_read(tx: Transaction, owner_id: int, session_id: UUID, seq: int) -> ChatSession | None:
    """Record that messages up to `seq` are read; return None if that many were read before."""
    row = await tx.fetch_row(
        f"""
        UPDATE chat_sessions SET read_seq = least($3, last_seq)
        WHERE id = $1 AND owner_id = $2 AND read_seq < least($3, last_seq) RETURNING {COLUMNS}
        """,
        session_id,
        owner_id,
        seq,
    )
    return session_of(row) if row else None


async def has_contact(db: Executor, session_id: UUID) -> bool:
    """Return whether the session's customer is a channel's contact."""
    found: bool = await db.fetch_value(
        "SELECT EXISTS (SELECT FROM channel_contacts WHERE session_id = $1)", session_id
    )
    return found


async def set_human_lease(
    tx: Transaction, owner_id: int, session_id: UUID, minutes: int | None
) -> ChatSession:
    """Hand the session to a human for some minutes from now, or (None) back to the assistant.

    Raise SessionNotFound.
    """
    row = await tx.fetch_row(
        f"""
        UPDATE chat_sessions SET human_until = now() + make_interval(mins => $3), updated_at = now()
        WHERE id = $1 AND owner_id = $2 RETURNING {COLUMNS}
        """,
        session_id,
        owner_id,
        minutes,
    )
    return _found(row)


async def list_file_keys(tx: Transaction, session_id: UUID) -> list[str]:
    """List the keys of a session's stored files: its messages' media and its products' pictures."""
    rows = await tx.fetch(
        """
        SELECT media_key AS key FROM messages WHERE session_id = $1 AND media_key IS NOT NULL
        UNION ALL
        SELECT p.image_key FROM seller_products p JOIN sellers s ON s.id = p.seller_id
        WHERE s.session_id = $1 AND p.image_key IS NOT NULL
        """,
        session_id,
    )
    return [row["key"] for row in rows]


async def delete_session(tx: Transaction, session_id: UUID) -> None:
    """Delete a session; foreign keys delete its content."""
    await tx.execute("DELETE FROM chat_sessions WHERE id = $1", session_id)


async def collect_sessions(db: Executor, owner_id: int) -> list[dict[str, Any]]:
    """Return the owner's sessions for their export."""
    rows = await db.fetch(
        """
        SELECT id, title, type, status, labels, last_seq, created_at FROM chat_sessions WHERE owner_id = $1
        ORDER BY created_at, id
        """,
        owner_id,
    )
    return [dict(row) for row in rows]
