"""All SQL of the conversation slice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from colonnade.kernel.db import Executor, Transaction
from colonnade.products.dealroom.assistant.rules.notices import CLOSED, HANDOVER
from colonnade.products.dealroom.messages.queries import COLUMNS, SILENT, message_of
from colonnade.products.dealroom.messages.schemas import SILENT_KINDS, Message

__all__ = [
    "Waiting",
    "count_waiting_anew",
    "find_last_waiting",
    "find_unanswered",
    "is_planned",
    "list_waiting",
]

_NO_TURNS = f"'{{{','.join(sorted(SILENT_KINDS | {'call', 'unsupported', 'unknown'}))}}}'"
"""Kinds of customers' messages that the assistant does not answer."""


async def find_unanswered(db: Executor, session_id: UUID, message_id: int) -> Message | None:
    """Find a customer's message that is the last one of theirs, and that no person has answered."""
    row = await db.fetch_row(
        f"""
        SELECT {COLUMNS} FROM messages m WHERE m.id = $2 AND m.session_id = $1 AND m.deleted_at IS NULL
            AND NOT EXISTS (
                SELECT FROM messages o WHERE o.session_id = $1 AND o.seq > m.seq
                AND (o.sender = 'customer' AND o.deleted_at IS NULL AND coalesce(o.kind, '') <> ALL ({_NO_TURNS})
                     OR o.sender = 'human' AND coalesce(o.kind, '') <> ALL ({SILENT})))
        """,
        session_id,
        message_id,
    )
    return message_of(row) if row else None


async def find_last_waiting(db: Executor, session_id: UUID) -> Message | None:
    """Find the last message of a session's customer that nothing of ours has followed, but for rules' texts."""
    row = await db.fetch_row(
        f"""
        SELECT {COLUMNS} FROM messages m
        WHERE m.session_id = $1 AND m.sender = 'customer' AND m.deleted_at IS NULL
            AND coalesce(m.kind, '') <> ALL ({_NO_TURNS})
            AND NOT EXISTS (
                SELECT FROM messages o WHERE o.session_id = $1 AND o.seq > m.seq AND o.deleted_at IS NULL
                    AND (o.sender = 'human' AND coalesce(o.kind, '') <> ALL ({SILENT})
                         OR o.sender = 'assistant' AND coalesce(o.client_message_id, '') !~ $2))
        ORDER BY m.seq DESC LIMIT 1
        """,
        session_id,
        f"^({CLOSED}|{HANDOVER})",
    )
    return message_of(row) if row else None


async def count_waiting_anew(tx: Transaction, session_id: UUID) -> None:
    """Note since when a customer waits, after a message of theirs was erased: maybe they wait no more."""
    await tx.execute(
        f"""
        UPDATE chat_sessions s SET waiting_since = (
            SELECT min(CASE WHEN m.created_at >= s.waiting_since THEN m.created_at ELSE m.edited_at END)
            FROM messages m WHERE m.session_id = s.id AND m.sender = 'customer' AND m.deleted_at IS NULL
                AND coalesce(m.kind, '') <> ALL ({SILENT}) AND greatest(m.created_at, m.edited_at) >= s.waiting_since
        ) WHERE s.id = $1 AND s.waiting_since IS NOT NULL
        """,
        session_id,
    )


async def is_planned(db: Executor, session_id: UUID, seq: int) -> bool:
    """Return whether an answer was planned to this message of a session, or to a later one, whatever became of it."""
    found: bool = await db.fetch_value(
        "SELECT EXISTS (SELECT FROM answers WHERE session_id = $1 AND up_to_seq >= $2)", session_id, seq
    )
    return found


class Waiting(Struct, frozen=True):
    """Who waits for an answer, of a page of a channel's contacts: the session's owner, it, its customer's last message.

    `next` is the place of the page's last contact, None on the last page.
    """

    found: list[tuple[int, UUID, int]]
    next: tuple[datetime, UUID] | None


async def list_waiting(
    db: Executor, channel_id: int, after: tuple[datetime, UUID] | None, limit: int
) -> Waiting:
    """List who wrote to a channel within a day and got no answer, of `limit` contacts; whose day ends first is first.

    Those whom a person has had in hand since are not among them. Whoever writes meanwhile comes later in this order.
    """
    rows = await db.fetch(
        f"""
        WITH c AS MATERIALIZED (
            SELECT session_id, window_ends_at FROM channel_contacts
            WHERE channel_id = $1 AND window_ends_at > now()
                AND ($2::timestamptz IS NULL OR (window_ends_at, session_id) > ($2, $3::uuid))
            ORDER BY window_ends_at, session_id LIMIT $4
        )
        SELECT c.window_ends_at, c.session_id, s.owner_id, m.id FROM c
            LEFT JOIN chat_sessions s ON s.id = c.session_id AND s.waiting_since IS NOT NULL AND s.status = 'active'
            LEFT JOIN LATERAL (
                SELECT id, seq, created_at FROM messages WHERE session_id = s.id AND sender = 'customer'
                    AND deleted_at IS NULL AND coalesce(kind, '') <> ALL ({_NO_TURNS}) ORDER BY seq DESC LIMIT 1
            ) m ON m.created_at > now() - interval '1 day' AND coalesce(s.human_until < m.created_at, true)
                AND NOT EXISTS (SELECT FROM answers a WHERE a.session_id = s.id AND a.up_to_seq >= m.seq)
        ORDER BY c.window_ends_at, c.session_id
        """,
        channel_id,
        *(after or (None, None)),
        limit,
    )
    last = (rows[-1]["window_ends_at"], rows[-1]["session_id"]) if len(rows) == limit else None
    return Waiting(
        [(row["owner_id"], row["session_id"], row["id"]) for row in rows if row["id"] is not None], last
    )
