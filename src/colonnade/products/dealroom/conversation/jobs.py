"""Answers what customers wrote while their channel was closed, once it is open."""

from __future__ import annotations

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import job
from colonnade.products.dealroom.conversation.actions import answer_waiting
from colonnade.products.dealroom.conversation.schemas import ANSWER_WHEN_OPEN, AnswerWhenOpen
from colonnade.products.dealroom.sessions.schemas import SessionNotFound

__all__ = ["JOBS", "answer_when_open"]


@job(ANSWER_WHEN_OPEN, max_attempts=10)
async def answer_when_open(payload: AnswerWhenOpen, db: Database) -> None:
    """Plan the answer to a message that waited, unless a person has answered or a later message waits in its place."""
    try:
        async with db.transaction() as tx:
            await answer_waiting(tx, payload.owner_id, payload.session_id, payload.message_id)
    except SessionNotFound:
        return  # deleted meanwhile


JOBS = [answer_when_open]
