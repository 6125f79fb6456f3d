"""Reads what feeds and sitemaps show of the published articles."""

from __future__ import annotations

from colonnade.kernel.db import Executor
from colonnade.products.radio.articles.queries import VISIBLE
from colonnade.products.radio.feeds.schemas import SitemapEntry

__all__ = ["count_sitemap_entries", "list_sitemap_entries"]


async def count_sitemap_entries(db: Executor) -> int:
    """Count the published articles."""
    count: int = await db.fetch_value(f"SELECT count(*) FROM articles a WHERE {VISIBLE}")
    return count


async def list_sitemap_entries(db: Executor, *, limit: int, offset: int) -> list[SitemapEntry]:
    """Return published articles in the order of their ids."""
    rows = await db.fetch(
        f"SELECT a.slug, a.updated_at FROM articles a WHERE {VISIBLE} ORDER BY a.id LIMIT $1 OFFSET $2",
        limit,
        offset,
    )
    return [SitemapEntry(*row) for row in rows]
