"""Shapes of the assistant's answers, and the errors about them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType
from pydantic import Field, SecretStr, model_validator

from colonnade.kernel.core import LOOPBACK, Conflict, LoggedEvent, LowerCase, NotFound, SliceSettings
from colonnade.kernel.jobs import JobName, Lane
from colonnade.products.dealroom.messages.schemas import Content
from colonnade.products.dealroom.sessions.schemas import OWNER

__all__ = [
    "ANSWER_DECIDED",
    "ANSWER_HELD",
    "ASSISTANT_BUDGET",
    "LIKENESS_CHARACTERS",
    "WRITE_ANSWER",
    "Answer",
    "AnswerApproval",
    "AnswerChange",
    "AnswerFormat",
    "AnswerLimits",
    "AnswerNotFound",
    "AnswerNotHeld",
    "AnswerOvertaken",
    "AnswerPrompt",
    "AnswerState",
    "AssistantSettings",
    "AssistantStatus",
    "AssistantUsage",
    "Excess",
    "PromptNotFound",
    "PromptTurn",
    "Reply",
    "Source",
    "TakeOver",
    "WriteAnswer",
]

AnswerFormat = Literal["json_schema", "json_object", "text"]
"""How a model server is made to answer in JSON: by a schema, by a flag, or by words alone."""

AnswerState = Literal["queued", "held", "overtaken", "sent", "cancelled", "rejected", "failed"]
"""`overtaken`: it was held, and then the customer has written again, or somebody has answered them."""

Excess = Literal["SAME_MESSAGE", "TOO_MANY_ANSWERS"]
"""Why a customer gets no more answers for a while."""

LIKENESS_CHARACTERS = 500
"""So much of a text is compared with others."""


class AnswerLimits(Struct, frozen=True):
    """How many answers a channel's contact gets in ten minutes, and how many `to_one_text`."""

    answers: int
    to_one_text: int


class AssistantSettings(SliceSettings):
    """The assistant's responder, and its pauses."""

    title = "The assistant"

    assistant: Annotated[Literal["off", "local", "openai"], LowerCase] = Field(
        "off",
        description=(
            "What answers customers: off; local (short answers from the catalogue, no model); openai (any server "
            "that speaks OpenAI's chat completions: OpenAI, vLLM, Ollama, ...)."
        ),
    )
    assistant_base_url: str | None = Field(
        None,
        description=(
            "For openai: address up to /v1, e.g. https://api.openai.com/v1 or http://localhost:11434/v1 (http and "
            "addresses inside a network: this machine, or what ASSISTANT_PRIVATE_ADDRESS names), the model's name, and "
            "the key if the server requires one."
        ),
    )
    assistant_private_address: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9.:-]{1,253}$",
        description=(
            "A model server inside a network: its address or host (10.0.0.7), the only one that is called then; http "
            "is allowed."
        ),
    )
    assistant_model: str | None = Field(None, max_length=200)
    assistant_api_key: SecretStr | None = None
    assistant_timeout_seconds: float = Field(60.0, ge=1, le=240, description="Longest wait for an answer.")
    assistant_breaker_failures: int = Field(
        5,
        ge=1,
        le=100,
        description=(
            "A model server that fails so many times in a row is left alone for ASSISTANT_BREAKER_SECONDS, twice that "
            "the next time, and so on (ten minutes at most); then one call tries it."
        ),
    )
    assistant_breaker_seconds: int = Field(30, ge=1, le=600)
    assistant_late_minutes: int = Field(
        15,
        ge=1,
        le=1380,
        description="An answer that could not be written so many minutes after the message is left to a human.",
    )
    assistant_quiet_seconds: float = Field(
        3.0,
        ge=0,
        le=30,
        description="Wait so long for the customer's next message before answering (0: not at all).",
    )
    assistant_daily_calls: int = Field(
        2_000,
        ge=1,
        le=10_000_000,
        description="Calls and tokens of the model that each account may use in a day (UTC).",
    )
    assistant_daily_tokens: int = Field(5_000_000, ge=1, le=10_000_000_000)
    assistant_prompt_days: int = Field(
        7,
        ge=0,
        le=365,
        description="Days for which the prompts of answers can be looked at (0: they are not kept).",
    )
    assistant_answers_in_ten_minutes: int = Field(
        30,
        ge=1,
        le=500,
        description=(
            "A channel's contact who got so many answers in ten minutes, or so many to one text, is left to people: "
            "it may be a machine, and two of them would answer each other without end."
        ),
    )
    assistant_answers_to_one_text: int = Field(3, ge=1, le=500)
    human_lease_minutes: int = Field(
        30,
        ge=1,
        le=10_080,
        description="Minutes for which the assistant pauses after a human has written or taken over.",
    )
    unarchive: bool = Field(
        True, description="A customer's message brings an archived session back into the list."
    )

    @property
    def human_lease(self) -> timedelta:
        """HUMAN_LEASE_MINUTES."""
        return timedelta(minutes=self.human_lease_minutes)

    @property
    def quiet(self) -> timedelta:
        """ASSISTANT_QUIET_SECONDS."""
        return timedelta(seconds=self.assistant_quiet_seconds)

    @property
    def limits(self) -> AnswerLimits:
        """ASSISTANT_ANSWERS_IN_TEN_MINUTES, ASSISTANT_ANSWERS_TO_ONE_TEXT."""
        return AnswerLimits(self.assistant_answers_in_ten_minutes, self.assistant_answers_to_one_text)

    @property
    def late(self) -> timedelta:
        """ASSISTANT_LATE_MINUTES."""
        return timedelta(minutes=self.assistant_late_minutes)

    @model_validator(mode="after")
    def _check_model(self) -> AssistantSettings:
        """Require a model's name and address; the address must use https or be on this machine."""
        if self.assistant == "openai" and not (self.assistant_base_url and self.assistant_model):
            raise ValueError("ASSISTANT=openai needs ASSISTANT_BASE_URL and ASSISTANT_MODEL")
        if self.assistant_base_url is not None:
            _check_base_url(self.assistant_base_url, self.assistant_private_address)
        return self


def _check_base_url(value: str, private: str | None) -> None:
    message = (
        "ASSISTANT_BASE_URL: must be an address such as https://api.openai.com/v1; http for this machine, or with "
        "ASSISTANT_PRIVATE_ADDRESS"
    )
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        raise ValueError(message) from None
    schemes = ("https", "http") if host in LOOPBACK or private is not None else ("https",)
    if not host or parts.scheme not in schemes or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(message)


class Source(Struct, frozen=True, rename="camel"):
    """A source of an answer: a seller's text, or (with `product_id`) a product's, as it was then."""

    seller_id: int
    product_id: int | None
    text: str


class Answer(Struct, frozen=True, rename="camel"):
    """An answer of the assistant to the customer's messages up to number `up_to_seq`.

    `reasons` say why it is held (`PRICE_UNKNOWN: Rp99.000`), was cancelled or failed. `draft` is the assistant's
    text, null until it is written, and after the message that it became was deleted. `overtaken_seq` is the number of
    the message that has first overtaken it while it was held.
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
    overtaken_seq: int | None


class AnswerChange(Struct, frozen=True):
    """An answer as it is now."""

    answer: Answer


ANSWER_HELD = LoggedEvent(
    "answer-held", AnswerChange, to=OWNER, when="An answer waits for a human's decision: `reasons` say why."
)
ANSWER_DECIDED = LoggedEvent(
    "answer-decided",
    AnswerChange,
    to=OWNER,
    when="An answer is sent, approved, rejected, cancelled, overtaken by a later message, or has failed.",
)


class PromptTurn(Struct, frozen=True):
    """A message of a prompt; `role` is system, user or assistant."""

    role: str
    content: str


class AnswerPrompt(Struct, frozen=True, rename="camel"):
    """The prompt that an answer was written from, exactly as it was sent, and the form that was asked for."""

    answer_id: int
    model: str | None
    format: AnswerFormat
    turns: list[PromptTurn]
    created_at: datetime


class AssistantUsage(Struct, frozen=True, rename="camel"):
    """What the account has used of the model today (a day of UTC), and its budget.

    `share` is the larger part of both that is used, from 0 to 1. At `spent` customers are left to people until
    `resets_at`.
    """

    day: date
    calls: int
    call_limit: int
    tokens: int
    token_limit: int
    share: float
    state: Literal["ample", "low", "spent"]
    resets_at: datetime


class AssistantStatus(Struct, frozen=True, rename="camel"):
    """The assistant of this installation: what answers (`off`, `local`, `openai`), and whether it can.

    `retry_after_seconds`: the model server has failed, and is tried again then.
    """

    mode: Literal["off", "local", "openai"]
    model: str | None
    available: bool
    retry_after_seconds: int | None
    usage: AssistantUsage


ASSISTANT_BUDGET = LoggedEvent(
    "assistant-budget",
    AssistantUsage,
    to=OWNER,
    when="80 % of the day's budget of the model are used, or all of it; told in the session that reached it.",
)


class Reply(Struct, frozen=True):
    """A responder's reply: the text, and the items of the catalogue that it cites.

    `claims` are prices and benefits in the catalogue's words; `problems` prevent the reply from being sent.
    """

    text: str
    seller_ids: tuple[int, ...] = ()
    product_ids: tuple[int, ...] = ()
    claims: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class AnswerApproval(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Send a held answer: as it is, or with another text.

    One that the customer has overtaken is sent if what they wrote was read: up to message number `seen_seq`.
    """

    content: Content | UnsetType = UNSET
    seen_seq: Annotated[int, Meta(ge=1, le=2**53 - 1)] | UnsetType = UNSET


class TakeOver(Struct, frozen=True, forbid_unknown_fields=True):
    """For how long a human answers (by default HUMAN_LEASE_MINUTES)."""

    minutes: Annotated[int, Meta(ge=1, le=10_080)] | UnsetType = UNSET


class WriteAnswer(Struct, frozen=True):
    """A queued answer, and the message that it is for: a later message has a job of its own."""

    answer_id: int
    trigger_message_id: int
    account_id: int | None = None


MODEL_LANE = Lane("models", 8, in_front=32)
"""For jobs that wait for a language model. An account to which thousands write at once has its own wait longer."""

WRITE_ANSWER = JobName("assistant.answer", WriteAnswer, lane=MODEL_LANE)


class AnswerNotFound(NotFound):
    """There is no such answer, or it is in somebody else's session."""

    code = "ANSWER_NOT_FOUND"
    message = "Answer not found"


class PromptNotFound(NotFound):
    """There is no such answer, or no prompt is kept of it.

    It was written without a model, is older than ASSISTANT_PROMPT_DAYS, or a message in its prompt was deleted.
    """

    code = "PROMPT_NOT_FOUND"
    message = "No prompt is kept of this answer"


class AnswerNotHeld(Conflict):
    """The answer does not wait for a decision: it is not held, or was decided before."""

    code = "ANSWER_NOT_HELD"
    message = "This answer does not wait for a decision"


class AnswerOvertaken(Conflict):
    """A later message has overtaken the draft: `by` the customer, the assistant or a human, number `seq`.

    After the customer's alone it can be approved with this number as `seenSeq`.
    """

    code = "ANSWER_OVERTAKEN"
    message = (
        "Somebody has answered since: reject this draft, or send what is left to say as a message of your own"
    )
