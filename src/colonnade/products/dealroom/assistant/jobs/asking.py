"""Asks a model server for a reply: within the owner's budget, past the circuit breaker, outside any transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from msgspec import Struct

from colonnade.kernel.db import Database
from colonnade.products.dealroom.assistant.actions import budget
from colonnade.products.dealroom.assistant.clients.completions import (
    ResponderFailed,
    Written,
    read_completion,
)
from colonnade.products.dealroom.assistant.clients.openai import (
    OpenAIResponder,
    ResponderDown,
    ResponderRefused,
)
from colonnade.products.dealroom.assistant.jobs.checking import Checks, ChecksBusy, CheckTimedOut
from colonnade.products.dealroom.assistant.queries import Attempt, is_queued, servers
from colonnade.products.dealroom.assistant.queries.usage import Used
from colonnade.products.dealroom.assistant.rules.prompt import Turn
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.sessions.actions import show_activity

__all__ = ["BudgetSpent", "ModelUnavailable", "Question", "Unwanted", "ask"]

log = structlog.get_logger(__name__)

MARGIN = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=10)
FORMAT_SPAN = timedelta(hours=6)
"""How long a server is believed not to know a form of answer: it may be updated."""
FIRST_PAUSE_SECONDS = 5.0
WATCH_SECONDS = 2.0
REPLY_TOKENS = 500
BYTES_PER_TOKEN = 3
"""Of texts in Latin letters; others take more tokens, and more bytes."""


class ModelUnavailable(Exception):
    """The server has failed, or is left alone; it may be asked again after `wait_seconds`."""

    def __init__(self, reason: str, wait_seconds: float) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds


class BudgetSpent(Exception):
    """What is left of the owner's budget for the day is not enough for this call."""


class Unwanted(Exception):
    """Nobody waits for the reply any more; the call was broken off."""


class Question(Struct, frozen=True):
    """The turns to be answered, with their size in bytes; the owner pays, the session is where they are told."""

    turns: Sequence[Turn]
    size_bytes: int
    attempt: Attempt
    language: str | None


async def ask(
    db: Database, settings: AssistantSettings, responder: OpenAIResponder, question: Question, checks: Checks
) -> Written:
    """Ask once. Raise ModelUnavailable, BudgetSpent, Unwanted, ResponderRefused, ResponderFailed.

    What comes is read by `checks`: raise CheckTimedOut, ChecksBusy.
    """
    longest = timedelta(seconds=settings.assistant_timeout_seconds) + MARGIN
    admission = await servers.admit_call(db, responder.key, longest)
    if admission.wait_seconds > 0:
        raise ModelUnavailable("the model server has failed", admission.wait_seconds)
    estimate = REPLY_TOKENS + question.size_bytes // BYTES_PER_TOKEN
    reserved = await _reserve(db, settings, question, estimate)
    if reserved is None:
        await servers.give_up_trial(db, responder.key)
        raise BudgetSpent
    async with db.transaction() as tx:
        await show_activity(tx, question.attempt.session_id, typing=True)
    try:
        written = await _unless_unwanted(
            db,
            question,
            responder.respond(question.turns, admission.format, partial(checks.run, read_completion)),
        )
    except Unwanted:
        await servers.give_up_trial(db, responder.key)
        raise
    except (ResponderRefused, CheckTimedOut, ChecksBusy):
        await servers.note_success(db, responder.key)  # it is there
        raise
    except ResponderFailed as error:
        if isinstance(error, ResponderDown) and error.answered:
            await _settle(db, settings, question, reserved, -estimate)
        await _note_failure(db, settings, responder, error)
        raise
    await servers.note_success(db, responder.key)
    if written.format != admission.format:
        await servers.remember_format(db, responder.key, written.format, FORMAT_SPAN)
    if written.tokens is not None:
        await _settle(db, settings, question, reserved, written.tokens - estimate)
    return written


async def _unless_unwanted(db: Database, question: Question, call: Coroutine[Any, Any, Written]) -> Written:
    """Await a call, and break it off once its answer is not wanted any more: it would hold a slot of the lane.

    So a customer who writes on while the model hangs has two slots at most, and a human who answers frees one.
    """
    running = asyncio.ensure_future(call)
    try:
        while not (await asyncio.wait({running}, timeout=WATCH_SECONDS))[0]:
            if not await is_queued(db, question.attempt):
                raise Unwanted
        return running.result()
    finally:
        if not running.done():
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def _reserve(db: Database, settings: AssistantSettings, question: Question, tokens: int) -> Used | None:
    async with db.transaction() as tx:
        return await budget.reserve_call(
            tx,
            question.attempt.owner_id,
            question.attempt.session_id,
            tokens,
            budget.budget_of(settings),
            language=question.language,
        )


async def _settle(
    db: Database, settings: AssistantSettings, question: Question, reserved: Used, difference: int
) -> None:
    async with db.transaction() as tx:
        await budget.settle_call(
            tx,
            question.attempt.owner_id,
            question.attempt.session_id,
            reserved,
            difference,
            budget.budget_of(settings),
            language=question.language,
        )


async def _note_failure(
    db: Database, settings: AssistantSettings, responder: OpenAIResponder, error: ResponderFailed
) -> None:
    """Count the failure for the breaker. Raise ModelUnavailable if the server is down: the question is no cause."""
    asked_for = error.retry_after_seconds if isinstance(error, ResponderDown) else None
    failures, wait = await servers.note_failure(
        db,
        responder.key,
        threshold=settings.assistant_breaker_failures,
        pause=timedelta(seconds=settings.assistant_breaker_seconds),
        longest=LONGEST_PAUSE,
        asked_for=None if asked_for is None else timedelta(seconds=asked_for),
    )
    log.warning("model server failed", reason=str(error), failures=failures, pause_seconds=round(wait, 1))
    if isinstance(error, ResponderDown):
        first = FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 3)
        raise ModelUnavailable(str(error), wait or first) from None
