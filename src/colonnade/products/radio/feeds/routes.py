"""Feeds of the published articles, and their sitemap."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode, urlsplit

from colonnade.kernel.core import NotFound, Settings, paced
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Api,
    Cached,
    Exchange,
    Limit,
    QueryParameter,
    Response,
    Router,
    Tag,
    anyone,
    get,
)
from colonnade.products.radio.articles import queries as articles
from colonnade.products.radio.articles.schemas import ArticleFilters
from colonnade.products.radio.feeds import queries
from colonnade.products.radio.feeds.rules.markup import (
    atom_entries,
    rss_items,
    write_atom,
    write_rss,
    write_sitemap,
    write_sitemap_index,
)
from colonnade.products.radio.feeds.schemas import Feed, FeedSettings, Podcast

__all__ = ["ROUTES"]

CACHED = Cached(tags=("articles",), ttl_seconds=1800)
RSS, ATOM, XML = "application/rss+xml", "application/atom+xml", "application/xml"
MOST_CONTENT_BYTES = 16 * 1024
"""Of an article in a feed; of a longer one, the feed has the excerpt and a link."""
URLS_PER_SITEMAP = 10_000
"""The protocol allows 50,000; this many are written within the time of an ordinary request."""

CategorySlug = Annotated[str | None, QueryParameter(max_length=500, description="Slug of a category.")]


@get("/feeds/articles.rss", guards=[anyone()], response_cache=CACHED, bare={RSS: str})
async def show_rss(
    db: Database,
    settings: Settings,
    product: Api,
    about: FeedSettings,
    exchange: Exchange,
    category: CategorySlug = None,
    limit: Limit = 20,
) -> Response[bytes]:
    """The latest articles as RSS 2.0, with their recordings."""
    filters = ArticleFilters(category=category)
    feed = await _feed(db, settings, product, about, exchange, filters, limit, path="articles.rss")
    return _answer(await _rss(feed), RSS)


@get("/feeds/articles.atom", guards=[anyone()], response_cache=CACHED, bare={ATOM: str})
async def show_atom(
    db: Database,
    settings: Settings,
    product: Api,
    about: FeedSettings,
    exchange: Exchange,
    category: CategorySlug = None,
    limit: Limit = 20,
) -> Response[bytes]:
    """The latest articles as Atom, with their recordings."""
    filters = ArticleFilters(category=category)
    feed = await _feed(db, settings, product, about, exchange, filters, limit, path="articles.atom")
    return _answer(write_atom(feed, [entry async for entry in paced(atom_entries(feed))]), ATOM)


@get("/feeds/podcast.rss", guards=[anyone()], response_cache=CACHED, bare={RSS: str})
async def show_podcast(
    db: Database,
    settings: Settings,
    product: Api,
    about: FeedSettings,
    exchange: Exchange,
    category: CategorySlug = None,
    limit: Limit = 100,
) -> Response[bytes]:
    """The latest articles that have a recording, as a podcast."""
    filters = ArticleFilters(category=category, recorded=True)
    feed = await _feed(db, settings, product, about, exchange, filters, limit, path="podcast.rss")
    podcast = Podcast(about.podcast_image, about.podcast_category)
    return _answer(await _rss(feed._replace(podcast=podcast)), RSS)


@get("/sitemap.xml", guards=[anyone()], response_cache=CACHED, bare={XML: str})
async def show_sitemap(
    db: Database, settings: Settings, about: FeedSettings, exchange: Exchange
) -> Response[bytes]:
    """The sitemap of the articles, or the index of its parts."""
    exchange.fresh_until = await articles.find_next_publication(db)
    count = await queries.count_sitemap_entries(db)
    if count > URLS_PER_SITEMAP:
        base, parts = _base(settings), -(-count // URLS_PER_SITEMAP)
        return _answer(
            write_sitemap_index(f"{base}/sitemaps/{part}.xml" for part in range(1, parts + 1)), XML
        )
    entries = await queries.list_sitemap_entries(db, limit=URLS_PER_SITEMAP, offset=0)
    return _answer(write_sitemap(entries, _pages(settings, about)), XML)


@get("/sitemaps/{name:str}", guards=[anyone()], response_cache=CACHED, bare={XML: str})
async def show_sitemap_part(
    name: str, db: Database, settings: Settings, about: FeedSettings, exchange: Exchange
) -> Response[bytes]:
    """A part of the sitemap: `1.xml`, `2.xml` and so on."""
    number = name.removesuffix(".xml")
    if not number.isascii() or not number.isdigit() or len(number) > 5 or f"{int(number)}.xml" != name:
        raise NotFound
    exchange.fresh_until = await articles.find_next_publication(db)
    offset = (int(number) - 1) * URLS_PER_SITEMAP
    entries = (
        await queries.list_sitemap_entries(db, limit=URLS_PER_SITEMAP, offset=offset) if offset >= 0 else []
    )
    if not entries:
        raise NotFound
    return _answer(write_sitemap(entries, _pages(settings, about)), XML)


async def _feed(
    db: Database,
    settings: Settings,
    product: Api,
    about: FeedSettings,
    exchange: Exchange,
    filters: ArticleFilters,
    limit: int,
    *,
    path: str,
) -> Feed:
    """Return the feed at `path`; of a category that there is not it is empty."""
    exchange.fresh_until = await articles.find_next_publication(db)
    found = await articles.list_articles(
        db,
        filters,
        sort_by="published_at",
        order="desc",
        limit=limit,
        offset=0,
        most_bytes=MOST_CONTENT_BYTES,
    )
    base, pages = _base(settings), _pages(settings, about)
    parts = urlsplit(base)
    query = urlencode({"category": filters.category}) if filters.category is not None else ""
    return Feed(
        title=product.title,
        description=about.feed_description,
        language=about.feed_language,
        address=f"{base}/feeds/{path}{'?' if query else ''}{query}",
        site=f"{urlsplit(pages).scheme}://{urlsplit(pages).netloc}/",
        pages=pages,
        origin=f"{parts.scheme}://{parts.netloc}/",
        host=parts.hostname or product.name,
        articles=found,
    )


async def _rss(feed: Feed) -> bytes:
    return write_rss(feed, [item async for item in paced(rss_items(feed))])


def _base(settings: Settings) -> str:
    """Return the address of this server, never from the request: the answer is kept for everybody."""
    return (settings.public_url or f"http://localhost:{settings.port}").rstrip("/")


def _pages(settings: Settings, about: FeedSettings) -> str:
    return (about.article_pages or f"{_base(settings)}/articles").rstrip("/") + "/"


def _answer(content: bytes, media: str) -> Response[bytes]:
    return Response(content, media_type=f"{media}; charset=utf-8")


ROUTES = Router(
    "/",
    route_handlers=[show_rss, show_atom, show_podcast, show_sitemap, show_sitemap_part],
    tags=[Tag("Feeds", "Articles for feed readers, podcast players and search engines.")],
)
