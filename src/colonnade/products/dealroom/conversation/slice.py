"""A flow over messages and the assistant: writing and deleting a message."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.dealroom.conversation.jobs import JOBS
from colonnade.products.dealroom.conversation.routes import ROUTES
from colonnade.products.dealroom.conversation.schemas import ANSWER_WHEN_OPEN, HOURS_CHANGED

__all__ = ["SLICE"]

SLICE = Slice(
    name="conversation",
    routes=[ROUTES],
    jobs=JOBS,
    enqueues=[ANSWER_WHEN_OPEN, HOURS_CHANGED],
)
