"""Feeds and a sitemap of the published articles; reads through the queries of that slice."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.radio.feeds.routes import ROUTES
from colonnade.products.radio.feeds.schemas import FeedSettings

__all__ = ["SLICE"]

SLICE = Slice(
    name="feeds",
    routes=[ROUTES],
    settings=FeedSettings,
)
