"""SQL that queues an answer, unless its customer has got more than are sensible."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.assistant.queries.arriving import ARRIVING
from colonnade.products.dealroom.assistant.schemas import LIKENESS_CHARACTERS, AnswerLimits, Excess

__all__ = ["Planned", "queue_answer"]

SPAN = "interval '10 minutes'"
"""Answers within this time count when there are too many."""


class Planned(Struct, frozen=True):
    """The id of a queued answer and how long it waits; or neither, and why none is planned (`excess`)."""

    answer_id: int | None
    wait: timedelta | None
    excess: Excess | None
    owner_id: int


_QUEUE = f"""
WITH latest AS MATERIALIZED (
    SELECT trigger_message_id, state, decided_at, decided_by FROM answers
    WHERE session_id = $1 AND EXISTS (SELECT FROM channel_contacts WHERE session_id = $1)
    ORDER BY id DESC LIMIT 2 * coalesce($6::int, 0)
), recent AS (
    SELECT trigger_message_id FROM latest
    WHERE state = 'sent' AND decided_by IS NULL AND decided_at > now() - {SPAN}
), counted AS MATERIALIZED (
    SELECT CASE
        WHEN (SELECT count(*) FROM recent) >= $6::int THEN 'TOO_MANY_ANSWERS'
        WHEN $5::text IS NOT NULL AND (
            SELECT count(*) FROM recent JOIN messages m ON m.id = recent.trigger_message_id
            WHERE regexp_replace(left(m.content, {LIKENESS_CHARACTERS}), '[0-9]+', '', 'g') = $5
        ) >= $7::int THEN 'SAME_MESSAGE'
    END AS excess
), planned AS (
    INSERT INTO answers AS a (session_id, trigger_message_id, up_to_seq)
    SELECT $1, $2::bigint, $3::bigint FROM counted WHERE excess IS NULL
    ON CONFLICT (session_id) WHERE state = 'queued'
    DO UPDATE SET trigger_message_id = $2, up_to_seq = $3, attempts = 0, planned_at = now()
    RETURNING id, CASE WHEN {ARRIVING} THEN $4::interval
        ELSE least($4::interval, greatest(a.created_at + $4::interval * 5 - now(), interval '0')) END AS wait
)
SELECT planned.id, planned.wait, counted.excess, (SELECT owner_id FROM chat_sessions WHERE id = $1)
FROM counted LEFT JOIN planned ON true
"""


async def queue_answer(
    tx: Transaction,
    session_id: UUID,
    message_id: int,
    seq: int,
    quiet: timedelta,
    *,
    likeness: str | None,
    limits: AnswerLimits | None,
) -> Planned:
    """Queue the session's answer, or let the queued one answer this message too, unless that exceeds the `limits`.

    It waits for another message: `quiet`, and five times that at most unless the provider has delivered more. Of the
    `limits` those answers count that nobody approved, to a channel's contact; `likeness` is the text by which it is
    compared with those that were answered, without digits. The session must be locked, so that no other one goes out.
    """
    row = await tx.fetch_row(
        _QUEUE,
        session_id,
        message_id,
        seq,
        quiet,
        likeness,
        limits.answers if limits else None,
        limits.to_one_text if limits else None,
    )
    assert row is not None
    return Planned(*row)
