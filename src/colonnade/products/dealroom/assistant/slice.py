"""The assistant, which answers customers in place of the vendor, from the sellers' texts."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData
from colonnade.kernel.product import Slice
from colonnade.products.dealroom.assistant.jobs import JOBS
from colonnade.products.dealroom.assistant.queries import collect_answers
from colonnade.products.dealroom.assistant.routes import ROUTES
from colonnade.products.dealroom.assistant.schemas import (
    ANSWER_DECIDED,
    ANSWER_HELD,
    WRITE_ANSWER,
    AssistantSettings,
)

__all__ = ["SLICE"]

SLICE = Slice(
    name="assistant",
    routes=[ROUTES],
    sends=[ANSWER_HELD, ANSWER_DECIDED],
    jobs=JOBS,
    enqueues=[WRITE_ANSWER],
    settings=AssistantSettings,
    personal_data=[PersonalData("answers", collect_answers)],
)
