"""Finds blocked terms in texts of guests.

Terms are compared without case, accents, width variants, invisible characters and long runs of one letter, as whole
words in scripts that have them; by what letters look like (UTS #39); and with single letters that something divides
(`j u d i`) put together.

Out of scope: misspellings, digits for letters, and words that something else divides (`ju di`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from colonnade.kernel.core import normalized
from colonnade.kernel.text import skeleton

__all__ = ["fold", "has_blocked_term"]

_RUN = re.compile(r"(\w)\1{2,}")
_LETTER = r"[^\W\d_]"
_SPACED = re.compile(rf"(?<![^\W_]){_LETTER}(?:[\W_]{{1,3}}{_LETTER}(?![^\W_])){{2,}}")
"""Single letters, divided by up to three characters."""
_DIGIT = re.compile(r"\d")
_BETWEEN = re.compile(r"[\W_]+")
MIN_SPACED = 3
"""Letters of a term that is looked for among single ones."""


def fold(text: str) -> str:
    """Return `text` in the form in which different spellings of a term are equal."""
    text = normalized("NFKD", text).casefold()
    kept = (c for c in text if c.isspace() or unicodedata.category(c) not in ("Mn", "Me", "Cf", "Cc"))
    return " ".join("".join(kept).split())


def has_blocked_term(terms: Sequence[str], text: str) -> bool:
    """Return whether `text` contains one of `terms`, in any spelling."""
    if not terms:
        return False
    patterns = _patterns(tuple(terms))
    folded = fold(text)
    if _found(patterns.typed, folded):
        return True
    seen = _seen(folded)
    if (seen, patterns.seen) != (folded, patterns.typed) and _found(patterns.seen, seen):
        return True
    spaced = " ".join(_BETWEEN.sub("", run[0]) for run in _SPACED.finditer(folded))
    return bool(spaced) and _found(patterns.spaced, _seen(spaced))


def _found(pattern: re.Pattern[str] | None, folded: str) -> bool:
    if pattern is None:
        return False
    spellings = {folded, _RUN.sub(r"\1\1", folded), _RUN.sub(r"\1", folded)}
    return any(pattern.search(spelling) for spelling in spellings)


def _seen(folded: str) -> str:
    """Return what the letters of a folded text look like, in small letters.

    Digits and marks of ASCII look like themselves here, as `10` is no `lo`.
    """
    plain = folded if folded.isascii() else "".join(map(_seen_letter, folded))
    return plain.replace("rn", "m")


@lru_cache(maxsize=4096)
def _seen_letter(character: str) -> str:
    return character if character.isascii() else skeleton(character).casefold()


@dataclass(frozen=True)
class _Patterns:
    """The patterns of terms: as they are typed, as they look, and as they look among single letters."""

    typed: re.Pattern[str] | None
    seen: re.Pattern[str] | None
    spaced: re.Pattern[str] | None


@lru_cache(maxsize=16)
def _patterns(terms: tuple[str, ...]) -> _Patterns:
    folded = {fold(term) for term in terms} - {""}
    typed = {_bounded(term, term) for term in folded}
    seen = {_bounded(_seen(term), term) for term in folded}
    squeezed = {_BETWEEN.sub("", term) for term in folded}
    spaced = {
        re.escape(_seen(term)) for term in squeezed if len(term) >= MIN_SPACED and not _DIGIT.search(term)
    }
    return _Patterns(_any_of(typed), _any_of(seen), _any_of(spaced))


def _any_of(patterns: set[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(sorted(patterns, key=len, reverse=True))) if patterns else None


def _bounded(text: str, term: str) -> str:
    """Return a pattern of `text` as a whole word, if its script divides words (one with capitals, or digits).

    It is one that stands for `term`, whose script counts as well.
    """
    before = r"(?<!\w)" if _divides(text[0]) or _divides(term[0]) else ""
    after = r"(?!\w)" if _divides(text[-1]) or _divides(term[-1]) else ""
    return before + re.escape(text) + after


def _divides(character: str) -> bool:
    return character.isdigit() or character.upper() != character.lower()
