"""Between HTML and text: what people read in an HTML that has been cleaned, and the HTML of what they typed as text."""

from __future__ import annotations

import html
import re

from colonnade.kernel.core.texts import clean_words

__all__ = ["beginning", "encoded", "excerpt", "paragraphs", "plain"]

MAX_EXAMINED = 65_536
"""Characters in which the first words are looked for, in some milliseconds."""

_TAG = re.compile(r"<[^>]*>")
_INSIDE_WORDS = re.compile(
    r"</?(?:a|abbr|b|cite|code|del|em|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|u)(?: [^>]*)?>"
)
"""Tags that part no words."""


def encoded(text: str) -> str:
    """Return a text as HTML that shows just that."""
    return html.escape(text, quote=False)


def paragraphs(text: str) -> str:
    """Return a text as HTML: a paragraph for each of its blocks, which empty lines divide, and its line breaks."""
    blocks = re.split(r"\n[ \t]*(?:\n[ \t]*)+", clean_words(text))
    return "".join(f"<p>{encoded(block).replace(chr(10), '<br>')}</p>" for block in blocks if block)


def plain(cleaned: str, most: int | None = None) -> str:
    """Return what people read in `cleaned` HTML, or in its first `most` characters, in one line.

    It is a text, which is to be encoded where HTML is shown.
    """
    if most is not None and most < len(cleaned):
        # A tag or an entity that is cut in two is left out.
        cleaned = cleaned[:most]
        cleaned = cleaned[: cleaned.rfind("<")] if cleaned.rfind("<") > cleaned.rfind(">") else cleaned
        cleaned = cleaned[: cleaned.rfind("&")] if cleaned.rfind("&") > cleaned.rfind(";") else cleaned
    if "<" in cleaned:
        cleaned = _TAG.sub(" ", _INSIDE_WORDS.sub("", cleaned))
    return " ".join(html.unescape(cleaned).split())


def beginning(cleaned: str, most: int = 200) -> str:
    """Return the first `most` characters of what people read in `cleaned` HTML, a text, cut at a word."""
    return _cut(_first_words(cleaned, most), most)


def excerpt(cleaned: str, *, most: int = 200, most_encoded: int) -> str:
    """Return the beginning of `cleaned` HTML as an encoded text in one line, cut at a word.

    It has at most `most` characters as people read it, and `most_encoded` with those of its entities.
    """
    text = _first_words(cleaned, most)
    while len(shown := encoded(_cut(text, most))) > most_encoded:
        most -= max(1, (len(shown) - most_encoded) // 5)
    return shown


def _first_words(cleaned: str, most: int) -> str:
    """Return the first words of `cleaned`, more than `most` characters if there are so many near its beginning."""
    examined, text = 0, ""
    while examined < min(len(cleaned), MAX_EXAMINED) and len(text) <= most:
        examined = min(len(cleaned), examined * 4 or MAX_EXAMINED // 16)
        text = plain(cleaned, examined)
    return text


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:.-") + "…"
