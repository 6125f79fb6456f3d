"""Shapes of the conversation's jobs."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from colonnade.kernel.jobs import JobName

__all__ = ["ANSWER_WHEN_OPEN", "AnswerWhenOpen"]


class AnswerWhenOpen(Struct, frozen=True):
    """A customer's message that came while the channel was closed, and waits for the assistant."""

    owner_id: int
    session_id: UUID
    message_id: int


ANSWER_WHEN_OPEN = JobName("conversation.open", AnswerWhenOpen)
