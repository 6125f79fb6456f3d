"""Sends a contact's pending messages: in the order of the session, one at a time, by one run at a time.

A message is stored as `pending` together with a job. The job's run claims the contact (`claim_contact`), sends the
pending messages and records each before the next (at-least-once). The provider's API is not idempotent: a process that
dies between its answer and the record sends that message again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from colonnade.kernel.core import Settings, now
from colonnade.kernel.db import Database, Transaction
from colonnade.kernel.jobs import RetryLater, job
from colonnade.kernel.tokens import Tokens
from colonnade.products.dealroom.channels.actions.states import note_change
from colonnade.products.dealroom.channels.clients.provider import ProviderFactory, Refused, Sent, TryAgain
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.rules.states import after_refusal
from colonnade.products.dealroom.channels.schemas import ChannelSettings
from colonnade.products.dealroom.messages.actions import enqueue_sending, publish_change
from colonnade.products.dealroom.messages.queries.revising import advance_status, revise_message
from colonnade.products.dealroom.messages.rules.links import media_link
from colonnade.products.dealroom.messages.schemas import SEND_PENDING, SendPending
from colonnade.products.dealroom.sending.queries import claims
from colonnade.products.dealroom.sending.rules.documents import build_document

__all__ = ["send_pending"]

log = structlog.get_logger(__name__)

PENDING_TTL = timedelta(hours=24)
"""Older messages fail: the provider accepts messages to a customer for one day after they wrote."""

RECORD_ATTEMPTS = 3
ACTOR = "job:channels.send"


@dataclass(frozen=True)
class _Run:
    """One run for one contact, with the services it uses."""

    contact_id: int
    id: UUID
    db: Database
    providers: ProviderFactory
    tokens: Tokens
    public_url: str | None
    silence: timedelta


@job(SEND_PENDING, max_attempts=10)
async def send_pending(
    payload: SendPending,
    db: Database,
    providers: ProviderFactory,
    tokens: Tokens,
    settings: Settings,
    channel_settings: ChannelSettings,
) -> None:
    """Send all pending messages of a contact, unless another run does."""
    claim = await claims.claim_contact(db, payload.contact_id, payload.run)
    if claim is None:
        return
    if not claim.free:
        if claim.own:  # this job's own claim, whose worker died: no other run will continue
            raise RetryLater(claim.wait_seconds + 0.1, "the contact is still claimed")
        return
    silence = channel_settings.silence
    run = _Run(payload.contact_id, payload.run, db, providers, tokens, settings.public_url, silence)
    while True:
        waiting = await claims.find_next(db, run.contact_id, run.id)
        if waiting is not None:
            if not await _send_next(run, waiting):
                return
        elif await claims.release_contact(db, run.contact_id, run.id):
            return


async def _send_next(run: _Run, waiting: claims.NextMessage) -> bool:
    """Send one message and record the outcome; return False if the run has to pause."""
    try:
        sent = await _send(run, waiting)
    except Refused as refused:
        await _note(run, waiting, refused)
    except TryAgain as failure:
        await _pause(run, waiting, failure)
        return False
    else:
        await _note(run, waiting, sent)
    return True


async def _send(run: _Run, waiting: claims.NextMessage) -> Sent:
    if waiting.message.deleted_at is not None:
        raise Refused("The message was deleted before it was sent")
    if now() - waiting.written_at > PENDING_TTL:
        raise Refused("The message could not be sent within a day")
    channel = await queries.fetch_sealed(run.db, waiting.channel_id)
    if channel.state == "disabled":
        raise Refused("The channel is disabled")
    if channel.state == "released":
        raise Refused("The number has moved to another account")
    document = build_document(
        waiting.message, to=waiting.to, reply_to=waiting.reply_to, link=_link(run, waiting)
    )
    return await run.providers.open(channel).send(channel.phone_number_id, document)


def _link(run: _Run, waiting: claims.NextMessage) -> str | None:
    """Return the address of the message's file for the provider. Raise Refused if it could not fetch it."""
    if waiting.message.type == "text":
        return None
    if waiting.media_key is None:
        assert waiting.message.media_url is not None
        return waiting.message.media_url
    if run.public_url is None:
        raise Refused("PUBLIC_URL is not set: the provider cannot fetch the file")
    return run.public_url.rstrip("/") + media_link(run.tokens, waiting.message.id, waiting.media_key)


async def _note(run: _Run, waiting: claims.NextMessage, outcome: Sent | Refused) -> None:
    """Record the outcome, with retries after errors of the database: an unrecorded message would be sent again."""
    for attempt in range(1, RECORD_ATTEMPTS + 1):
        try:
            async with run.db.transaction() as tx:
                await _note_outcome(tx, run, waiting, outcome)
            return
        except Exception as error:
            if attempt == RECORD_ATTEMPTS:
                raise
            log.warning("sent message not recorded yet", error=type(error).__name__)
            await asyncio.sleep(0.2 * attempt)


async def _note_outcome(
    tx: Transaction, run: _Run, waiting: claims.NextMessage, outcome: Sent | Refused
) -> None:
    if isinstance(outcome, Sent):
        values = {"status": "sent", "provider_message_id": outcome.provider_message_id}
        message = await revise_message(
            tx, waiting.message.id, values, kind="sent", by=ACTOR, only_if="m.status = 'pending'"
        )
        changed = await queries.mark_success(tx, waiting.channel_id, run.silence, outbound=True)
    else:
        message = await advance_status(tx, waiting.message.id, "failed", by=ACTOR)
        state = after_refusal(token=outcome.token)
        changed = await queries.mark_failure(tx, waiting.channel_id, outcome.reason, state=state)
    await claims.reset_failures(tx, run.contact_id)
    await note_change(tx, waiting.channel_id, changed, actor=ACTOR)
    if message is not None:
        await publish_change(tx, message)


async def _pause(run: _Run, waiting: claims.NextMessage, failure: TryAgain) -> None:
    """Pause the contact; this message is retried first, later ones wait behind it."""
    async with run.db.transaction() as tx:
        await queries.mark_failure(tx, waiting.channel_id, failure.reason, state=None)
        delay = await claims.pause_contact(tx, run.contact_id, run.id)
        if delay is not None:
            await enqueue_sending(tx, run.contact_id, delay=delay)
    log.warning("message not sent yet", channel=waiting.channel_id, reason=failure.reason)
