"""Announcements that are shown for a while."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.radio.announcements.routes import ROUTES
from colonnade.products.radio.announcements.seed import seed_announcements

__all__ = ["SLICE"]

SLICE = Slice(
    name="announcements",
    routes=[ROUTES],
    seed=seed_announcements,
)
