"""The homepage in one request; reads from several slices."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.radio.homepage.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="homepage",
    routes=[ROUTES],
)
