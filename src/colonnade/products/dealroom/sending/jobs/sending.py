"""Sends a contact's pending messages: in the order of the session, one at a time, by one run at a time.

A message is stored as `pending` together with a job. The job's run claims the contact (`claim_contact`) and sends what
is pending (`runs`). While the channel is paused it sends nothing: `resuming` starts the contacts' runs afterwards.
"""

from __future__ import annotations

import time

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import RetryLater, job
from colonnade.products.dealroom.channels.clients.provider import ProviderFactory, TryAgain, Unsure
from colonnade.products.dealroom.channels.schemas import ChannelSettings
from colonnade.products.dealroom.messages.actions import enqueue_sending
from colonnade.products.dealroom.messages.schemas import SEND_PENDING, SendPending
from colonnade.products.dealroom.sending.jobs.runs import FileFirst, Run, send_next, settle_left_over
from colonnade.products.dealroom.sending.queries import claims

__all__ = ["send_pending"]

LONGEST_RUN_SECONDS = 20.0


@job(SEND_PENDING, max_attempts=10)
async def send_pending(
    payload: SendPending,
    db: Database,
    providers: ProviderFactory,
    settings: ChannelSettings,
) -> None:
    """Send all pending messages of a contact, unless another run does or the channel is paused."""
    claim = await claims.claim_contact(db, payload.contact_id, payload.run)
    if claim is None or claim.paused:
        return
    if not claim.free:
        if claim.own:  # this job's own claim, whose worker died: no other run will continue
            raise RetryLater(claim.wait_seconds + 0.1, "the contact is still claimed")
        return
    run = Run(payload.contact_id, payload.run, db, providers, settings.silence, payload.account_id)
    if claim.left_over is not None:
        await settle_left_over(run, claim.left_over)
    until = time.monotonic() + LONGEST_RUN_SECONDS
    while True:
        if time.monotonic() > until:
            await _hand_over(run)
            return
        waiting = await claims.find_next(db, run.contact_id, run.id)
        if waiting is not None:
            if isinstance(await send_next(run, waiting), (FileFirst, TryAgain, Unsure)):
                return
        elif await claims.release_contact(db, run.contact_id, run.id):
            return


async def _hand_over(run: Run) -> None:
    """End the run and queue another, so that many messages to one contact neither fill a slot nor end in a timeout."""
    async with run.db.transaction() as tx:
        await claims.end_run(tx, run.contact_id, run.id)
        await enqueue_sending(tx, run.contact_id, run.owner_id)
