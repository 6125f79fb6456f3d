"""Finds out whether a customer asks for a person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from colonnade.kernel.core import normalized

__all__ = ["asked_for_person"]

MAX_CHARACTERS = 4096


def asked_for_person(text: str | None, words: Sequence[str]) -> str | None:
    """Return which of the words a customer's text has, as whole words, without regard to case and accents.

    In scripts without spaces and capitals (`人工`) a part of the text is enough.
    """
    if not text or not words:
        return None
    said = _fold(text[:MAX_CHARACTERS])
    for word in words:
        wanted = _fold(word)
        if wanted in said and wanted and re.search(_pattern(wanted), said):
            return word
    return None


def _pattern(wanted: str) -> str:
    before = "" if unicodedata.category(wanted[0]) == "Lo" else r"(?<!\w)"
    after = "" if unicodedata.category(wanted[-1]) == "Lo" else r"(?!\w)"
    return f"{before}{re.escape(wanted)}{after}"


def _fold(text: str) -> str:
    decomposed = normalized("NFKD", text.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(plain.split())
