"""Writes feeds: RSS 2.0 with what podcasts need, Atom (RFC 4287) and sitemaps; well-formed whatever the texts hold."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote, urljoin
from xml.etree import ElementTree as ET

from colonnade.products.radio.articles.schemas import Article
from colonnade.products.radio.feeds.schemas import Feed, SitemapEntry

__all__ = [
    "atom_entries",
    "rss_items",
    "write_atom",
    "write_rss",
    "write_sitemap",
    "write_sitemap_index",
]

_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_CREATOR = "http://purl.org/dc/elements/1.1/"
_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML 1.0, escaped or not."""
_LINK = re.compile(r'(\s(?:src|href)=")(/(?!/)[^"]*)')

for _prefix, _name in (("atom", _ATOM), ("content", _CONTENT), ("dc", _CREATOR), ("itunes", _ITUNES)):
    ET.register_namespace(_prefix, _name)


def rss_items(feed: Feed) -> Iterator[ET.Element]:
    """Make the items of the feed as RSS 2.0, one after the other."""
    for article in feed.articles:
        item = ET.Element("item")
        _add_item(item, feed, article)
        yield item


def write_rss(feed: Feed, items: Iterable[ET.Element]) -> bytes:
    """Return the feed with its `items` as RSS 2.0; the same bytes as long as its articles are the same."""
    rss = ET.Element("rss", version="2.0")
    channel = ET.SubElement(rss, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.site)
    _add(channel, "description", feed.description)
    _add(channel, "language", feed.language)
    _add(channel, "lastBuildDate", format_datetime(_updated(feed)))
    ET.SubElement(channel, f"{{{_ATOM}}}link", rel="self", type="application/rss+xml", href=feed.address)
    if feed.podcast is not None:
        _add(channel, f"{{{_ITUNES}}}author", feed.title)
        _add(channel, f"{{{_ITUNES}}}explicit", "false")
        ET.SubElement(channel, f"{{{_ITUNES}}}category", text=_legal(feed.podcast.category))
        if feed.podcast.image is not None:
            ET.SubElement(channel, f"{{{_ITUNES}}}image", href=feed.podcast.image)
    channel.extend(items)
    return _bytes(rss)


def _add_item(item: ET.Element, feed: Feed, article: Article) -> None:
    _add(item, "title", article.title)
    _add(item, "link", _page(feed, article))
    _add(item, "guid", _id(feed, article)).set("isPermaLink", "false")
    _add(item, "pubDate", format_datetime(article.published_at or article.created_at))
    _add(item, f"{{{_CREATOR}}}creator", article.author.name)
    if article.category is not None:
        _add(item, "category", article.category.name)
    _add(item, "description", article.excerpt)
    _add(item, f"{{{_CONTENT}}}encoded", _content(feed, article))
    if article.enclosure is not None:
        recording = article.enclosure
        address = urljoin(feed.origin, recording.url)
        ET.SubElement(item, "enclosure", url=address, length=str(recording.bytes), type=recording.type)
        if recording.seconds is not None:
            _add(item, f"{{{_ITUNES}}}duration", str(recording.seconds))


def atom_entries(feed: Feed) -> Iterator[ET.Element]:
    """Make the entries of the feed as Atom, one after the other."""
    for article in feed.articles:
        entry = ET.Element(f"{{{_ATOM}}}entry")
        _add(entry, f"{{{_ATOM}}}title", article.title)
        _add(entry, f"{{{_ATOM}}}id", _id(feed, article))
        ET.SubElement(entry, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=_page(feed, article))
        _add(entry, f"{{{_ATOM}}}published", (article.published_at or article.created_at).isoformat())
        _add(entry, f"{{{_ATOM}}}updated", article.updated_at.isoformat())
        _add(ET.SubElement(entry, f"{{{_ATOM}}}author"), f"{{{_ATOM}}}name", article.author.name)
        if article.category is not None:
            ET.SubElement(
                entry, f"{{{_ATOM}}}category", term=article.category.slug, label=_legal(article.category.name)
            )
        _add(entry, f"{{{_ATOM}}}summary", article.excerpt).set("type", "html")
        _add(entry, f"{{{_ATOM}}}content", _content(feed, article)).set("type", "html")
        if article.enclosure is not None:
            recording = article.enclosure
            link = {"rel": "enclosure", "type": recording.type, "length": str(recording.bytes)}
            ET.SubElement(entry, f"{{{_ATOM}}}link", link, href=urljoin(feed.origin, recording.url))
        yield entry


def write_atom(feed: Feed, entries: Iterable[ET.Element]) -> bytes:
    """Return the feed with its `entries` as Atom."""
    root = ET.Element(f"{{{_ATOM}}}feed")
    root.set("{http://www.w3.org/XML/1998/namespace}lang", feed.language)
    for name, text in (("title", feed.title), ("subtitle", feed.description), ("id", feed.address)):
        _add(root, f"{{{_ATOM}}}{name}", text)
    _add(root, f"{{{_ATOM}}}updated", _updated(feed).isoformat())
    ET.SubElement(root, f"{{{_ATOM}}}link", rel="self", type="application/atom+xml", href=feed.address)
    ET.SubElement(root, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=feed.site)
    root.extend(entries)
    return _bytes(root)


def write_sitemap(entries: Iterable[SitemapEntry], pages: str) -> bytes:
    """Return a sitemap of articles, whose addresses are `pages` and their slugs."""
    root = ET.Element("urlset", xmlns=_SITEMAP)
    for entry in entries:
        url = ET.SubElement(root, "url")
        _add(url, "loc", pages + quote(entry.slug))
        _add(url, "lastmod", entry.updated_at.isoformat(timespec="seconds"))
    return _bytes(root)


def write_sitemap_index(addresses: Iterable[str]) -> bytes:
    """Return the index of the sitemaps at these addresses."""
    root = ET.Element("sitemapindex", xmlns=_SITEMAP)
    for address in addresses:
        _add(ET.SubElement(root, "sitemap"), "loc", address)
    return _bytes(root)


def _page(feed: Feed, article: Article) -> str:
    return feed.pages + quote(article.slug)


def _id(feed: Feed, article: Article) -> str:
    """Return a name that stays, wherever the article is and whatever it is called (RFC 4151)."""
    return f"tag:{feed.host},{article.created_at.astimezone(UTC):%Y-%m-%d}:articles/{article.id}"


def _updated(feed: Feed) -> datetime:
    changes: Iterator[datetime] = (article.updated_at for article in feed.articles)
    return max(changes, default=_NEVER)


def _content(feed: Feed, article: Article) -> str:
    """Return safe HTML with whole addresses, for a reader that shows it elsewhere.

    Of an article that is too long for a feed, it is the excerpt and a link.
    """
    if not article.content:
        title, page = html.escape(article.title), html.escape(_page(feed, article))
        return f'<p>{article.excerpt}</p><p><a href="{page}">{title}</a></p>'
    origin = feed.origin.rstrip("/")
    return _LINK.sub(lambda found: f"{found[1]}{origin}{found[2]}", article.content)


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    child = ET.SubElement(parent, name)
    child.text = _legal(text)
    return child


def _legal(text: str) -> str:
    return _ILLEGAL.sub("", text)


def _bytes(root: ET.Element) -> bytes:
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return made + b"\n"
