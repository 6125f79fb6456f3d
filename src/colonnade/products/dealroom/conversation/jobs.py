"""Answers what customers wrote while their channel was closed, once it is open."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import Job, job
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.channels.schemas import HOURS_CHANGED, HoursChanged
from colonnade.products.dealroom.conversation.actions import answer_waiting
from colonnade.products.dealroom.conversation.queries import list_waiting
from colonnade.products.dealroom.conversation.schemas import ANSWER_WHEN_OPEN, AnswerWhenOpen
from colonnade.products.dealroom.sessions.schemas import SessionNotFound

__all__ = ["JOBS", "answer_at_new_hours", "answer_when_open"]

CONTACTS_AT_ONCE = 200


@job(ANSWER_WHEN_OPEN, max_attempts=10)
async def answer_when_open(payload: AnswerWhenOpen, db: Database, settings: AssistantSettings) -> None:
    """Plan the answer to a message that waited, unless a person has answered or a later message waits in its place."""
    try:
        async with db.transaction() as tx:
            await answer_waiting(tx, settings, payload.owner_id, payload.session_id, payload.message_id)
    except SessionNotFound:
        return  # deleted meanwhile


@job(HOURS_CHANGED, max_attempts=10)
async def answer_at_new_hours(payload: HoursChanged, db: Database, settings: AssistantSettings) -> None:
    """Plan the answers to those who wait for an opening by the hours of now; done twice, it plans nothing twice.

    It sees to some of a channel's contacts, each in a transaction of their own, and has another job see to the next.
    """
    if settings.assistant == "off":
        return
    waiting = await list_waiting(db, payload.channel_id, payload.after, CONTACTS_AT_ONCE)
    for owner_id, session_id, message_id in waiting.found:
        with suppress(SessionNotFound):  # deleted meanwhile
            async with db.transaction() as tx:
                await answer_waiting(tx, settings, owner_id, session_id, message_id)
    if waiting.next is not None:
        async with db.transaction() as tx:
            await tx.enqueue(HOURS_CHANGED, HoursChanged(payload.channel_id, waiting.next))


JOBS: list[Job[Any]] = [answer_when_open, answer_at_new_hours]
