"""Makes safe HTML, slugs and excerpts of authors' texts; shared by the slices."""

from __future__ import annotations

import html
import re

import nh3
from anyascii import anyascii

__all__ = ["MAX_SLUG_ATTEMPTS", "make_excerpt", "sanitize", "slug_candidates", "slugify"]

MAX_EXCERPT_CHARACTERS = 200
MAX_SLUG_CHARACTERS = 200
MAX_SLUG_ATTEMPTS = 50
"""How often a free slug is looked for, by number or because another request took it first."""

_TAG = re.compile(r"<[a-zA-Z/!?]")
_PICTURE = re.compile("[\u2190-\u245f\u2500-\u2bff\U0001f000-\U0001faff]")
"""Arrows, dingbats and pictographs, which would be transliterated to such as `folded-hands`."""
_HAN = re.compile("([\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
"""Han characters: each is a syllable, and hyphens between them keep slugs readable."""
_EARLIER_SPELLING = str.maketrans({"й": "i", "ё": "io", "ю": "iu", "я": "ia", "ъ": "", "ة": ""})
"""Letters as another library transliterated them until November 2026, so that existing slugs stay the same."""
_ALLOWED = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "del", "dd", "details", "div", "dl", "dt",
    "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark",
    "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot",
    "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}


def sanitize(text: str) -> str:
    """Return `text` without any tag and attribute that is not plain formatting.

    Text without tags is plain text and stays as typed.
    """
    if not _TAG.search(text):
        return text
    return nh3.clean(
        text,
        tags=_ALLOWED,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )


def plain(text: str) -> str:
    """Return the words of sanitised content, without tags, in one line."""
    if _TAG.search(text):
        text = html.unescape(re.sub(r"<[^>]*>", " ", text))
    return re.sub(r"\s+", " ", text).strip()


def make_excerpt(content: str) -> str:
    """Return the beginning of `content`, cut at a word, at most 200 characters."""
    text = plain(content)
    if len(text) <= MAX_EXCERPT_CHARACTERS:
        return text
    cut = text[: MAX_EXCERPT_CHARACTERS - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:.-") + "…"


def slugify(title: str, *, default: str = "artikel") -> str:
    """Return `title` as the last part of an address, transliterated from any script to a-z, 0-9 and `-`.

    `default` is returned for a title without letters and digits.
    """
    words = title.lower().replace("'", "").replace("’", "").translate(_EARLIER_SPELLING)
    ascii_text = anyascii(_HAN.sub(r"\1 ", _PICTURE.sub(" ", words))).lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:MAX_SLUG_CHARACTERS].strip("-")
    return slug or default


def slug_candidates(title: str, *, default: str) -> list[str]:
    """Return the slug of `title` and its numbered forms, in the order in which to try them."""
    slug = slugify(title, default=default)
    return [slug, *(f"{slug}-{number}" for number in range(1, MAX_SLUG_ATTEMPTS))]
