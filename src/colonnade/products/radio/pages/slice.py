"""Static pages."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.radio.pages.routes import ROUTES
from colonnade.products.radio.pages.seed import seed_pages

__all__ = ["SLICE"]

SLICE = Slice(
    name="pages",
    routes=[ROUTES],
    seed=seed_pages,
)
