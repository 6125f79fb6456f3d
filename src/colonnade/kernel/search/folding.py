"""Text as search compares it, for marking. The rule is `search_fold` of kernel/db/migrations/0042_search.sql.

A test holds both equal. What is found is decided by the database alone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["fold"]

_BEFORE = str.maketrans("`´‘’ʼʹ′＇‐‑‒−", "''''''''----")
_AFTER = str.maketrans(
    "øłđħıŋŧðƒɓɗςٱىیکةە٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९",
    "oldhintdfbdσاييكهه012345678901234567890123456789",
    "",
) | {ord("ß"): "ss", ord("æ"): "ae", ord("œ"): "oe", ord("þ"): "th"}
_DROPPED = re.compile(
    "[\u00ad\u0300-\u034e\u0350-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u0640"
    "\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff"
    "\U0001f3fb-\U0001f3ff]+"
)
"""Accents, vowel signs, what is invisible, and tones of skin."""
_JOINER = "\u034f"
_PILE = re.compile("[^\x01-\u02ff\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\uff66-\uff9d]{32}")
"""Normalisation sorts marks in the square of their number; a grapheme joiner parts what may be marks."""


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return `text` without accents, compatibility forms, vowel signs and capitals."""
    if text.isascii():
        return text.lower().replace("`", "'")
    decomposed = unicodedata.normalize("NFKD", _PILE.sub(rf"\g<0>{_JOINER}", text).translate(_BEFORE))
    folded = _DROPPED.sub("", decomposed).lower().translate(_AFTER)
    return unicodedata.normalize("NFC", folded).replace(_JOINER, "")
