"""Does long work on the event loop a little at a time, so that others get their turn in between.

Of all that is long in a process one goes on in a turn of the event loop, whoever asked for it: twenty at once cost
others no more than one.

Out of scope: a single step that takes long, which belongs in a process of its own (`workers`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar
from weakref import WeakKeyDictionary

__all__ = ["own_turn", "paced"]

T = TypeVar("T")

STEP_SECONDS = 0.003
"""What is done within this time is not interrupted."""
_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def paced(items: Iterable[T]) -> AsyncIterator[T]:
    """Yield `items`, whose making and use takes time; others get their turn each STEP_SECONDS."""
    began = time.perf_counter()
    for item in items:
        yield item
        if time.perf_counter() - began >= STEP_SECONDS:
            await own_turn()
            began = time.perf_counter()


async def own_turn() -> None:
    """Wait for a turn of the event loop in which nothing else that is long goes on."""
    line = _lines.setdefault(asyncio.get_running_loop(), asyncio.Lock())
    async with line:
        await asyncio.sleep(0)
