"""Shapes of the assistant's answers, and the errors about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import Conflict, NotFound
from colonnade.kernel.jobs import JobName, Lane
from colonnade.products.dealroom.messages.schemas import Content

__all__ = [
    "WRITE_ANSWER",
    "Answer",
    "AnswerApproval",
    "AnswerNotFound",
    "AnswerNotHeld",
    "AnswerState",
    "Reply",
    "Source",
    "TakeOver",
    "WriteAnswer",
]

AnswerState = Literal["queued", "held", "sent", "cancelled", "rejected", "failed"]


class Source(Struct, frozen=True, rename="camel"):
    """What an answer stands on: a seller's text, or (with `product_id`) a product's, as it was then."""

    seller_id: int
    product_id: int | None
    text: str


class Answer(Struct, frozen=True, rename="camel"):
    """An answer of the assistant to the customer's messages up to number `up_to_seq`.

    `reasons` say why it is held (`PRICE_UNKNOWN: Rp99.000`), was cancelled or failed. `draft` is what the assistant
    wrote, null until it has, and after the message that it became was deleted.
    """

    id: int
    session_id: UUID
    trigger_message_id: int
    up_to_seq: int
    state: AnswerState
    draft: str | None
    reasons: list[str]
    sources: list[Source]
    model: str | None
    message_id: int | None
    decided_by: int | None
    created_at: datetime
    decided_at: datetime | None


class Reply(Struct, frozen=True):
    """What a responder says: the text, and what of the catalogue it says it used.

    `claims` are prices and benefits as the catalogue words them; `problems` keep the reply from going out.
    """

    text: str
    seller_ids: tuple[int, ...] = ()
    product_ids: tuple[int, ...] = ()
    claims: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class AnswerApproval(Struct, frozen=True, forbid_unknown_fields=True):
    """Send a held answer: as it is, or with another text."""

    content: Content | UnsetType = UNSET


class TakeOver(Struct, frozen=True, forbid_unknown_fields=True):
    """For how long a human answers (HUMAN_LEASE_MINUTES where it is absent)."""

    minutes: Annotated[int, Meta(ge=1, le=10_080)] | UnsetType = UNSET


class WriteAnswer(Struct, frozen=True):
    """A queued answer, and the message that it is for: a later message brings a job of its own."""

    answer_id: int
    trigger_message_id: int


MODEL_LANE = Lane("models", 8)
"""For jobs that wait for a language model."""

WRITE_ANSWER = JobName("assistant.answer", WriteAnswer, lane=MODEL_LANE)


class AnswerNotFound(NotFound):
    """There is no such answer, or it is in somebody else's session."""

    code = "ANSWER_NOT_FOUND"
    message = "Answer not found"


class AnswerNotHeld(Conflict):
    """Only an answer that waits for a decision can be decided, and once."""

    code = "ANSWER_NOT_HELD"
    message = "This answer does not wait for a decision"
