"""One's own telephone numbers at a messaging provider: their secrets, state and contacts."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData
from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Slice
from colonnade.products.dealroom.channels.actions.channels import erase_channels
from colonnade.products.dealroom.channels.queries.channels import list_channels
from colonnade.products.dealroom.channels.routes import ROUTES
from colonnade.products.dealroom.channels.routes.proofs import PROOFS
from colonnade.products.dealroom.channels.schemas import (
    ACCESS_TOKEN,
    APP_SECRET,
    HOURS_CHANGED,
    RESUME_SENDING,
    ChannelSettings,
)

__all__ = ["SLICE"]

SLICE = Slice(
    name="channels",
    routes=[ROUTES],
    enqueues=[HOURS_CHANGED, RESUME_SENDING],
    budgets=[Budget(PROOFS, "20/hour")],
    settings=ChannelSettings,
    encrypted=[ACCESS_TOKEN, APP_SECRET],
    personal_data=[PersonalData("channels", list_channels, erase_channels)],
)
