"""The SQL of answers, but for planning one (`planning`). Every change of state is one conditional UPDATE."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.products.dealroom.assistant.schemas import (
    Answer,
    AnswerNotFound,
    AnswerState,
    Source,
)
from colonnade.products.dealroom.messages.queries import SILENT
from colonnade.products.dealroom.messages.schemas import Sender

__all__ = [
    "Attempt",
    "Ended",
    "Trigger",
    "begin_attempt",
    "cancel_queued",
    "collect_answers",
    "collect_takeovers",
    "describe_trigger",
    "end_queued",
    "erase_draft",
    "fetch_answer",
    "find_overtaking",
    "find_queued",
    "give_back_attempt",
    "hold_answer",
    "is_queued",
    "is_trigger",
    "list_answers",
    "list_overtaken",
    "note_takeover",
    "overtake_held",
    "plan_anew",
    "reject_answer",
    "send_answer",
]

_COLUMNS = """a.id, a.session_id, a.trigger_message_id, a.up_to_seq, a.state, a.draft, a.reasons, a.sources, a.model,
    a.message_id, a.decided_by, a.created_at, a.decided_at, a.overtaken_seq"""
_OWN = "answers a JOIN chat_sessions s ON s.id = a.session_id AND s.owner_id = $2"

Ended = Literal["cancelled", "failed"]


class Attempt(msgspec.Struct, frozen=True):
    """One attempt at a queued answer: its number, from 1, and the session with its owner.

    It is void once the answer is planned anew: for a later message, or because one was edited (`planned_at`).
    """

    answer_id: int
    trigger_message_id: int
    number: int
    owner_id: int
    session_id: UUID
    planned_at: datetime


class Trigger(msgspec.Struct, frozen=True):
    """The message that an answer is for: whether it was deleted, and whether somebody else has answered.

    `waited` is the age of the plan to answer it, with the time that the provider took to deliver it, as far as that is
    longer than it then waited for the plan: what came while a shop was closed is planned later. `unreachable`: the day
    is over in which the channel takes answers to it.
    """

    deleted: bool
    waited: timedelta
    unreachable: bool
    answered: bool


def _answer(row: Record) -> Answer:
    return Answer(
        id=row["id"],
        session_id=row["session_id"],
        trigger_message_id=row["trigger_message_id"],
        up_to_seq=row["up_to_seq"],
        state=row["state"],
        draft=row["draft"],
        reasons=row["reasons"],
        sources=msgspec.convert(row["sources"], list[Source]),
        model=row["model"],
        message_id=row["message_id"],
        decided_by=row["decided_by"],
        created_at=row["created_at"],
        decided_at=row["decided_at"],
        overtaken_seq=row["overtaken_seq"],
    )


async def plan_anew(tx: Transaction, session_id: UUID) -> tuple[int, int, int] | None:
    """Make the attempt at a session's queued answer void, if there was one.

    Return the ids of the answer, its message and its owner.
    """
    row = await tx.fetch_row(
        """
        UPDATE answers SET attempts = 0, planned_at = now() WHERE session_id = $1 AND state = 'queued' AND attempts > 0
        RETURNING id, trigger_message_id, (SELECT owner_id FROM chat_sessions WHERE id = $1)
        """,
        session_id,
    )
    return (row[0], row[1], row[2]) if row else None


async def is_trigger(db: Executor, message_id: int) -> bool:
    """Return whether a queued answer is for this message."""
    found: bool = await db.fetch_value(
        "SELECT EXISTS (SELECT FROM answers WHERE trigger_message_id = $1 AND state = 'queued')", message_id
    )
    return found


async def begin_attempt(db: Executor, answer_id: int, trigger_message_id: int) -> Attempt | None:
    """Count an attempt at a queued answer; return None if it is no longer queued, or is for a later message."""
    row = await db.fetch_row(
        """
        UPDATE answers a SET attempts = attempts + 1 FROM chat_sessions s
        WHERE a.id = $1 AND a.trigger_message_id = $2 AND a.state = 'queued' AND s.id = a.session_id
        RETURNING a.id, a.trigger_message_id, a.attempts, s.owner_id, a.session_id, a.planned_at
        """,
        answer_id,
        trigger_message_id,
    )
    return Attempt(*row) if row else None


async def note_takeover(tx: Transaction, owner_id: int, session_id: UUID) -> None:
    """Note that an owner took one of their sessions over, for the reports."""
    await tx.execute("INSERT INTO takeovers (session_id, owner_id) VALUES ($1, $2)", session_id, owner_id)


async def find_queued(db: Executor, attempt: Attempt) -> Answer | None:
    """Find the answer of this attempt if it is still queued as it was planned then."""
    row = await db.fetch_row(
        f"""
        SELECT {_COLUMNS} FROM answers a
        WHERE id = $1 AND trigger_message_id = $2 AND planned_at = $3 AND state = 'queued'
        """,
        attempt.answer_id,
        attempt.trigger_message_id,
        attempt.planned_at,
    )
    return _answer(row) if row else None


async def give_back_attempt(db: Executor, attempt: Attempt) -> None:
    """Uncount an attempt, unless it is void: the model could not be asked."""
    await db.execute(
        """
        UPDATE answers SET attempts = greatest(attempts - 1, 0)
        WHERE id = $1 AND trigger_message_id = $2 AND planned_at = $3 AND state = 'queued'
        """,
        attempt.answer_id,
        attempt.trigger_message_id,
        attempt.planned_at,
    )


async def is_queued(db: Executor, attempt: Attempt) -> bool:
    """Return whether the answer of this attempt is still queued as it was planned, in a session that is active."""
    found: bool = await db.fetch_value(
        """
        SELECT EXISTS (
            SELECT FROM answers a JOIN chat_sessions s ON s.id = a.session_id AND s.status = 'active'
            WHERE a.id = $1 AND a.trigger_message_id = $2 AND a.planned_at = $3 AND a.state = 'queued'
        )
        """,
        attempt.answer_id,
        attempt.trigger_message_id,
        attempt.planned_at,
    )
    return found


async def describe_trigger(db: Executor, answer_id: int) -> Trigger:
    """Describe the message that an answer is for."""
    row = await db.fetch_row(
        f"""
        SELECT m.deleted_at IS NOT NULL,
            now() - a.planned_at + greatest(
                m.created_at - m.provider_time - greatest(a.planned_at - m.created_at, interval '0'), interval '0'
            ), EXISTS (
            SELECT FROM channel_contacts b WHERE b.session_id = m.session_id AND b.window_ends_at <= now()
        ), EXISTS (
            SELECT FROM messages o WHERE o.session_id = m.session_id AND o.seq > m.seq AND o.deleted_at IS NULL
                AND (o.sender = 'human' AND coalesce(o.kind, '') <> ALL ({SILENT})
                     OR o.sender = 'assistant' AND coalesce(o.client_message_id, '') !~ '^(answer|closed|handover):')
        ) FROM answers a JOIN messages m ON m.id = a.trigger_message_id WHERE a.id = $1
        """,
        answer_id,
    )
    return Trigger(*row) if row else Trigger(True, timedelta(0), False, False)


async def list_answers(
    db: Executor, session_id: UUID, *, state: AnswerState | None, before_id: int | None, limit: int
) -> list[Answer]:
    """List a session's answers, newest first."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM answers a WHERE session_id = $1 AND ($2::text IS NULL OR state = $2)
            AND id < $3 ORDER BY id DESC LIMIT $4
        """,
        session_id,
        state,
        before_id if before_id is not None else 2**63 - 1,
        limit,
    )
    return [_answer(row) for row in rows]


async def fetch_answer(db: Executor, owner_id: int, answer_id: int) -> Answer:
    """Fetch an answer in the owner's sessions. Raise AnswerNotFound if there is none."""
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM {_OWN} WHERE a.id = $1", answer_id, owner_id)
    if row is None:
        raise AnswerNotFound
    return _answer(row)


async def hold_answer(
    tx: Transaction, answer_id: int, draft: str, reasons: Sequence[str], sources: list[Source], model: str
) -> Answer | None:
    """Hold a queued answer for a human's decision; return None if it is not queued."""
    return await _change(
        tx,
        "state = 'held', draft = $2, reasons = $3, sources = $4, model = $5 WHERE id = $1 AND state = 'queued'",
        answer_id,
        draft,
        list(reasons),
        msgspec.to_builtins(sources),
        model,
    )


async def send_answer(
    tx: Transaction,
    answer_id: int,
    message_id: int,
    *,
    draft: str | None = None,
    sources: list[Source] | None = None,
    model: str | None = None,
    decided_by: int | None = None,
) -> Answer | None:
    """Record that an answer became a message; return None if it was decided before.

    Without `decided_by` it is a queued answer, with its draft, sources and model; with it a held or an overtaken one,
    which has them.
    """
    return await _change(
        tx,
        """
        state = 'sent', message_id = $2, decided_by = $3, decided_at = now(), draft = coalesce($4, draft),
            sources = coalesce($5, sources), model = coalesce($6, model)
        WHERE id = $1 AND CASE WHEN $3::int IS NULL THEN state = 'queued' ELSE state IN ('held', 'overtaken') END
        """,
        answer_id,
        message_id,
        decided_by,
        draft,
        None if sources is None else msgspec.to_builtins(sources),
        model,
    )


async def reject_answer(tx: Transaction, answer_id: int, decided_by: int) -> Answer | None:
    """Record that a held or overtaken answer is not sent; return None if it was decided before."""
    return await _change(
        tx,
        "state = 'rejected', decided_by = $2, decided_at = now() WHERE id = $1 AND state IN ('held', 'overtaken')",
        answer_id,
        decided_by,
    )


async def end_queued(tx: Transaction, answer_id: int, state: Ended, reason: str) -> Answer | None:
    """End a queued answer without sending it (cancelled, failed); return None if it is not queued."""
    return await _change(
        tx,
        "state = $2, reasons = ARRAY[$3::text], decided_at = now() WHERE id = $1 AND state = 'queued'",
        answer_id,
        state,
        reason,
    )


async def cancel_queued(tx: Transaction, session_id: UUID, reason: str) -> Answer | None:
    """Cancel the session's queued answer, if there is one."""
    return await _change(
        tx,
        "state = 'cancelled', reasons = ARRAY[$2::text], decided_at = now() WHERE session_id = $1 AND state = 'queued'",
        session_id,
        reason,
    )


async def list_overtaken(db: Executor, session_id: UUID, seq: int) -> list[Answer]:
    """List the answers of a session that this message has overtaken; the database sees to it that it does."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM answers a
        WHERE session_id = $1 AND up_to_seq < $2 AND overtaken_seq = $2 AND state = 'overtaken' ORDER BY id
        """,
        session_id,
        seq,
    )
    return [_answer(row) for row in rows]


async def overtake_held(tx: Transaction, session_id: UUID, seq: int) -> list[Answer]:
    """Overtake the held answers to this message of the customer's, because it says something else now."""
    rows = await tx.fetch(
        f"""
        UPDATE answers a SET state = 'overtaken', overtaken_seq = $2
        WHERE session_id = $1 AND state = 'held' AND up_to_seq >= $2 RETURNING {_COLUMNS}
        """,
        session_id,
        seq,
    )
    return [_answer(row) for row in rows]


async def find_overtaking(db: Executor, answer_id: int) -> tuple[Sender, int] | None:
    """Find who has overtaken an answer, and with which message: the last of ours, else the customer's last."""
    row = await db.fetch_row(
        """
        SELECT m.sender, m.seq FROM answers a JOIN messages m ON m.session_id = a.session_id AND m.seq > a.up_to_seq
        WHERE a.id = $1 AND overtakes(m, a.id) ORDER BY m.sender = 'customer', m.seq DESC LIMIT 1
        """,
        answer_id,
    )
    return (row[0], row[1]) if row else None


async def erase_draft(tx: Transaction, message_id: int) -> Answer | None:
    """Remove the text of the answer that became this message, if one did."""
    return await _change(tx, "draft = NULL, reasons = '{}' WHERE message_id = $1", message_id)


async def _change(tx: Transaction, change: str, *args: Any) -> Answer | None:
    row = await tx.fetch_row(f"UPDATE answers a SET {change} RETURNING {_COLUMNS}", *args)
    return _answer(row) if row else None


async def collect_takeovers(db: Executor, owner_id: int) -> list[dict[str, Any]]:
    """Return when the owner took which sessions over, for their export."""
    rows = await db.fetch(
        "SELECT session_id, created_at FROM takeovers WHERE owner_id = $1 ORDER BY id", owner_id
    )
    return [dict(row) for row in rows]


async def collect_answers(db: Executor, owner_id: int) -> list[dict[str, Any]]:
    """Return the answers in the owner's sessions for their export."""
    rows = await db.fetch(
        """
        SELECT a.session_id, a.up_to_seq, a.state, a.draft, a.reasons, a.sources, a.model, a.message_id, a.created_at,
            a.decided_at, a.overtaken_seq
        FROM answers a JOIN chat_sessions s ON s.id = a.session_id WHERE s.owner_id = $1 ORDER BY a.id
        """,
        owner_id,
    )
    return [dict(row) for row in rows]
