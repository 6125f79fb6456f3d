"""What holds in a session: its own vendor and sellers, or its channel's."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.dealroom.storefronts.routes import ROUTES
from colonnade.products.dealroom.storefronts.seed import seed_channel

__all__ = ["SLICE"]

SLICE = Slice(
    name="storefronts",
    routes=[ROUTES],
    seed=seed_channel,
)
