"""Slugs and excerpts of authors' texts, shared by the slices."""

from __future__ import annotations

import re

from anyascii import anyascii

from colonnade.kernel.text import excerpt, plain

__all__ = ["MAX_SLUG_ATTEMPTS", "make_excerpt", "plain_text", "slug_candidates", "slugify"]

MAX_EXCERPT_CHARACTERS = 200
SNIPPET_CHARACTERS = 16_000
MAX_ENCODED_CHARACTERS = 500
"""Of an excerpt with its entities: what the field takes when it is sent back."""
MAX_SLUG_CHARACTERS = 200
MAX_SLUG_ATTEMPTS = 50
"""How often a free slug is looked for, by number or because another request took it first."""

_PICTURE = re.compile("[\u2190-\u245f\u2500-\u2bff\U0001f000-\U0001faff]")
"""Arrows, dingbats and pictographs, which would be transliterated to such as `folded-hands`."""
_HAN = re.compile("([\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
"""Han characters: each is a syllable, and hyphens between them keep slugs readable."""
_EARLIER_SPELLING = str.maketrans({"й": "i", "ё": "io", "ю": "iu", "я": "ia", "ъ": "", "ة": ""})
"""Letters as another library transliterated them until November 2026, so that existing slugs stay the same."""


def make_excerpt(content: str) -> str:
    """Return the beginning of safe `content` as an encoded text in one line, cut at a word."""
    return excerpt(content, most=MAX_EXCERPT_CHARACTERS, most_encoded=MAX_ENCODED_CHARACTERS)


def plain_text(content: str) -> str:
    """Return what people read in the beginning of safe `content`: as much as a snippet may be made of."""
    return plain(content, SNIPPET_CHARACTERS)


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
