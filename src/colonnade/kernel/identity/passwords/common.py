"""The 10,000 most common passwords, from the lists that the package `zxcvbn` (MIT) ships.

Kept as 80 kB of sorted 64-bit hashes. Of that package one line of a data file is read and nothing is run:
docs/adr/0030-common-passwords.md.
"""

from __future__ import annotations

import ast
import asyncio
import hashlib
from array import array
from bisect import bisect_left
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["is_common"]

KEPT = 10_000


async def is_common(password: str) -> bool:
    """Whether `password`, in whatever case, is one of the 10,000 most common."""
    hashes = await asyncio.to_thread(_load)
    wanted = _hash(password.casefold())
    place = bisect_left(hashes, wanted)
    return place < len(hashes) and hashes[place] == wanted


@cache
def _load() -> array[int]:
    """Takes about 40 ms the first time."""
    words = _find_list()[:KEPT]
    if len(words) < KEPT:
        raise RuntimeError(
            "zxcvbn's list of passwords is not where it was: see docs/adr/0030-common-passwords.md"
        )
    return array("Q", sorted({_hash(word.casefold()) for word in words}))


def _find_list() -> list[str]:
    """Read the passwords, the most common first, from the line of the data file that has them; empty if none has.

    Executing the file would split five more lists, take 80 ms and leave 4 MB behind.
    """
    package = find_spec("zxcvbn")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("the package zxcvbn is not installed")
    path = Path(package.submodule_search_locations[0]) / "frequency_lists.py"
    with path.open(encoding="utf-8") as file:
        for line in file:
            name, _, value = line.strip().partition(": ")
            if name == '"passwords"':
                literal = value.removesuffix(",").removesuffix('.split(",")')
                return str(ast.literal_eval(literal)).split(",", KEPT)
    return []


def _hash(text: str) -> int:
    return int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"
    )
