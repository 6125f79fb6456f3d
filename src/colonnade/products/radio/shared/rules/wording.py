"""Finds blocked terms in texts of guests.

Terms are compared without case, accents, width variants, invisible characters and long runs of one letter, as whole
words in scripts that have them.

Out of scope: misspellings and spaced-out letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

__all__ = ["fold", "has_blocked_term"]

_RUN = re.compile(r"(\w)\1{2,}")


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
