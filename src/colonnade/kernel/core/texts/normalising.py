"""Normalises text in linear time: piles of combining marks are cut before.

Normalisation orders the marks behind a character in the square of their number, and holds the interpreter's lock
meanwhile: 5,000 marks take 100 ms. No language piles up more than a few; the Stream-Safe Text Format (UAX #15, 13)
allows 30. What is above is dropped, where that format would put a joiner in between, because a joiner shows nothing
and is removed from texts.

Out of scope: what a text may consist of; the folding of searches, which must do as the database does.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import groupby, islice
from typing import Literal

__all__ = ["MOST_MARKS", "normalized"]

MOST_MARKS = 30
"""Behind one character."""
_BEGIN_AS_MARKS = frozenset("\u0f73\u0f75\u0f81\uff9e\uff9f")
"""What is no mark itself, and is decomposed into some."""
_OUTSIDE_BMP = "\U00010100-\U00011fff\U00016a00-\U00016fff\U0001bc00-\U0001d3ff\U0001e000-\U0001efff"
"""All marks outside of the BMP, and letters: with their 70 ranges the pattern would be 40 times as slow."""


def normalized(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Return `text` in a form of UAX #15, with at most MOST_MARKS combining marks behind each character."""
    if text.isascii():
        return text
    # Twice, because a character may be decomposed into several marks.
    return _cut(unicodedata.normalize(form, _cut(text)))


def _cut(text: str) -> str:
    return text if len(text) <= MOST_MARKS else _piles().sub(_cut_pile, text)


@cache
def _piles() -> re.Pattern[str]:
    """Make the pattern of what may be too many marks in a row, of the Unicode that this Python knows."""
    marks = "".join(c for c in map(chr, range(0x300, 0x10000)) if unicodedata.combining(c))
    mark = f"[{marks}{''.join(sorted(_BEGIN_AS_MARKS))}{_OUTSIDE_BMP}]"
    return re.compile(f"{mark}{mark}{{{MOST_MARKS},}}")


def _cut_pile(run: re.Match[str]) -> str:
    kept: list[str] = []
    for is_mark, characters in groupby(run[0], _is_mark):
        kept += islice(characters, MOST_MARKS if is_mark else None)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) != 0 or character in _BEGIN_AS_MARKS
