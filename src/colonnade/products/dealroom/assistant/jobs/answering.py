"""Answers customers in the background: asks the responder outside any transaction, then settles the answer in one.

Attempts are at-least-once: one that died is repeated, but an answer is settled only once. A responder whose answers are
nonsense is asked five times; one that is down is waited for while an answer still makes sense.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from datetime import timedelta

import structlog

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import RetryLater, job
from colonnade.kernel.outbound import Outbound
from colonnade.products.dealroom.assistant import actions, queries
from colonnade.products.dealroom.assistant.clients.local import LocalResponder
from colonnade.products.dealroom.assistant.clients.openai import ResponderFailed, ResponderRefused
from colonnade.products.dealroom.assistant.clients.responders import Responder, open_responder
from colonnade.products.dealroom.assistant.jobs.asking import (
    BudgetSpent,
    ModelUnavailable,
    Question,
    Unwanted,
    ask,
)
from colonnade.products.dealroom.assistant.queries.prompts import SentPrompt, pack
from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue
from colonnade.products.dealroom.assistant.rules.grounding import judge
from colonnade.products.dealroom.assistant.rules.inspection import inspect_reply
from colonnade.products.dealroom.assistant.rules.notices import without_notices
from colonnade.products.dealroom.assistant.rules.orders import without_orders
from colonnade.products.dealroom.assistant.rules.prompt import MAX_MESSAGES, Prompt, build_turns
from colonnade.products.dealroom.assistant.rules.talk import talk_of
from colonnade.products.dealroom.assistant.schemas import WRITE_ANSWER, AssistantSettings, Reply, WriteAnswer
from colonnade.products.dealroom.messages.queries import list_messages
from colonnade.products.dealroom.sellers.schemas import Seller
from colonnade.products.dealroom.sessions.schemas import SessionNotFound
from colonnade.products.dealroom.storefronts.queries import fetch_storefront

__all__ = ["write_answer"]

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 5
MAX_ASKED = 2
"""How often a reply is asked for while the catalogue is changed; the last is judged by the catalogue as it is then."""

FIRST_DELAY_SECONDS = 5.0
NO_END = 100_000
"""Attempts are counted with the answer, and while a server is down its lateness ends them."""


@job(WRITE_ANSWER, max_attempts=NO_END, timeout_seconds=600.0, first_delay_seconds=FIRST_DELAY_SECONDS)
async def write_answer(
    payload: WriteAnswer, db: Database, settings: AssistantSettings, outbound: Outbound
) -> None:
    """Answer a customer, unless somebody has answered or it is too late. Raise RetryLater to be run again."""
    attempt = await queries.begin_attempt(db, payload.answer_id, payload.trigger_message_id)
    if attempt is None:
        return
    try:
        await _answer(db, settings, attempt, open_responder(settings, outbound))
    except SessionNotFound:
        return  # deleted meanwhile, and the answer with it
    except ResponderRefused as error:
        await _fail(db, attempt, f"RESPONDER_REFUSED: {error}")
    except BudgetSpent:
        await _fail(db, attempt, "BUDGET_SPENT")
    except Unwanted:
        await _drop(db, attempt)
    except ModelUnavailable as error:
        await _wait(db, settings, attempt, error)
    except ResponderFailed as error:
        if attempt.number < MAX_ATTEMPTS:
            raise RetryLater(FIRST_DELAY_SECONDS * 2.0 ** (attempt.number - 1), str(error)) from None
        await _fail(db, attempt, f"RESPONDER_FAILED: {error}")


async def _wait(
    db: Database, settings: AssistantSettings, attempt: queries.Attempt, error: ModelUnavailable
) -> None:
    """Try again when the server may be back, if that is not too late; it is no attempt at the answer."""
    await queries.give_back_attempt(db, attempt.answer_id, attempt.trigger_message_id)
    trigger = await queries.describe_trigger(db, attempt.answer_id)
    if trigger.waited + timedelta(seconds=error.wait_seconds) > settings.late:
        await _fail(db, attempt, f"MODEL_UNAVAILABLE: {error}")
        return
    # Not all at once: the first finds out whether the server is back.
    raise RetryLater(error.wait_seconds * random.uniform(1.0, 1.25), str(error))  # noqa: S311


async def _answer(
    db: Database, settings: AssistantSettings, attempt: queries.Attempt, responder: Responder | None
) -> None:
    if responder is None:
        raise ResponderRefused("the assistant is off")
    if attempt.number > MAX_ATTEMPTS:
        raise ResponderFailed("every attempt was broken off")
    async with db.transaction() as tx:
        if await actions.find_wanted(tx, attempt, late=settings.late) is None:
            return
    await _respond(db, settings, attempt, responder)


async def _respond(
    db: Database, settings: AssistantSettings, attempt: queries.Attempt, responder: Responder
) -> None:
    storefront = await fetch_storefront(db, attempt.session_id)
    for _ in range(MAX_ASKED):
        vendor, catalogue = storefront.vendor, await asyncio.to_thread(_read, storefront.sellers)
        messages = await list_messages(
            db, attempt.owner_id, attempt.session_id, before=None, after=None, limit=MAX_MESSAGES
        )
        prompt = Prompt(vendor, catalogue, without_notices(messages), storefront.language)
        reply, sent = await _ask(db, settings, attempt, responder, prompt)
        asked_from, storefront = storefront, await fetch_storefront(db, attempt.session_id)
        if storefront == asked_from:
            break
    vendor, catalogue = storefront.vendor, await asyncio.to_thread(_read, storefront.sellers)
    phones = [one for one in (vendor.phone_number, vendor.phone_number_typed) if one] if vendor else []
    # In a thread: judging a long answer about a long catalogue would block the event loop.
    reply = await asyncio.to_thread(inspect_reply, reply, prompt)
    talk = talk_of(messages, vendor)
    judgement = await asyncio.to_thread(
        judge,
        reply,
        catalogue,
        asked=talk.asked,
        known=phones,
        names=talk.names,
        language=storefront.language or "",
    )
    async with db.transaction() as tx:
        await actions.settle_answer(
            tx,
            attempt,
            reply.text,
            judgement,
            responder.model,
            sent_prompt=sent if settings.assistant_prompt_days > 0 else None,
        )


def _read(sellers: list[Seller]) -> Catalogue:
    """Read the catalogue without what gives orders. In a thread: a large one that is new takes long."""
    return Catalogue(without_orders(sellers))


async def _ask(
    db: Database,
    settings: AssistantSettings,
    attempt: queries.Attempt,
    responder: Responder,
    prompt: Prompt,
) -> tuple[Reply, SentPrompt | None]:
    """Ask for a reply; return it and what was sent for it, if that was a model's prompt."""
    if isinstance(responder, LocalResponder):
        return await responder.respond(prompt), None
    turns = await asyncio.to_thread(build_turns, prompt)
    size = sum(len(turn.content.encode()) for turn in turns)
    question = Question(turns, size, attempt, prompt.language)
    written = await ask(db, settings, responder, question)
    used = [message for message in prompt.messages if message.deleted_at is None]
    if not used:
        return written.reply, None
    packed = await asyncio.to_thread(pack, turns)
    ids = [message.id for message in used]
    return written.reply, SentPrompt(packed, written.format, used[0].seq, used[-1].seq, ids)


async def _drop(db: Database, attempt: queries.Attempt) -> None:
    """Cancel the answer if that is why nobody waits for it: a later message's job goes on."""
    with suppress(SessionNotFound):
        async with db.transaction() as tx:
            await actions.find_wanted(tx, attempt)


async def _fail(db: Database, attempt: queries.Attempt, reason: str) -> None:
    log.warning("assistant gave no answer", answer=attempt.answer_id, attempts=attempt.number, reason=reason)
    with suppress(SessionNotFound):
        async with db.transaction() as tx:
            await actions.fail_answer(tx, attempt, reason)
