"""Deletes what is kept of webhooks as it came, after its time."""

from __future__ import annotations

from datetime import timedelta

from colonnade.kernel.core import now
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import cron
from colonnade.products.dealroom.webhooks.queries.deliveries import list_waiting_channels
from colonnade.products.dealroom.webhooks.queries.items import PRUNED_AT_ONCE, prune_items
from colonnade.products.dealroom.webhooks.schemas import RECEIVE_DELIVERY, ReceiveDelivery, WebhookSettings

__all__ = ["prune_webhook_items"]


@cron("33 2 * * *", name="webhooks.prune")
async def prune_webhook_items(db: Database, settings: WebhookSettings) -> None:
    """Delete items that are older than WEBHOOK_RETENTION_DAYS, some at once; try again what has waited for long."""
    before = now() - timedelta(days=settings.webhook_retention_days)
    while await prune_items(db, before) == PRUNED_AT_ONCE:
        pass
    for channel_id in await list_waiting_channels(db):
        async with db.transaction() as tx:
            await tx.enqueue(RECEIVE_DELIVERY, ReceiveDelivery(channel_id))
