"""Watches all channels, pauses whose probe was lost, and messages that no run is sending."""

from __future__ import annotations

from uuid import uuid4

from colonnade.kernel.core import counted
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import cron
from colonnade.products.dealroom.channels.actions.states import note_change
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.schemas import RESUME_SENDING, ChannelSettings, ResumeSending
from colonnade.products.dealroom.messages.schemas import SEND_PENDING, SendPending
from colonnade.products.dealroom.sending.queries import claims, pauses, statuses

__all__ = ["watch_channels"]


MAX_CONSECUTIVE_FAILURES = 3
ACTOR = "job:channels.watch"


@cron("*/5 * * * *", name="channels.watch")
async def watch_channels(db: Database, settings: ChannelSettings) -> None:
    """Degrade channels that fail or whose customers are silent; resume what is stuck."""
    for channel_id, silent in await queries.list_quiet(db, settings.silence, MAX_CONSECUTIVE_FAILURES):
        minutes = settings.channel_silence_minutes
        async with db.transaction() as tx:
            if silent:
                reason = f"No customer wrote for {counted(minutes, 'minute')}"
                changed = await queries.mark_degraded(tx, channel_id, reason)
            else:
                changed = await queries.mark_degraded(tx, channel_id, None)
            await note_change(tx, channel_id, changed, actor=ACTOR)
    overdue = [ResumeSending(channel_id) for channel_id in await pauses.list_overdue(db)]
    stuck = [SendPending(contact_id, uuid4()) for contact_id in await claims.list_stuck(db)]
    async with db.transaction() as tx:
        await tx.enqueue_all(RESUME_SENDING, overdue)
        await tx.enqueue_all(SEND_PENDING, stuck)
    await statuses.prune_early(db)
