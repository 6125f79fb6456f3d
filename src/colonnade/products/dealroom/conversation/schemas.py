"""Shapes of the jobs that the conversation enqueues; new hours, of which a page is a job, are the channels'."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from colonnade.kernel.jobs import JobName
from colonnade.products.dealroom.channels.schemas import HOURS_CHANGED, HoursChanged

__all__ = ["ANSWER_WHEN_OPEN", "HOURS_CHANGED", "AnswerWhenOpen", "HoursChanged"]


class AnswerWhenOpen(Struct, frozen=True):
    """A customer's message that came while the channel was closed, and waits for the assistant."""

    owner_id: int
    session_id: UUID
    message_id: int


ANSWER_WHEN_OPEN = JobName("conversation.open", AnswerWhenOpen)
