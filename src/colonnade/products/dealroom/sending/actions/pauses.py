"""Begins and ends the pauses of whole channels."""

from __future__ import annotations

import structlog

from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.channels.actions.states import note_change
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.rules.states import after_refusal
from colonnade.products.dealroom.channels.schemas import RESUME_SENDING, PauseKind, ResumeSending
from colonnade.products.dealroom.sending.queries import pauses
from colonnade.products.dealroom.sending.schemas import DRAIN_QUEUE, DrainQueue

__all__ = ["pause_sending", "resume_sending"]

log = structlog.get_logger(__name__)

ACTOR = "job:channels.send"


async def pause_sending(
    tx: Transaction,
    channel_id: int,
    kind: PauseKind,
    reason: str,
    *,
    wait_seconds: int | None = None,
    probed: bool = False,
    actor: str = ACTOR,
) -> None:
    """Let the channel's messages wait, and plan one probe; `probed`: the probe of the pause has failed.

    `wait_seconds` is what the provider asks for.
    """
    pause = await pauses.pause_channel(tx, channel_id, kind, wait_seconds=wait_seconds, probed=probed)
    if pause is None:
        return
    log.warning("sending paused", channel=channel_id, kind=kind, seconds=pause.delay.total_seconds())
    state = after_refusal(token=kind == "token")
    changed = await queries.mark_failure(tx, channel_id, reason, state=state, outbound=kind != "unreachable")
    await note_change(tx, channel_id, changed, actor=actor)
    await tx.enqueue(RESUME_SENDING, ResumeSending(channel_id, pause.number), delay=pause.delay)


async def resume_sending(tx: Transaction, channel_id: int) -> None:
    """End the channel's pause, and start the runs of its contacts in the order of their messages."""
    if await pauses.end_pause(tx, channel_id):
        await tx.enqueue(DRAIN_QUEUE, DrainQueue(channel_id))
