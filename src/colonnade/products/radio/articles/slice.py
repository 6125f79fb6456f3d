"""Articles: written by editors, read by everybody."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.radio.articles.routes import ROUTES
from colonnade.products.radio.articles.seed import seed_articles

__all__ = ["SLICE"]

SLICE = Slice(
    name="articles",
    routes=[ROUTES],
    seed=seed_articles,
)
