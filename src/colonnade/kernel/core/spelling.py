"""Finds misspelt names: a setting with a misspelt name would otherwise be ignored silently.

Out of scope: reading files and the environment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

__all__ = ["find_misspelt"]

_MIN_SIMILARITY = 0.815
"""Lowest difflib ratio of a misspelling: SMTP_PASS counts as SMTP_PASSWORD, another program's POSTGRES_PASSWORD not."""


def find_misspelt(names: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Map each of `names` that is not `known` but close to a known one to the nearest.

    Names that resemble no known one belong to other programs and are left out, as are known names behind another
    program's prefix (VITE_PUBLIC_URL).
    """
    misspelt = {}
    for name in names:
        if name in known:
            continue
        for nearest in get_close_matches(name.upper(), known, n=1, cutoff=_MIN_SIMILARITY):
            if not name.endswith(f"_{nearest}"):
                misspelt[name] = nearest
    return misspelt
