"""Cleans texts of guests before they are stored, and finds blocked terms in them.

Terms are compared without case, accents, width variants, invisible characters and long runs of one letter, as whole
words in scripts that have them.

Out of scope: misspellings and spaced-out letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

__all__ = ["clean_line", "clean_text", "fold", "has_blocked_term", "is_blank"]

_JOINERS = "\u200c\u200d"  # they shape Persian and Indic words, and emoji
_FILLERS = "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5"  # letters and symbols that show nothing
_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # category Cc without line breaks and tabs
_RUN = re.compile(r"(\w)\1{2,}")


def is_blank(text: str) -> bool:
    """Return whether `text` has no visible character."""
    return all(
        character in _FILLERS
        or unicodedata.category(character) in _INVISIBLE
        # A combining mark without a base is not visible text.
        or unicodedata.category(character) in ("Mn", "Me")
        for character in text
    )


def clean_line(text: str) -> str:
    """Return `text` as one line: composed (NFC), single spaces, no control, filler or bidirectional characters."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(
        character
        for character in text
        if character in _JOINERS
        or (character not in _FILLERS and unicodedata.category(character) not in ("Cc", "Cf", "Co"))
    ).strip()


def clean_text(text: str) -> str:
    """Return `text` without surrounding space and control characters; line breaks and tabs stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text).strip().strip("\u200b\ufeff").strip()


def fold(text: str) -> str:
    """Return `text` in the form in which different spellings of a term are equal."""
    text = unicodedata.normalize("NFKD", text).casefold()
    kept = (c for c in text if c.isspace() or unicodedata.category(c) not in ("Mn", "Me", "Cf", "Cc"))
    return " ".join("".join(kept).split())


def has_blocked_term(terms: Sequence[str], text: str) -> bool:
    """Return whether `text` contains one of `terms`, in any spelling."""
    pattern = _pattern(tuple(terms))
    if pattern is None:
        return False
    folded = fold(text)
    spellings = {folded, _RUN.sub(r"\1\1", folded), _RUN.sub(r"\1", folded)}
    return any(pattern.search(spelling) for spelling in spellings)


@lru_cache(maxsize=16)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str] | None:
    folded = {fold(term) for term in terms} - {""}
    if not folded:
        return None
    return re.compile("|".join(_bounded(term) for term in sorted(folded, key=len, reverse=True)))


def _bounded(term: str) -> str:
    """Return a pattern of `term` as a whole word, if its script divides words (one with capitals, or digits)."""
    before = r"(?<!\w)" if _divides(term[0]) else ""
    after = r"(?!\w)" if _divides(term[-1]) else ""
    return before + re.escape(term) + after


def _divides(character: str) -> bool:
    return character.isdigit() or character.upper() != character.lower()
