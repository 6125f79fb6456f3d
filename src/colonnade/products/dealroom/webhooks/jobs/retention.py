"""Deletes what is kept of webhooks as it came, after its time."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from colonnade.kernel.core import FieldCipher, Undecryptable, now
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import cron
from colonnade.products.dealroom.webhooks.queries import deliveries
from colonnade.products.dealroom.webhooks.queries.items import PRUNED_AT_ONCE, prune_items
from colonnade.products.dealroom.webhooks.schemas import (
    DELIVERY,
    RECEIVE_DELIVERY,
    ReceiveDelivery,
    WebhookSettings,
)

__all__ = ["prune_webhook_items"]


@cron("33 2 * * *", name="webhooks.prune")
async def prune_webhook_items(db: Database, settings: WebhookSettings, cipher: FieldCipher) -> None:
    """Delete what is older than WEBHOOK_RETENTION_DAYS, items some at once; try again what has waited for long.

    A body that was set aside is received when it can be decrypted again: the key that it needs is back.
    """
    before = now() - timedelta(days=settings.webhook_retention_days)
    while await prune_items(db, before) == PRUNED_AT_ONCE:
        pass
    await deliveries.prune_set_aside(db, before)
    await _take_up(db, cipher)
    for channel_id in await deliveries.list_waiting_channels(db):
        async with db.transaction() as tx:
            await tx.enqueue(RECEIVE_DELIVERY, ReceiveDelivery(channel_id))


async def _take_up(db: Database, cipher: FieldCipher) -> None:
    after = None
    while (body := await deliveries.find_set_aside(db, after)) is not None:
        after = body.id
        with suppress(Undecryptable):
            cipher.decrypt(body.raw, place=DELIVERY.place(body.id))
            async with db.transaction() as tx:
                await deliveries.take_up(tx, body.id)
                await tx.enqueue(RECEIVE_DELIVERY, ReceiveDelivery(body.channel_id))
