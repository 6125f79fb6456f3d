"""What the provider calls us with: messages, events and statuses of one's own numbers, and customers' files."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData
from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Slice
from colonnade.products.dealroom.webhooks.jobs import JOBS
from colonnade.products.dealroom.webhooks.queries.deliveries import collect_deliveries
from colonnade.products.dealroom.webhooks.queries.items import collect_items
from colonnade.products.dealroom.webhooks.queries.statuses import collect_statuses
from colonnade.products.dealroom.webhooks.routes import ROUTES
from colonnade.products.dealroom.webhooks.schemas import (
    DELIVERY,
    FETCH_MEDIA,
    RAW,
    RECEIVE_DELIVERY,
    WebhookSettings,
)

__all__ = ["SLICE"]

SLICE = Slice(
    name="webhooks",
    routes=[ROUTES],
    jobs=JOBS,
    enqueues=[FETCH_MEDIA, RECEIVE_DELIVERY],
    budgets=[Budget("webhooks", "3000/minute", exact=False)],
    settings=WebhookSettings,
    encrypted=[RAW, DELIVERY],
    personal_data=[
        PersonalData("webhook_items", collect_items),
        PersonalData("webhook_deliveries", collect_deliveries),
        PersonalData("message_statuses", collect_statuses),
    ],
)
