"""The assistant, which answers customers in place of the vendor, from the sellers' texts."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData
from colonnade.kernel.product import Slice
from colonnade.products.dealroom.assistant.jobs import JOBS
from colonnade.products.dealroom.assistant.queries import collect_answers, collect_takeovers
from colonnade.products.dealroom.assistant.queries.prompts import collect_prompts
from colonnade.products.dealroom.assistant.queries.usage import collect_usage
from colonnade.products.dealroom.assistant.routes import ROUTES
from colonnade.products.dealroom.assistant.schemas import (
    ANSWER_DECIDED,
    ANSWER_HELD,
    ASSISTANT_BUDGET,
    WRITE_ANSWER,
    AssistantSettings,
)

__all__ = ["SLICE"]

SLICE = Slice(
    name="assistant",
    routes=[ROUTES],
    sends=[ANSWER_HELD, ANSWER_DECIDED, ASSISTANT_BUDGET],
    jobs=JOBS,
    enqueues=[WRITE_ANSWER],
    settings=AssistantSettings,
    personal_data=[
        PersonalData("answers", collect_answers),
        PersonalData("takeovers", collect_takeovers),
        PersonalData("prompts", collect_prompts),
        PersonalData("assistant_usage", collect_usage),
    ],
)
