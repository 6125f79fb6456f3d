"""One's own telephone numbers at a messaging provider: sending, receiving and their state."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData
from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Slice
from colonnade.products.dealroom.channels.jobs import JOBS
from colonnade.products.dealroom.channels.queries.channels import list_channels
from colonnade.products.dealroom.channels.routes import ROUTES
from colonnade.products.dealroom.channels.schemas import (
    ACCESS_TOKEN,
    APP_SECRET,
    FETCH_MEDIA,
    ChannelSettings,
)

__all__ = ["SLICE"]

SLICE = Slice(
    name="channels",
    routes=[ROUTES],
    jobs=JOBS,
    enqueues=[FETCH_MEDIA],
    budgets=[Budget("webhooks", "3000/minute", exact=False)],
    settings=ChannelSettings,
    encrypted=[ACCESS_TOKEN, APP_SECRET],
    personal_data=[PersonalData("channels", list_channels)],
)
