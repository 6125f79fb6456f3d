"""The assistant's answers, which the session's owner reads and decides on, and taking a session over."""

from __future__ import annotations

import math
from typing import Annotated
from uuid import UUID

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Exchange,
    IdempotencyKey,
    Limit,
    Ok,
    Page,
    QueryParameter,
    Router,
    Tag,
    allows,
    cursor_page,
    get,
    once,
    post,
)
from colonnade.kernel.outbound import Outbound
from colonnade.products.dealroom.assistant import actions, queries
from colonnade.products.dealroom.assistant.actions.budget import budget_of, describe_usage
from colonnade.products.dealroom.assistant.clients.openai import OpenAIResponder
from colonnade.products.dealroom.assistant.clients.responders import open_responder
from colonnade.products.dealroom.assistant.queries.prompts import fetch_prompt
from colonnade.products.dealroom.assistant.queries.servers import find_outage
from colonnade.products.dealroom.assistant.queries.usage import find_used
from colonnade.products.dealroom.assistant.schemas import (
    Answer,
    AnswerApproval,
    AnswerPrompt,
    AnswerState,
    AssistantSettings,
    AssistantStatus,
    TakeOver,
)
from colonnade.products.dealroom.sessions.queries import fetch_session
from colonnade.products.dealroom.sessions.schemas import ChatSession
from colonnade.products.dealroom.shared.rules.cursors import NEXT_PAGE, lower_than
from colonnade.products.dealroom.shared.rules.places import LONG_BODY_BYTES, PREFIX
from colonnade.products.dealroom.storefronts.queries import fetch_rules_of

__all__ = ["ROUTES"]

USE = "chats:use"

State = Annotated[AnswerState | None, QueryParameter(name="state")]
BeforeId = Annotated[
    int | None,
    QueryParameter(name="beforeId", ge=1, le=2**53 - 1, description="Only answers with a lower id."),
]
Cursor = Annotated[str | None, QueryParameter(max_length=100, description=NEXT_PAGE)]


@get("/sessions/{session_id:uuid}/answers", guards=[allows(USE)])
async def list_answers(
    session_id: UUID,
    db: Database,
    caller: Principal,
    only: State = None,
    before_id: BeforeId = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[Answer]:
    """The assistant's answers in a session, sent or not, newest first; `nextCursor` is the next `cursor`."""
    await fetch_session(db, caller.id, session_id)
    found = await queries.list_answers(
        db, session_id, state=only, before_id=lower_than(before_id, cursor), limit=limit + 1
    )
    return cursor_page(found, limit, lambda answer: str(answer.id))


@get("/answers/{answer_id:int}", guards=[allows(USE)])
async def show_answer(answer_id: int, db: Database, caller: Principal) -> Ok[Answer]:
    """One answer, with the texts it used."""
    return Ok(await queries.fetch_answer(db, caller.id, answer_id))


@get("/answers/{answer_id:int}/prompt", guards=[allows(USE)])
async def show_prompt(answer_id: int, db: Database, caller: Principal) -> Ok[AnswerPrompt]:
    """What the model was sent for an answer, word for word, for ASSISTANT_PROMPT_DAYS."""
    return Ok(await fetch_prompt(db, caller.id, answer_id))


@get("/assistant", guards=[allows(USE)])
async def show_assistant(
    db: Database, settings: AssistantSettings, outbound: Outbound, caller: Principal
) -> Ok[AssistantStatus]:
    """What answers customers here, whether it can at present, and what is used of the day's budget."""
    responder = open_responder(settings, outbound)
    outage = await find_outage(db, responder.key) if isinstance(responder, OpenAIResponder) else None
    used = await find_used(db, caller.id)
    usage = describe_usage(used, budget_of(settings))
    return Ok(
        AssistantStatus(
            mode=settings.assistant,
            model=responder.model if responder else None,
            available=responder is not None and outage is None and usage.state != "spent",
            retry_after_seconds=None if outage is None else math.ceil(outage),
            usage=usage,
        )
    )


@post(
    "/answers/{answer_id:int}/approve",
    guards=[allows(USE)],
    status_code=200,
    request_max_body_size=LONG_BODY_BYTES,
)
async def approve_answer(
    answer_id: int,
    data: AnswerApproval,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Ok[Answer]:
    """Send a held answer, as it is or with another `content`; 409 when it was decided before, or overtaken.

    Of an `overtaken` one `seenSeq` is the number of the customer's last message; what one of us has answered is final.

    `Idempotency-Key` is honoured.
    """
    async with once(exchange, db, caller, idempotency_key) as attempt:
        answer = await actions.approve_answer(attempt.tx, caller, answer_id, data)
        return await attempt.answer(Ok(answer), status=200)


@post("/answers/{answer_id:int}/reject", guards=[allows(USE)], status_code=200)
async def reject_answer(answer_id: int, db: Database, caller: Principal) -> Ok[Answer]:
    """Reject a held answer: it is not sent; 409 when it was decided before."""
    async with db.transaction(caller) as tx:
        answer = await actions.reject_answer(tx, caller, answer_id)
    return Ok(answer)


@post("/sessions/{session_id:uuid}/takeover", guards=[allows(USE)], status_code=200)
async def take_over(
    session_id: UUID, data: TakeOver, db: Database, settings: AssistantSettings, caller: Principal
) -> Ok[ChatSession]:
    """Answer oneself for some `minutes`: the assistant pauses, and its planned answer is cancelled."""
    async with db.transaction(caller) as tx:
        minutes = data.minutes
        if minutes is UNSET:
            rules = await fetch_rules_of(tx, session_id)
            minutes = rules.human_minutes or settings.human_lease_minutes
        session = await actions.take_over(tx, caller, session_id, minutes)
    return Ok(session, version=session.version)


@post("/sessions/{session_id:uuid}/release", guards=[allows(USE)], status_code=200)
async def hand_back(session_id: UUID, db: Database, caller: Principal) -> Ok[ChatSession]:
    """Let the assistant answer again, from the customer's next message on."""
    async with db.transaction(caller) as tx:
        session = await actions.hand_back(tx, caller, session_id)
    return Ok(session, version=session.version)


ROUTES = Router(
    PREFIX,
    route_handlers=[
        show_assistant,
        list_answers,
        show_answer,
        show_prompt,
        approve_answer,
        reject_answer,
        take_over,
        hand_back,
    ],
    tags=[
        Tag(
            "Assistant",
            "Answers that the assistant drafted: read, approve or reject them, or take a session over.",
        )
    ],
)
