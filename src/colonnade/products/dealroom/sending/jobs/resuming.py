"""Ends the pauses of channels: one message probes, and when that goes through, all contacts' runs start in order.

While a channel is paused no contact tries anything: whatever waits, one probe is made, at growing distances, and at
once when the owner has saved a new token or the number answers again.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import job
from colonnade.products.dealroom.channels.clients.provider import (
    ChannelFault,
    ProviderFactory,
    ProviderFailed,
    Refused,
    TryAgain,
    Unsure,
)
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.schemas import (
    RESUME_SENDING,
    ChannelNotFound,
    ChannelSettings,
    PauseKind,
    ResumeSending,
)
from colonnade.products.dealroom.messages.schemas import SEND_PENDING, SendPending
from colonnade.products.dealroom.sending.actions.pauses import pause_sending, resume_sending
from colonnade.products.dealroom.sending.jobs.runs import FileFirst, Run, send_next, settle_left_over
from colonnade.products.dealroom.sending.queries import claims, pauses
from colonnade.products.dealroom.sending.schemas import DRAIN_PRIORITY, DRAIN_QUEUE, DrainQueue

__all__ = ["drain_queue", "resume_channel"]

PROBE_TIMEOUT_SECONDS = 8.0
DRAIN_MESSAGES = 500
DRAIN_DELAY = timedelta(seconds=1)


@job(RESUME_SENDING, max_attempts=3)
async def resume_channel(
    payload: ResumeSending,
    db: Database,
    providers: ProviderFactory,
    settings: ChannelSettings,
) -> None:
    """Probe a paused channel: resume it if it works again, else pause it for longer."""
    channel_id = payload.channel_id
    kind = await pauses.begin_probe(db, channel_id, payload.pause)
    if kind is None:
        return
    contact_id = await claims.find_first_contact(db, channel_id)
    failure = await _ask_number(db, providers, channel_id, kind)
    if failure is None and contact_id is not None:
        run = Run(contact_id, uuid4(), db, providers, settings.silence, None, probing=kind)
        outcome = await _send_one(run)
        if isinstance(outcome, (ChannelFault, FileFirst)):
            return  # it has begun the next pause, or an upload, which goes on with the probe
        failure = outcome
    async with db.transaction() as tx:
        if failure is None:
            await resume_sending(tx, channel_id)
        else:
            again = failure.pause if isinstance(failure, ChannelFault) else kind
            wait_seconds = failure.wait_seconds if isinstance(failure, TryAgain) else None
            await pause_sending(tx, channel_id, again, failure.reason, wait_seconds=wait_seconds, probed=True)


async def _ask_number(
    db: Database, providers: ProviderFactory, channel_id: int, kind: PauseKind
) -> ProviderFailed | None:
    """Ask the provider for the number where that tells enough to spare a message; return why it fails."""
    if kind not in ("token", "unreachable"):
        return None
    try:
        channel = await queries.fetch_sealed(db, channel_id)
        if channel.state not in ("disabled", "released"):
            await providers.open(channel).check_number(channel.phone_number_id, seconds=PROBE_TIMEOUT_SECONDS)
    except (Refused, TryAgain) as failure:
        return failure
    except ChannelNotFound:
        return None
    return None


async def _send_one(run: Run) -> ProviderFailed | FileFirst | None:
    """Send the contact's first message; return why it does not show that the channel works."""
    claim = await claims.claim_contact(run.db, run.contact_id, run.id, probing=True)
    if claim is None or not claim.free:
        return None
    if claim.left_over is not None:
        await settle_left_over(run, claim.left_over)
    waiting = await claims.find_next(run.db, run.contact_id, run.id, probing=True)
    outcome = await send_next(run, waiting) if waiting is not None else None
    if isinstance(outcome, (FileFirst, TryAgain, Unsure)):
        return outcome
    await claims.end_run(run.db, run.contact_id, run.id)
    return None


@job(DRAIN_QUEUE, max_attempts=10)
async def drain_queue(payload: DrainQueue, db: Database) -> None:
    """Start the runs of a channel's contacts, some at a time, behind what is written meanwhile."""
    contacts, last_id = await claims.list_queue(
        db, payload.channel_id, after_id=payload.after_id, limit=DRAIN_MESSAGES
    )
    async with db.transaction() as tx:
        runs = [SendPending(contact_id, uuid4()) for contact_id in contacts]
        await tx.enqueue_all(SEND_PENDING, runs, priority=DRAIN_PRIORITY)
        if last_id is not None:
            await tx.enqueue(DRAIN_QUEUE, DrainQueue(payload.channel_id, last_id), delay=DRAIN_DELAY)
