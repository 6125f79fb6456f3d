"""Receives the bodies that the webhook has kept because there is much in them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog

from colonnade.kernel.core import FieldCipher, Undecryptable
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import JobRun, job
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.channels.queries.channels import fetch_sealed
from colonnade.products.dealroom.channels.schemas import ChannelNotFound, ChannelSettings
from colonnade.products.dealroom.webhooks.actions.kept import KeptBody, receive_kept
from colonnade.products.dealroom.webhooks.queries import deliveries
from colonnade.products.dealroom.webhooks.schemas import (
    DELIVERY,
    RECEIVE_DELIVERY,
    ReceiveDelivery,
    WebhookSettings,
)

__all__ = ["receive_delivery"]

log = structlog.get_logger(__name__)

SECONDS = 900.0
CLAIM = timedelta(seconds=SECONDS + 30)
PAUSE = timedelta(seconds=5)
"""Before another job may try a body that has failed; its own tries at the job's times."""


@job(RECEIVE_DELIVERY, max_attempts=30, timeout_seconds=SECONDS)
async def receive_delivery(
    payload: ReceiveDelivery,
    run: JobRun,
    db: Database,
    cipher: FieldCipher,
    assistant: AssistantSettings,
    settings: ChannelSettings,
    webhooks: WebhookSettings,
) -> None:
    """Receive the first body of the channel that waits for no other one.

    Whoever has received one sees to the next: one that waits for it has found nothing to do. With much in it, a body is
    received in turns. One that cannot be read is set aside, and the next one's turn comes.
    """
    claimed = await deliveries.claim_delivery(db, payload.channel_id, run.id, CLAIM)
    if claimed is None:
        return
    id_, sealed = claimed
    try:
        channel = await fetch_sealed(db, payload.channel_id)
    except ChannelNotFound:
        return  # deleted, and the body with it
    following = ReceiveDelivery(channel.id, channel.owner_id)
    try:
        raw = cipher.decrypt(sealed, place=DELIVERY.place(id_)).encode("latin-1")
    except (Undecryptable, UnicodeEncodeError) as error:
        await _set_aside(db, following, id_, error)
        return
    outcome = await receive_kept(
        db,
        cipher,
        assistant,
        channel,
        KeptBody(id_, raw),
        silence=settings.silence,
        kept_bytes=webhooks.kept_bytes,
    )
    if outcome.failure is not None:
        await deliveries.leave_delivery(db, id_, outcome.held, PAUSE)
        raise outcome.failure
    async with db.transaction() as tx:
        if outcome.left:
            await deliveries.give_back_delivery(tx, id_)
            more = True
        else:
            more = await deliveries.finish_delivery(tx, payload.channel_id, id_)
        if more:
            await tx.enqueue(RECEIVE_DELIVERY, following)


async def _set_aside(db: Database, following: ReceiveDelivery, id_: UUID, error: Exception) -> None:
    reason = str(error) if isinstance(error, Undecryptable) else "its text is no bytes"
    log.error("webhook body set aside", channel=following.channel_id, delivery=str(id_), reason=reason)
    async with db.transaction() as tx:
        if await deliveries.set_aside(tx, following.channel_id, id_, f"UNDECRYPTABLE: {reason}"):
            await tx.enqueue(RECEIVE_DELIVERY, following)
