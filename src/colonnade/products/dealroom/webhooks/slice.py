"""What the provider calls us with: messages, events and statuses of one's own numbers, and customers' files."""

from __future__ import annotations

from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Slice
from colonnade.products.dealroom.webhooks.jobs import JOBS
from colonnade.products.dealroom.webhooks.routes import ROUTES
from colonnade.products.dealroom.webhooks.schemas import FETCH_MEDIA

__all__ = ["SLICE"]

SLICE = Slice(
    name="webhooks",
    routes=[ROUTES],
    jobs=JOBS,
    enqueues=[FETCH_MEDIA],
    budgets=[Budget("webhooks", "3000/minute", exact=False)],
)
