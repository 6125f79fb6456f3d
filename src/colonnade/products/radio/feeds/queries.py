"""Reads what feeds and sitemaps show of the published articles."""

from __future__ import annotations

from colonnade.kernel.db import Executor
from colonnade.products.radio.articles.queries import VISIBLE
from colonnade.products.radio.feeds.schemas import SitemapEntry, SitemapExtent

__all__ = ["list_sitemap_entries", "measure_sitemap"]


async def measure_sitemap(db: Executor) -> SitemapExtent:
    """Count the published articles; `updated_at` is when the latest of them was changed."""
    row = await db.fetch_row(
        f"SELECT count(*) AS count, max(a.updated_at) AS updated_at FROM articles a WHERE {VISIBLE}"
    )
    assert row is not None
    return SitemapExtent(row["count"], row["updated_at"])


async def list_sitemap_entries(db: Executor, *, limit: int, offset: int) -> list[SitemapEntry]:
    """Return published articles in the order of their ids."""
    rows = await db.fetch(
        f"SELECT a.id, a.slug, a.updated_at FROM articles a WHERE {VISIBLE} ORDER BY a.id LIMIT $1 OFFSET $2",
        limit,
        offset,
    )
    return [SitemapEntry(*row) for row in rows]
