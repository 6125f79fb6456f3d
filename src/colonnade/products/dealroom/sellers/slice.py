"""The sellers of a session or a channel, with their products."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData
from colonnade.kernel.product import Slice
from colonnade.products.dealroom.sellers.queries import collect_sellers
from colonnade.products.dealroom.sellers.routes import CHANNEL_ROUTES, ROUTES
from colonnade.products.dealroom.sellers.seed import seed_sellers

__all__ = ["SLICE"]

SLICE = Slice(
    name="sellers",
    routes=[CHANNEL_ROUTES, ROUTES],
    personal_data=[PersonalData("sellers", collect_sellers)],
    seed=seed_sellers,
)
