"""Categories of articles."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.radio.categories.queries import TRASH
from colonnade.products.radio.categories.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="categories",
    routes=[ROUTES],
    trash=[TRASH],
)
