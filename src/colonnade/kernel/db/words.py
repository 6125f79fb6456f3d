"""Full-text search between people and PostgreSQL: cleans search words, and makes snippets safe to show."""

from __future__ import annotations

import html
import re

__all__ = ["MARK_END", "MARK_START", "mark_snippet", "search_words"]

MARK_START, MARK_END = "\ue000", "\ue001"
"""For ts_headline: private-use characters, which `mark_snippet` turns into `<mark>`."""


def search_words(text: str) -> str:
    """Return the text of a search field without each `-` and `""` that precedes no word.

    PostgreSQL fails on a long row of negations that negate nothing.
    """
    return re.sub(r"-+(?![\w\"])|-(?=-)", " ", re.sub(r'"\W*"', " ", text))


def mark_snippet(snippet: str) -> str:
    """Return a search snippet as safe HTML: found words in `<mark>`, everything else escaped."""
    escaped = html.escape(html.unescape(snippet), quote=False)
    return escaped.replace(MARK_START, "<mark>").replace(MARK_END, "</mark>")
