"""One's own account: API keys, and exports of the data that is held about it."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.dealroom.account.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="account",
    routes=[ROUTES],
)
