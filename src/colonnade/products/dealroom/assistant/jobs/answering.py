"""Answers customers in the background: asks the responder outside any transaction, then settles the answer in one.

Attempts are at-least-once: one that died is repeated, but an answer is settled only once. A responder whose answers are
nonsense is asked five times; one that is down is waited for while an answer still makes sense.
"""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta

import structlog
from msgspec import Struct

from colonnade.kernel.core import Workers, now
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import RetryLater, job
from colonnade.kernel.outbound import Outbound
from colonnade.products.dealroom.assistant import actions, queries
from colonnade.products.dealroom.assistant.clients.completions import ResponderFailed
from colonnade.products.dealroom.assistant.clients.local import LocalResponder, respond_to
from colonnade.products.dealroom.assistant.clients.openai import ResponderRefused
from colonnade.products.dealroom.assistant.clients.responders import Responder, open_responder
from colonnade.products.dealroom.assistant.jobs.asking import (
    BudgetSpent,
    ModelUnavailable,
    Question,
    Unwanted,
    ask,
)
from colonnade.products.dealroom.assistant.jobs.checking import (
    LINE_BEFORE,
    TIMED_OUT,
    Checks,
    ChecksBusy,
    CheckTimedOut,
)
from colonnade.products.dealroom.assistant.queries.arriving import is_still_arriving
from colonnade.products.dealroom.assistant.queries.prompts import SentPrompt
from colonnade.products.dealroom.assistant.rules.desk import Case, check, pack_case, prepare
from colonnade.products.dealroom.assistant.rules.grounding import Judgement
from colonnade.products.dealroom.assistant.rules.notices import without_notices
from colonnade.products.dealroom.assistant.rules.prompt import MAX_MESSAGES, missing_quotes
from colonnade.products.dealroom.assistant.rules.talk import is_files_alone
from colonnade.products.dealroom.assistant.rules.times import Hours
from colonnade.products.dealroom.assistant.schemas import WRITE_ANSWER, AssistantSettings, Reply, WriteAnswer
from colonnade.products.dealroom.messages.queries import list_messages, list_quoted
from colonnade.products.dealroom.messages.schemas import Message
from colonnade.products.dealroom.sessions.schemas import SessionNotFound
from colonnade.products.dealroom.storefronts.queries import fetch_storefront
from colonnade.products.dealroom.storefronts.schemas import Storefront

__all__ = ["write_answer"]

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 5
MAX_ASKED = 2
"""How often a reply is asked for while the catalogue is changed; the last is judged by the catalogue as it is then."""

FIRST_DELAY_SECONDS = 5.0
BUSY_SECONDS = 2.0
ARRIVING_SECONDS = 2.0
NO_END = 100_000
"""Attempts are counted with the answer, and while a server is down its lateness ends them."""


class StillArriving(Exception):
    """More of the customer was delivered, and is received at present: they are answered when it is in the record."""


class FilesAlone(Exception):
    """The customer has sent a file and no words, and the channel's rules leave that to people."""


@job(WRITE_ANSWER, max_attempts=NO_END, timeout_seconds=600.0, first_delay_seconds=FIRST_DELAY_SECONDS)
async def write_answer(
    payload: WriteAnswer, db: Database, settings: AssistantSettings, outbound: Outbound, workers: Workers
) -> None:
    """Answer a customer, unless somebody has answered or it is too late. Raise RetryLater to be run again."""
    attempt = await queries.begin_attempt(db, payload.answer_id, payload.trigger_message_id)
    if attempt is None:
        return
    try:
        responder = open_responder(settings, outbound)
        await _answer(db, settings, attempt, responder, Checks(workers, attempt.owner_id))
    except SessionNotFound:
        return  # deleted meanwhile, and the answer with it
    except ResponderRefused as error:
        await _fail(db, attempt, f"RESPONDER_REFUSED: {error}")
    except StillArriving:
        await _wait(db, settings, attempt, "STILL_ARRIVING", ARRIVING_SECONDS)
    except FilesAlone:
        await _fail(db, attempt, "FILE_UNREAD")
    except BudgetSpent:
        await _fail(db, attempt, "BUDGET_SPENT")
    except Unwanted:
        await _drop(db, attempt)
    except CheckTimedOut:
        await _fail(db, attempt, TIMED_OUT)
    except ChecksBusy:
        await _wait(db, settings, attempt, f"{TIMED_OUT}: no process was free", BUSY_SECONDS)
    except ModelUnavailable as error:
        await _wait(db, settings, attempt, f"MODEL_UNAVAILABLE: {error}", error.wait_seconds)
    except ResponderFailed as error:
        if attempt.number < MAX_ATTEMPTS:
            await _again(db, attempt, FIRST_DELAY_SECONDS * 2.0 ** (attempt.number - 1), str(error))
            return
        await _fail(db, attempt, f"RESPONDER_FAILED: {error}")


async def _wait(
    db: Database, settings: AssistantSettings, attempt: queries.Attempt, reason: str, seconds: float
) -> None:
    """Try again when it may work, if that is not too late; it is no attempt at the answer."""
    await queries.give_back_attempt(db, attempt)
    trigger = await queries.describe_trigger(db, attempt.answer_id)
    if trigger.waited + timedelta(seconds=seconds) > settings.late:
        await _fail(db, attempt, reason)
        return
    # Not all at once: the first finds out whether the server is back.
    await _again(db, attempt, seconds * random.uniform(1.0, 1.25), reason)  # noqa: S311


async def _again(db: Database, attempt: queries.Attempt, wait_seconds: float, reason: str) -> None:
    """Raise RetryLater, unless the attempt is void: an answer that was planned anew has a job of its own."""
    if await queries.is_queued(db, attempt):
        raise RetryLater(wait_seconds, reason)
    await _drop(db, attempt)


async def _answer(
    db: Database,
    settings: AssistantSettings,
    attempt: queries.Attempt,
    responder: Responder | None,
    checks: Checks,
) -> None:
    if responder is None:
        raise ResponderRefused("the assistant is off")
    if attempt.number > MAX_ATTEMPTS:
        raise ResponderFailed("every attempt was broken off")
    async with db.transaction() as tx:
        if await actions.find_wanted(tx, attempt, late=settings.late) is None:
            return
    if await is_still_arriving(db, attempt.session_id):
        raise StillArriving
    await _respond(db, settings, attempt, responder, checks)


async def _respond(
    db: Database,
    settings: AssistantSettings,
    attempt: queries.Attempt,
    responder: Responder,
    checks: Checks,
) -> None:
    storefront = await fetch_storefront(db, attempt.session_id)
    for _ in range(MAX_ASKED):
        messages = await list_messages(
            db, attempt.owner_id, attempt.session_id, before=None, after=None, limit=MAX_MESSAGES
        )
        said = without_notices(messages)
        if storefront.rules.files_alone == "human" and is_files_alone(said):
            raise FilesAlone
        quoted = await list_quoted(db, attempt.session_id, missing_quotes(said))
        asked = _pack(storefront, said, quoted)
        reply, sent = await _ask(
            db, settings, attempt, responder, checks, _Asked(asked, [*quoted, *said], storefront.language)
        )
        asked_from, storefront = storefront, await fetch_storefront(db, attempt.session_id)
        if storefront == asked_from:
            break
    judged = asked if storefront == asked_from else _pack(storefront, said, quoted)
    try:
        judgement = await checks.run(check, asked, judged, reply)
    except (CheckTimedOut, ChecksBusy):  # it is paid for, and would take as long again: a human reads it
        judgement = Judgement((TIMED_OUT,), ())
    async with db.transaction() as tx:
        await actions.settle_answer(
            tx,
            attempt,
            reply.text,
            judgement,
            responder.model,
            sent_prompt=sent if settings.assistant_prompt_days > 0 else None,
        )


def _pack(storefront: Storefront, said: list[Message], quoted: list[Message]) -> bytes:
    hours = Hours(storefront.rules, now())
    return pack_case(Case(storefront.vendor, storefront.sellers, said, storefront.language, hours, quoted))


class _Asked(Struct, frozen=True):
    packed: bytes
    messages: list[Message]
    language: str | None


async def _ask(
    db: Database,
    settings: AssistantSettings,
    attempt: queries.Attempt,
    responder: Responder,
    checks: Checks,
    asked: _Asked,
) -> tuple[Reply, SentPrompt | None]:
    """Ask for a reply; return it and what was sent for it, if that was a model's prompt."""
    if isinstance(responder, LocalResponder):
        return await checks.run(respond_to, asked.packed, line=LINE_BEFORE), None
    prepared = await checks.run(prepare, asked.packed, line=LINE_BEFORE)
    question = Question(prepared.turns, prepared.size_bytes, attempt, asked.language)
    written = await ask(db, settings, responder, question, checks)
    used = [message for message in asked.messages if message.deleted_at is None]
    if not used:
        return written.reply, None
    ids = [message.id for message in used]
    return written.reply, SentPrompt(
        prepared.packed, written.format, min(one.seq for one in used), used[-1].seq, ids
    )


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
