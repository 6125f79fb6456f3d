"""Sending what waits for a contact: in the order of the session, one message at a time, by one run at a time.

A message is stored as `pending` together with a job. Whoever runs it takes the contact for itself (see
`claim_contact`), sends what waits and notes each message before the next. The provider knows no idempotency: a process
that dies between its answer and the note sends that message again.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import structlog

from colonnade.kernel.audit import record
from colonnade.kernel.core import Undecryptable, now
from colonnade.kernel.db import Transaction
from colonnade.kernel.jobs import RetryLater, job
from colonnade.kernel.product import Services
from colonnade.products.dealroom.channels import contact_queries as contacts
from colonnade.products.dealroom.channels import queries
from colonnade.products.dealroom.channels.provider import Provider, Refused, Sent, TryAgain
from colonnade.products.dealroom.channels.schemas import ACCESS_TOKEN
from colonnade.products.dealroom.messages.actions import enqueue_sending, publish_change
from colonnade.products.dealroom.messages.queries import advance_status
from colonnade.products.dealroom.messages.rules.links import media_link
from colonnade.products.dealroom.messages.schemas import SEND_PENDING, SendPending

__all__ = ["note_change", "open_provider", "send_pending", "silence_of"]

log = structlog.get_logger(__name__)

WAITS_AT_MOST = timedelta(hours=24)
"""After that a message is given up: the provider lets nobody be written to a day after they wrote."""

NOTE_ATTEMPTS = 3
ACTOR = "job:channels.send"


@job(SEND_PENDING, max_attempts=10)
async def send_pending(services: Services, payload: SendPending) -> None:
    """Send everything that waits for a contact, unless another run does."""
    claim = await contacts.claim_contact(services.db, payload.contact_id, payload.run)
    if claim is None:
        return
    if not claim.free:
        if claim.own:  # this very job, whose worker died: nobody else will go on
            raise RetryLater(claim.wait_seconds + 0.1, "the contact is still held")
        return
    while True:
        waiting = await contacts.find_next(services.db, payload.contact_id, payload.run)
        if waiting is not None:
            if not await _send_next(services, payload, waiting):
                return
        elif await contacts.release_contact(services.db, payload.contact_id, payload.run):
            return


async def _send_next(services: Services, payload: SendPending, waiting: contacts.NextMessage) -> bool:
    """Send one message and note what became of it; False when the run is over: there is a pause first."""
    try:
        sent = await _send(services, waiting)
    except Refused as refused:
        await _note(services, payload, waiting, refused)
    except TryAgain as failure:
        await _pause(services, payload, waiting, failure)
        return False
    else:
        await _note(services, payload, waiting, sent)
    return True


async def _send(services: Services, waiting: contacts.NextMessage) -> Sent:
    if waiting.message.deleted_at is not None:
        raise Refused("The message was deleted before it was sent")
    if now() - waiting.written_at > WAITS_AT_MOST:
        raise Refused("The message could not be sent within a day")
    channel = await queries.fetch_sealed(services.db, waiting.channel_id)
    if channel.state == "disabled":
        raise Refused("The channel is disabled")
    document = _document(services, waiting)
    return await open_provider(services, channel).send(channel.phone_number_id, document)


def open_provider(services: Services, channel: queries.Sealed) -> Provider:
    """Calls in the channel's name; raises Refused when its token cannot be read."""
    try:
        token = services.fields.decrypt(channel.access_token, place=ACCESS_TOKEN.place(channel.id))
    except Undecryptable:
        log.error("a channel's access token cannot be decrypted", channel=channel.id)
        raise Refused("The channel's access token cannot be read: enter it again", token=True) from None
    return Provider(services, token)


def _document(services: Services, waiting: contacts.NextMessage) -> dict[str, Any]:
    """The message in the provider's shape; raises Refused for a file that the provider could not fetch."""
    message = waiting.message
    document: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": waiting.wa_id,
        "type": message.type,
    }
    if waiting.reply_to is not None:
        document["context"] = {"message_id": waiting.reply_to}
    if message.type == "text":
        document["text"] = {"body": message.content, "preview_url": False}
        return document
    media: dict[str, Any] = {"link": _link(services, waiting)}
    if message.content is not None and message.type != "audio":
        media["caption"] = message.content
    if message.type == "document" and message.file_name is not None:
        media["filename"] = message.file_name
    document[message.type] = media
    return document


def _link(services: Services, waiting: contacts.NextMessage) -> str:
    if waiting.media_key is None:
        assert waiting.message.media_url is not None
        return waiting.message.media_url
    base = services.settings.public_url
    if base is None:
        raise Refused("PUBLIC_URL is not set: the provider cannot fetch the file")
    return base.rstrip("/") + media_link(services.tokens, waiting.message.id, waiting.media_key)


async def _note(
    services: Services, payload: SendPending, waiting: contacts.NextMessage, outcome: Sent | Refused
) -> None:
    """Note it, and once more when the database stumbles: what is not noted is sent again."""
    for attempt in range(1, NOTE_ATTEMPTS + 1):
        try:
            async with services.db.transaction() as tx:
                await _note_outcome(tx, services, payload, waiting, outcome)
            return
        except Exception as error:
            if attempt == NOTE_ATTEMPTS:
                raise
            log.warning("a sent message could not be noted at once", error=type(error).__name__)
            await asyncio.sleep(0.2 * attempt)


async def _note_outcome(
    tx: Transaction,
    services: Services,
    payload: SendPending,
    waiting: contacts.NextMessage,
    outcome: Sent | Refused,
) -> None:
    if isinstance(outcome, Sent):
        changed = await queries.mark_success(tx, waiting.channel_id, silence_of(services), outbound=True)
        message = await contacts.record_sent(tx, waiting.message.id, outcome.provider_message_id)
    else:
        state = queries.after_refusal(token=outcome.token)
        changed = await queries.mark_failure(tx, waiting.channel_id, outcome.reason, state=state)
        message = await advance_status(tx, waiting.message.id, "failed")
    await contacts.forget_failures(tx, payload.contact_id)
    await note_change(tx, waiting.channel_id, changed, actor=ACTOR)
    if message is not None:
        await publish_change(tx, message)


async def _pause(
    services: Services, payload: SendPending, waiting: contacts.NextMessage, failure: TryAgain
) -> None:
    """Try again later, this message first: whatever is written meanwhile waits behind it."""
    async with services.db.transaction() as tx:
        await queries.mark_failure(tx, waiting.channel_id, failure.reason, state=None)
        delay = await contacts.pause_contact(tx, payload.contact_id, payload.run)
        if delay is not None:
            await enqueue_sending(tx, payload.contact_id, delay=delay)
    log.warning("a message could not be sent yet", channel=waiting.channel_id, reason=failure.reason)


def silence_of(services: Services) -> timedelta:
    """How long customers may be silent before that is a bad sign."""
    return timedelta(minutes=services.settings.channel_silence_minutes)


async def note_change(
    tx: Transaction, channel_id: int, changed: queries.Changed | None, *, actor: str
) -> None:
    """Put a change of a channel's state into the audit log."""
    if changed is not None and changed.before != changed.after:
        await record(
            tx,
            action=f"channel.{changed.after}",
            actor=actor,
            target=("channel", channel_id),
            before={"state": changed.before},
            after={"state": changed.after},
        )
