"""All SQL about prompts: what was sent to the model for an answer, kept for some days and without deleted messages."""

from __future__ import annotations

import zlib
from typing import Any
from uuid import UUID

import msgspec

from colonnade.kernel.db import Executor, Transaction
from colonnade.products.dealroom.assistant.schemas import (
    AnswerFormat,
    AnswerPrompt,
    PromptNotFound,
    PromptTurn,
)

__all__ = [
    "SentPrompt",
    "collect_prompts",
    "erase_prompts",
    "fetch_prompt",
    "prune_prompts",
    "save_prompt",
]

PRUNED_AT_ONCE = 1_000


class SentPrompt(msgspec.Struct, frozen=True):
    """A prompt as it was sent: turns (`rules.desk.pack_turns`), and the session's messages that it was made of."""

    turns: bytes
    format: AnswerFormat
    from_seq: int
    to_seq: int
    message_ids: list[int]


def _unpack(packed: bytes) -> list[PromptTurn]:
    return msgspec.json.decode(zlib.decompress(packed), type=list[PromptTurn])


async def save_prompt(tx: Transaction, answer_id: int, session_id: UUID, sent: SentPrompt) -> None:
    """Store an answer's prompt, unless one of its messages was deleted meanwhile.

    Its messages are locked against deletion until the commit: a deletion that waits will find the prompt.
    """
    await tx.execute(
        """
        WITH kept AS (
            SELECT deleted_at FROM messages WHERE session_id = $2 AND id = ANY($7::bigint[]) ORDER BY id FOR SHARE
        )
        INSERT INTO answer_prompts (answer_id, session_id, from_seq, to_seq, format, turns)
        SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT FROM kept WHERE deleted_at IS NOT NULL)
        ON CONFLICT (answer_id) DO NOTHING
        """,
        answer_id,
        session_id,
        sent.from_seq,
        sent.to_seq,
        sent.format,
        sent.turns,
        sent.message_ids,
    )


async def fetch_prompt(db: Executor, owner_id: int, answer_id: int) -> AnswerPrompt:
    """Fetch the prompt of an answer in the owner's sessions. Raise PromptNotFound if there is none (any more)."""
    row = await db.fetch_row(
        """
        SELECT p.answer_id, a.model, p.format, p.turns, p.created_at
        FROM answer_prompts p JOIN answers a ON a.id = p.answer_id
        JOIN chat_sessions s ON s.id = a.session_id AND s.owner_id = $2 WHERE p.answer_id = $1
        """,
        answer_id,
        owner_id,
    )
    if row is None:
        raise PromptNotFound
    return AnswerPrompt(
        row["answer_id"], row["model"], row["format"], _unpack(row["turns"]), row["created_at"]
    )


async def erase_prompts(tx: Transaction, message_id: int) -> None:
    """Delete the prompts that have a message which is deleted, and that of the answer which became it."""
    await tx.execute(
        """
        DELETE FROM answer_prompts p USING messages m
        WHERE m.id = $1 AND p.session_id = m.session_id AND (p.from_seq <= m.seq AND p.to_seq >= m.seq
            OR p.answer_id = (SELECT a.id FROM answers a WHERE a.message_id = m.id))
        """,
        message_id,
    )


async def prune_prompts(db: Executor, days: int) -> int:
    """Delete up to 1,000 prompts older than so many days; return how many."""
    done: str = await db.execute(
        """
        DELETE FROM answer_prompts WHERE answer_id IN (
            SELECT answer_id FROM answer_prompts WHERE created_at < now() - make_interval(days => $1) LIMIT $2
        )
        """,
        days,
        PRUNED_AT_ONCE,
    )
    return int(done.rpartition(" ")[2])


async def collect_prompts(db: Executor, owner_id: int) -> list[dict[str, Any]]:
    """Return the prompts of the owner's answers for their export."""
    rows = await db.fetch(
        """
        SELECT p.answer_id, p.session_id, p.format, p.turns, p.created_at
        FROM answer_prompts p JOIN chat_sessions s ON s.id = p.session_id WHERE s.owner_id = $1 ORDER BY p.answer_id
        """,
        owner_id,
    )
    return [{**dict(row), "turns": _unpack(row["turns"])} for row in rows]
