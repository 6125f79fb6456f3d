r"""The syntax of a search text: words, `"phrases"`, `-without`, `or`. What a word is, the database decides.

The last word may be the beginning of one. Digits with spaces between them are one number, as people write telephone
numbers. Of more than MAX_TERMS terms the first ones count.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["MAX_TERMS", "SEARCH_CHARACTERS", "Terms", "read_terms", "wanted_text"]

SEARCH_CHARACTERS = 100
MAX_TERMS = 16

_INVISIBLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_QUOTES = str.maketrans("“”„‟«»＂″", '""""""""')
_TERM = re.compile(
    r"""
      (?P<without>-*)"(?P<phrase>[^"]*)"?
    | (?P<number>[+(]{0,2}\d[\d\s().\-]{5,40}\d)(?!\S)
    | (?P<minus>-*)(?P<word>[^\s"]+)
    """,
    re.VERBOSE,
)


class Terms(NamedTuple):
    """Equally long lists: of each term the number of its alternative (from 1), its kind and its text.

    Kinds are those of `search_query`: `w` a word, `l` the last word, `p` a phrase; a capital means: without it.
    """

    alternatives: list[int]
    kinds: list[str]
    texts: list[str]


def wanted_text(search: str | None) -> str | None:
    """Return a search text; None if nobody could see anything of it, since then everything is wanted."""
    return None if search is None or not _INVISIBLE.sub("", search).strip() else search


def read_terms(text: str) -> Terms:
    """Read the terms of a search text."""
    terms = Terms([], [], [])
    alternative, another = 1, False
    matches = list(_TERM.finditer(text.translate(_QUOTES)))
    for place, match in enumerate(matches):
        word = match["number"] or match["word"]
        if word is not None and word.lower() == "or" and terms.texts and place < len(matches) - 1:
            another = True
            continue
        said = match["phrase"] if word is None else word
        if not said.strip():
            continue
        if another:
            alternative, another = alternative + 1, False
        without = bool(match["without"] or match["minus"])
        kind = "p" if word is None else "l" if place == len(matches) - 1 and not without else "w"
        terms.alternatives.append(alternative)
        terms.kinds.append(kind.upper() if without else kind)
        terms.texts.append(said)
        if len(terms.texts) == MAX_TERMS:
            break
    return terms
