"""Names that are close to a known one: a misspelt setting would otherwise be ignored in silence.

Compares names alone and reads neither files nor the environment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

__all__ = ["find_misspelt"]

_CLOSE = 0.815
"""Least ratio of difflib: SMTP_PASS is taken for SMTP_PASSWORD, POSTGRES_PASSWORD for a name of another program."""


def find_misspelt(names: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Map each of `names` that is not `known` but close to a known one to the nearest.

    Names that resemble nothing belong to other programs and are left out; so are known names behind a prefix
    of somebody else's (VITE_PUBLIC_URL).
    """
    misspelt = {}
    for name in names:
        if name in known:
            continue
        for nearest in get_close_matches(name.upper(), known, n=1, cutoff=_CLOSE):
            if not name.endswith(f"_{nearest}"):
                misspelt[name] = nearest
    return misspelt
