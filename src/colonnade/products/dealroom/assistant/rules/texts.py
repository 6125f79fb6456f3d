"""Compares texts as people read them: without case, accents, invisible characters and variants of dashes and spaces."""

from __future__ import annotations

import re
import unicodedata

from colonnade.kernel.core import normalized

__all__ = ["clean", "fold", "is_overlong", "plain", "unmarked"]

MAX_WRITTEN_OUT = 20_000
_MOST_OF_ONE = 18
"""The characters that NFKC makes of one: U+FDFA."""

_SPACES = re.compile(r"\s+")
_MARKERS = re.compile(r"[*_`]+")
_DASHES = re.compile("[\u2010-\u2015\u2212~]")
_ARABIC = str.maketrans({"ة": "ه", "ى": "ي", "ـ": None})
_KEPT = ("\n", "\t")
_UNSEEN = ("Cf", "Me")  # such as joiners, and the keycap around an emoji's digit


def clean(text: str) -> str:
    """Remove characters that no message may contain: control characters and lone surrogates."""
    kept = (c for c in text if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept).strip()


def plain(text: str) -> str:
    """Put `text` on one line, with compatibility characters normalised (NFKC), without invisible ones.

    Case is kept, so that matches can be shown.
    """
    seen = normalized("NFKC", text)
    if not (seen.isascii() or seen.isalpha()):
        seen = "".join(
            c
            for c in seen
            if c < "\x80" or (unicodedata.category(c) not in _UNSEEN and not "\ufe00" <= c <= "\ufe0f")
        )
    return _SPACES.sub(" ", _DASHES.sub("-", seen).replace("’", "'")).strip()


def fold(text: str) -> str:
    """Return `text` in a form for comparison: `plain`, without accents, case and variants, dashes as spaces."""
    if text.isascii():  # most of what the lists are made of
        return " ".join(text.replace("~", " ").replace("-", " ").lower().split())
    apart = normalized("NFKD", plain(text).replace("-", " "))
    bare = (
        apart
        if apart.isascii() or apart.isalpha()
        else "".join(c for c in apart if not unicodedata.combining(c))
    )
    return _SPACES.sub(" ", bare.casefold().translate(_ARABIC)).strip()


def unmarked(text: str) -> str:
    """Return a folded text with spaces for the marks of formatting: `_` is a letter to a pattern, not to a reader."""
    return _SPACES.sub(lambda gap: "\n" if "\n" in gap.group() else " ", _MARKERS.sub(" ", text))


def is_overlong(text: str, most: int = MAX_WRITTEN_OUT) -> bool:
    """Return whether a text has more than `most` characters once those that stand for many are written out."""
    if len(text) * _MOST_OF_ONE <= most:
        return False
    return len(text) > most or len(normalized("NFKC", text)) > most
