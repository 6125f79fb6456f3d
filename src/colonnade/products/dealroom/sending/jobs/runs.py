"""A run: sends one contact's pending messages, one at a time, and records what became of each before the next.

Before a message is given to the provider the run notes that (`sending_id`), in the statement that finds it. The
provider cannot be asked what became of a message, so one whose run died is `unknown` and is not sent again by itself;
the provider's statuses, which carry our id of it, say what became of it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import structlog
from msgspec import Struct

from colonnade.kernel.core import now
from colonnade.kernel.db import Database, Transaction
from colonnade.products.dealroom.channels.actions.states import note_change
from colonnade.products.dealroom.channels.clients.provider import (
    ChannelFault,
    ProviderFactory,
    ProviderFailed,
    Refused,
    Sent,
    TryAgain,
    Unsure,
)
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.rules.faults import MARKETING_STOPPED, describe
from colonnade.products.dealroom.channels.rules.states import after_refusal
from colonnade.products.dealroom.channels.schemas import PauseKind
from colonnade.products.dealroom.contacts.actions.resolving import stop_marketing
from colonnade.products.dealroom.messages.actions import enqueue_sending, publish_change
from colonnade.products.dealroom.messages.queries.revising import advance_status
from colonnade.products.dealroom.messages.schemas import UNKNOWN, MessageError
from colonnade.products.dealroom.sending.actions.pauses import pause_sending
from colonnade.products.dealroom.sending.actions.statuses import heed_window, note_sent
from colonnade.products.dealroom.sending.queries import claims
from colonnade.products.dealroom.sending.rules.documents import build_document
from colonnade.products.dealroom.sending.schemas import (
    UPLOAD_FILE,
    WINDOW_CLOSED,
    MarketingStopped,
    UploadFile,
)

__all__ = [
    "ACTOR",
    "FileFirst",
    "Run",
    "Withheld",
    "check_sendable",
    "note_outcome",
    "send_next",
    "settle_left_over",
]

log = structlog.get_logger(__name__)

RECORD_ATTEMPTS = 3
SILENT_SENDINGS = 3
"""So many messages in a row that the provider did not answer pause the channel."""

ACTOR = "job:channels.send"


@dataclass(frozen=True)
class Run:
    """One run for one contact, with the services it uses.

    One that is `probing` sends through a channel that is paused for this reason.
    """

    contact_id: int
    id: UUID
    db: Database
    providers: ProviderFactory
    silence: timedelta
    owner_id: int | None
    probing: PauseKind | None = None


class Withheld(Refused):
    """We do not send the message; that says nothing about the channel."""


class FileFirst(Struct, frozen=True):
    """The message's file is uploaded first, by another job, which has the contact's claim now."""


async def send_next(run: Run, waiting: claims.NextMessage) -> Sent | FileFirst | ProviderFailed:
    """Send one message, record what became of it and return that; FileFirst, TryAgain and Unsure have ended the run."""
    outcome: Sent | ProviderFailed
    try:
        channel = await check_sendable(run, waiting)
        if waiting.lacks_file:
            return await _leave_to_upload(run)
        outcome = await _send(run, waiting, channel)
    except ProviderFailed as failure:
        outcome = failure
    await note_outcome(run, waiting, outcome)
    return outcome


async def settle_left_over(run: Run, message_id: int) -> None:
    """Mark the message that an earlier run was sending when it died: nobody knows what became of it."""
    async with run.db.transaction() as tx:
        message = await advance_status(tx, message_id, "unknown", by=ACTOR, error=UNKNOWN)
        await claims.end_attempt(tx, run.contact_id, run.id, answered=False)
        if message is not None:
            log.warning("a run died while it was sending", message=message_id)
            await publish_change(tx, message)


async def check_sendable(run: Run, waiting: claims.NextMessage) -> queries.Sealed:
    """Return the channel that a message is sent through. Raise Withheld if it must not be sent."""
    if waiting.message.deleted_at is not None:
        raise Withheld("The message was deleted before it was sent", "DELETED")
    channel = await queries.fetch_sealed(run.db, waiting.channel_id)
    if channel.state == "disabled":
        raise Withheld("The channel is disabled", "CHANNEL_DISABLED")
    if channel.state == "released":
        raise Withheld("The number has moved to another account", "CHANNEL_RELEASED")
    if waiting.given_up:
        raise Withheld("The customer has given up this number", "NUMBER_GIVEN_UP")
    if waiting.unwanted:
        raise Withheld("This customer has stopped marketing messages", MarketingStopped.code)
    # What was written in time is left to the provider's judgement, however long a pause has delayed it.
    ends_at = waiting.window_ends_at
    if waiting.template is None and ends_at is not None and waiting.written_at > ends_at:
        raise Withheld(WINDOW_CLOSED.reason, WINDOW_CLOSED.code)
    return channel


async def _leave_to_upload(run: Run) -> FileFirst:
    heir = uuid4()
    async with run.db.transaction() as tx:
        if await claims.hand_over_claim(tx, run.contact_id, run.id, heir, probing=run.probing is not None):
            await tx.enqueue(UPLOAD_FILE, UploadFile(run.contact_id, heir, run.probing, run.owner_id))
    return FileFirst()


async def _send(run: Run, waiting: claims.NextMessage, channel: queries.Sealed) -> Sent:
    document = build_document(
        waiting.message,
        to=waiting.to,
        reply_to=waiting.reply_to,
        media_id=waiting.media_id,
        template=waiting.template,
        resends=waiting.resends,
    )
    return await run.providers.open(channel).send(channel.phone_number_id, document)


async def note_outcome(run: Run, waiting: claims.NextMessage, outcome: Sent | ProviderFailed) -> None:
    """Record the outcome, with retries after errors of the database: else it would be unknown."""
    for attempt in range(1, RECORD_ATTEMPTS + 1):
        try:
            async with run.db.transaction() as tx:
                if isinstance(outcome, (TryAgain, Unsure)):
                    await _note_silence(tx, run, waiting, outcome)
                else:
                    await _note_answer(tx, run, waiting, outcome)
            return
        except Exception as error:
            if attempt == RECORD_ATTEMPTS:
                raise
            log.warning("sent message not recorded yet", error=type(error).__name__)
            await asyncio.sleep(0.2 * attempt)


async def _note_answer(
    tx: Transaction, run: Run, waiting: claims.NextMessage, outcome: Sent | ProviderFailed
) -> None:
    """Record that the provider took the message, or refuses this one; a refusal may tell of the customer's wish."""
    if isinstance(outcome, Refused) and outcome.code == MARKETING_STOPPED:
        await stop_marketing(tx, run.contact_id, now())
    # Locks are taken in this order everywhere: session, message, contact, channel.
    if isinstance(outcome, Sent):
        await note_sent(tx, waiting.channel_id, waiting.message.id, outcome.provider_message_id, by=ACTOR)
        await claims.end_attempt(tx, run.contact_id, run.id, answered=True)
        changed = await queries.mark_success(tx, waiting.channel_id, run.silence, outbound=True)
    else:
        error = MessageError(outcome.code or "NOT_SENT", describe(outcome.code, outcome.reason))
        message = await advance_status(tx, waiting.message.id, "failed", by=ACTOR, error=error)
        if message is not None:
            await publish_change(tx, message)
        await heed_window(tx, waiting.message.id, outcome.code)
        await claims.end_attempt(tx, run.contact_id, run.id, answered=True)
        if isinstance(outcome, Withheld):
            return
        state = after_refusal(token=False)
        changed = await queries.mark_failure(
            tx, waiting.channel_id, outcome.reason, state=state, outbound=True
        )
    await note_change(tx, waiting.channel_id, changed, actor=ACTOR)


async def _note_silence(
    tx: Transaction, run: Run, waiting: claims.NextMessage, failure: TryAgain | Unsure
) -> None:
    """End the run: the channel pauses if that is at fault, else the contact, and the messages wait in order."""
    log.warning("message not sent yet", channel=waiting.channel_id, reason=failure.reason)
    if isinstance(failure, Unsure):
        error = MessageError(UNKNOWN.code, failure.reason)
        message = await advance_status(tx, waiting.message.id, "unknown", by=ACTOR, error=error)
        if message is not None:
            await publish_change(tx, message)
    wait_seconds = failure.wait_seconds if isinstance(failure, TryAgain) else None
    delay = await claims.pause_contact(tx, run.contact_id, run.id, wait_seconds=wait_seconds)
    kind = await _blame(tx, waiting.channel_id, failure)
    if kind is not None:
        await claims.end_contact_pause(tx, run.contact_id)
        await pause_sending(
            tx,
            waiting.channel_id,
            kind,
            failure.reason,
            wait_seconds=wait_seconds,
            probed=run.probing is not None,
        )
    elif delay is not None:
        await enqueue_sending(tx, run.contact_id, run.owner_id, delay=delay)


async def _blame(tx: Transaction, channel_id: int, failure: TryAgain | Unsure) -> PauseKind | None:
    """Return why the whole channel has to pause, if it has; count the failure."""
    if isinstance(failure, ChannelFault):
        return failure.pause
    lost = isinstance(failure, Unsure)
    lost_answers = await queries.count_failure(tx, channel_id, failure.reason, lost=lost)
    return "unreachable" if lost and lost_answers >= SILENT_SENDINGS else None
