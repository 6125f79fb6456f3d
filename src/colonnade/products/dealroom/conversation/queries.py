"""All SQL of the conversation slice."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.db import Executor
from colonnade.products.dealroom.assistant.rules.notices import CLOSED, HANDOVER
from colonnade.products.dealroom.messages.queries import COLUMNS, message_of
from colonnade.products.dealroom.messages.schemas import Message

__all__ = ["find_last_waiting", "find_unanswered"]

_NO_TURNS = "'{reaction,revoke,call,request_welcome,unsupported,unknown}'"
"""Kinds of customers' messages that wait for no answer."""


async def find_unanswered(db: Executor, session_id: UUID, message_id: int) -> Message | None:
    """Find a customer's message that is the last one of theirs, and that no person has answered."""
    row = await db.fetch_row(
        f"""
        SELECT {COLUMNS} FROM messages m WHERE m.id = $2 AND m.session_id = $1 AND m.deleted_at IS NULL
            AND NOT EXISTS (
                SELECT FROM messages o WHERE o.session_id = $1 AND o.seq > m.seq
                AND (o.sender = 'customer' AND o.deleted_at IS NULL AND coalesce(o.kind, '') <> ALL ({_NO_TURNS})
                     OR o.sender = 'human' AND o.kind IS DISTINCT FROM 'reaction'))
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
                    AND (o.sender = 'human' AND o.kind IS DISTINCT FROM 'reaction'
                         OR o.sender = 'assistant' AND coalesce(o.client_message_id, '') !~ $2))
        ORDER BY m.seq DESC LIMIT 1
        """,
        session_id,
        f"^({CLOSED}|{HANDOVER})",
    )
    return message_of(row) if row else None
