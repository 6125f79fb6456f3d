"""Comparing texts as people read them: without case, accents, invisible characters and the kind of a dash or space."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["clean", "fold", "plain"]

_SPACES = re.compile(r"\s+")
_DASHES = re.compile("[\u2010-\u2015\u2212~]")
_KEPT = ("\n", "\t")
_UNSEEN = ("Cf", "Me")  # such as joiners, and the keycap around an emoji's digit


def clean(text: str) -> str:
    """Remove from `text` what no message carries: control characters and halves of characters."""
    kept = (c for c in text if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept).strip()


def plain(text: str) -> str:
    """Put `text` on one line, with compatible characters in their usual form, without invisible ones.

    Case stays, so that what is found in it can be shown.
    """
    usual = unicodedata.normalize("NFKC", text)
    seen = "".join(
        c for c in usual if unicodedata.category(c) not in _UNSEEN and not "\ufe00" <= c <= "\ufe0f"
    )
    return _SPACES.sub(" ", _DASHES.sub("-", seen).replace("’", "'")).strip()


def fold(text: str) -> str:
    """Prepare `text` for comparing: `plain`, without accents and case, dashes as spaces."""
    apart = unicodedata.normalize("NFKD", plain(text).replace("-", " "))
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return _SPACES.sub(" ", bare.casefold()).strip()
