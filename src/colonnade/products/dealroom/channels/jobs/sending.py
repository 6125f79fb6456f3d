"""Sending what waits for a contact: in the order of the session, one message at a time, by one run at a time.

A message is stored as `pending` together with a job. Whoever runs it takes the contact for itself (see
`claim_contact`), sends what waits and notes each message before the next. The provider knows no idempotency: a process
that dies between its answer and the note sends that message again.
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
from colonnade.products.dealroom.channels.clients.provider import Providers, Refused, Sent, TryAgain
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.queries import contacts
from colonnade.products.dealroom.channels.rules.documents import build_document
from colonnade.products.dealroom.channels.rules.states import after_refusal
from colonnade.products.dealroom.channels.schemas import ChannelSettings
from colonnade.products.dealroom.messages.actions import enqueue_sending, publish_change
from colonnade.products.dealroom.messages.queries import advance_status
from colonnade.products.dealroom.messages.rules.links import media_link
from colonnade.products.dealroom.messages.schemas import SEND_PENDING, SendPending

__all__ = ["send_pending"]

log = structlog.get_logger(__name__)

WAITS_AT_MOST = timedelta(hours=24)
"""After that a message is given up: the provider lets nobody be written to a day after they wrote."""

NOTE_ATTEMPTS = 3
ACTOR = "job:channels.send"


@dataclass(frozen=True)
class _Run:
    """One run for one contact, and what it works with."""

    contact_id: int
    id: UUID
    db: Database
    providers: Providers
    tokens: Tokens
    public_url: str | None
    silence: timedelta


@job(SEND_PENDING, max_attempts=10)
async def send_pending(
    payload: SendPending,
    db: Database,
    providers: Providers,
    tokens: Tokens,
    settings: Settings,
    channel_settings: ChannelSettings,
) -> None:
    """Send everything that waits for a contact, unless another run does."""
    claim = await contacts.claim_contact(db, payload.contact_id, payload.run)
    if claim is None:
        return
    if not claim.free:
        if claim.own:  # this very job, whose worker died: nobody else will go on
            raise RetryLater(claim.wait_seconds + 0.1, "the contact is still held")
        return
    silence = channel_settings.silence
    run = _Run(payload.contact_id, payload.run, db, providers, tokens, settings.public_url, silence)
    while True:
        waiting = await contacts.find_next(db, run.contact_id, run.id)
        if waiting is not None:
            if not await _send_next(run, waiting):
                return
        elif await contacts.release_contact(db, run.contact_id, run.id):
            return


async def _send_next(run: _Run, waiting: contacts.NextMessage) -> bool:
    """Send one message and note what became of it; False when the run is over: there is a pause first."""
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


async def _send(run: _Run, waiting: contacts.NextMessage) -> Sent:
    if waiting.message.deleted_at is not None:
        raise Refused("The message was deleted before it was sent")
    if now() - waiting.written_at > WAITS_AT_MOST:
        raise Refused("The message could not be sent within a day")
    channel = await queries.fetch_sealed(run.db, waiting.channel_id)
    if channel.state == "disabled":
        raise Refused("The channel is disabled")
    document = build_document(
        waiting.message, wa_id=waiting.wa_id, reply_to=waiting.reply_to, link=_link(run, waiting)
    )
    return await run.providers.open(channel).send(channel.phone_number_id, document)


def _link(run: _Run, waiting: contacts.NextMessage) -> str | None:
    """Return where the provider fetches the message's file; raises Refused for one that it could not fetch."""
    if waiting.message.type == "text":
        return None
    if waiting.media_key is None:
        assert waiting.message.media_url is not None
        return waiting.message.media_url
    if run.public_url is None:
        raise Refused("PUBLIC_URL is not set: the provider cannot fetch the file")
    return run.public_url.rstrip("/") + media_link(run.tokens, waiting.message.id, waiting.media_key)


async def _note(run: _Run, waiting: contacts.NextMessage, outcome: Sent | Refused) -> None:
    """Note it, and once more when the database stumbles: what is not noted is sent again."""
    for attempt in range(1, NOTE_ATTEMPTS + 1):
        try:
            async with run.db.transaction() as tx:
                await _note_outcome(tx, run, waiting, outcome)
            return
        except Exception as error:
            if attempt == NOTE_ATTEMPTS:
                raise
            log.warning("a sent message could not be noted at once", error=type(error).__name__)
            await asyncio.sleep(0.2 * attempt)


async def _note_outcome(
    tx: Transaction, run: _Run, waiting: contacts.NextMessage, outcome: Sent | Refused
) -> None:
    if isinstance(outcome, Sent):
        changed = await queries.mark_success(tx, waiting.channel_id, run.silence, outbound=True)
        message = await contacts.record_sent(tx, waiting.message.id, outcome.provider_message_id)
    else:
        state = after_refusal(token=outcome.token)
        changed = await queries.mark_failure(tx, waiting.channel_id, outcome.reason, state=state)
        message = await advance_status(tx, waiting.message.id, "failed")
    await contacts.forget_failures(tx, run.contact_id)
    await note_change(tx, waiting.channel_id, changed, actor=ACTOR)
    if message is not None:
        await publish_change(tx, message)


async def _pause(run: _Run, waiting: contacts.NextMessage, failure: TryAgain) -> None:
    """Try again later, this message first: whatever is written meanwhile waits behind it."""
    async with run.db.transaction() as tx:
        await queries.mark_failure(tx, waiting.channel_id, failure.reason, state=None)
        delay = await contacts.pause_contact(tx, run.contact_id, run.id)
        if delay is not None:
            await enqueue_sending(tx, run.contact_id, delay=delay)
    log.warning("a message could not be sent yet", channel=waiting.channel_id, reason=failure.reason)
