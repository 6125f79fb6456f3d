"""The sellers of a session, with their products."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.dealroom.sellers.routes import ROUTES
from colonnade.products.dealroom.sellers.seed import seed_sellers

__all__ = ["SLICE"]

SLICE = Slice(
    name="sellers",
    routes=[ROUTES],
    seed=seed_sellers,
)
