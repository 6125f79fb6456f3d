"""Settings of the feeds, and what a feed and a sitemap are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from pydantic import Field

from colonnade.kernel.core import SliceSettings, WebAddress
from colonnade.products.radio.articles.schemas import Article

__all__ = ["Feed", "FeedSettings", "Podcast", "SitemapEntry"]


class FeedSettings(SliceSettings):
    """What the feeds say of the station."""

    title = "Feeds"

    feed_description: str = Field(
        "Kabar dan renungan.", max_length=4000, description="What feeds say that they are about."
    )
    feed_language: str = Field(
        "id", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description="Language of the articles, for feeds."
    )
    article_pages: WebAddress | None = Field(
        None,
        description=(
            "Address of the website's articles, to which feeds and the sitemap add slugs: https://example.org/kabar/. "
            "Empty: articles/ below PUBLIC_URL."
        ),
    )
    podcast_image: WebAddress | None = Field(
        None, description="Cover of the podcast: a square JPEG or PNG of 1400 to 3000 pixels."
    )
    podcast_category: str = Field(
        "Religion & Spirituality", max_length=100, description="The podcast's category in Apple's directory."
    )


class Podcast(NamedTuple):
    """What a podcast says beside its entries."""

    image: str | None
    category: str


class Feed(NamedTuple):
    """A feed: its own address, the website's, where its articles are, and the articles, newest first.

    `origin` is what addresses within the articles begin with, `host` makes the names of entries unique.
    """

    title: str
    description: str
    language: str
    address: str
    site: str
    pages: str
    origin: str
    host: str
    articles: Sequence[Article]
    podcast: Podcast | None = None


class SitemapEntry(Struct, frozen=True):
    """A published article."""

    slug: str
    updated_at: datetime
