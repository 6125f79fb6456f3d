"""Answers customers in the background: asks the responder outside any transaction, then settles the answer in one.

Attempts are at-least-once: one that died is repeated, but an answer is settled only once. A responder that keeps
failing is asked five times.
"""

from __future__ import annotations

import asyncio

import structlog

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import job
from colonnade.kernel.outbound import Outbound
from colonnade.products.dealroom.assistant import actions, queries
from colonnade.products.dealroom.assistant.clients.openai import ResponderFailed, ResponderRefused
from colonnade.products.dealroom.assistant.clients.responders import Responder, open_responder
from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue
from colonnade.products.dealroom.assistant.rules.grounding import judge
from colonnade.products.dealroom.assistant.rules.inspection import inspect_reply
from colonnade.products.dealroom.assistant.rules.notices import without_notices
from colonnade.products.dealroom.assistant.rules.orders import without_orders
from colonnade.products.dealroom.assistant.rules.prompt import MAX_MESSAGES, Prompt
from colonnade.products.dealroom.assistant.schemas import WRITE_ANSWER, AssistantSettings, WriteAnswer
from colonnade.products.dealroom.messages.queries import list_messages
from colonnade.products.dealroom.sessions.schemas import SessionNotFound
from colonnade.products.dealroom.storefronts.queries import fetch_storefront

__all__ = ["JOBS", "write_answer"]

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 5
MAX_ASKED = 2
"""How often a reply is asked for while the catalogue is changed; the last is judged by the catalogue as it is then."""


# Attempts are counted with the answer, so that it ends as failed; two more are for workers that died half-way.
@job(WRITE_ANSWER, max_attempts=MAX_ATTEMPTS + 2, timeout_seconds=300.0, first_delay_seconds=5.0)
async def write_answer(
    payload: WriteAnswer, db: Database, settings: AssistantSettings, outbound: Outbound
) -> None:
    """Answer a customer, unless a human has answered or taken over. Raise ResponderFailed to be retried."""
    attempt = await queries.begin_attempt(db, payload.answer_id, payload.trigger_message_id)
    if attempt is None:
        return
    try:
        await _answer(db, attempt, open_responder(settings, outbound))
    except SessionNotFound:
        return  # deleted meanwhile, and the answer with it
    except ResponderRefused as error:
        await _fail(db, attempt, f"RESPONDER_REFUSED: {error}")
    except ResponderFailed as error:
        if attempt.number < MAX_ATTEMPTS:
            raise
        await _fail(db, attempt, f"RESPONDER_FAILED: {error}")


async def _answer(db: Database, attempt: queries.Attempt, responder: Responder | None) -> None:
    if responder is None:
        raise ResponderRefused("the assistant is off")
    if attempt.number > MAX_ATTEMPTS:
        raise ResponderFailed("every attempt was broken off")
    async with db.transaction() as tx:
        if await actions.find_wanted(tx, attempt) is None:
            return
    await _respond(db, attempt, responder)


async def _respond(db: Database, attempt: queries.Attempt, responder: Responder) -> None:
    storefront = await fetch_storefront(db, attempt.session_id)
    for _ in range(MAX_ASKED):
        vendor, catalogue = storefront.vendor, Catalogue(without_orders(storefront.sellers))
        messages = await list_messages(
            db, attempt.owner_id, attempt.session_id, before=None, after=None, limit=MAX_MESSAGES
        )
        prompt = Prompt(vendor, catalogue, without_notices(messages), storefront.language)
        reply = await responder.respond(prompt)
        asked_from, storefront = storefront, await fetch_storefront(db, attempt.session_id)
        if storefront == asked_from:
            break
    vendor, catalogue = storefront.vendor, Catalogue(without_orders(storefront.sellers))
    phones = [one for one in (vendor.phone_number, vendor.phone_number_typed) if one] if vendor else []
    # In a thread: judging a long answer about a long catalogue would block the event loop.
    reply = await asyncio.to_thread(inspect_reply, reply, prompt)
    judgement = await asyncio.to_thread(judge, reply, catalogue, known=phones)
    async with db.transaction() as tx:
        await actions.settle_answer(tx, attempt, reply.text, judgement, responder.model)


async def _fail(db: Database, attempt: queries.Attempt, reason: str) -> None:
    log.warning("assistant gave no answer", answer=attempt.answer_id, attempts=attempt.number, reason=reason)
    try:
        async with db.transaction() as tx:
            await actions.fail_answer(tx, attempt, reason)
    except SessionNotFound:
        return


JOBS = [write_answer]
