"""Long work on the event loop: all of it at once takes no longer turns than one of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from colonnade.kernel.core import paced
from colonnade.kernel.testing.worst import longest_turn


def busily(count: int) -> Iterator[int]:
    """Yield numbers, each after 2 ms of work."""
    for number in range(count):
        until = time.perf_counter() + 0.002
        while time.perf_counter() < until:
            pass
        yield number


async def test_others_get_their_turn_in_between():
    async def work() -> list[int]:
        return [number async for number in paced(busily(50))]

    async with longest_turn() as turn:
        assert await work() == list(range(50))
    assert turn.seconds < 0.05  # of 0.1 s of work
    async with longest_turn() as turn:
        made = await asyncio.gather(*(work() for _ in range(10)))
    assert made == [list(range(50))] * 10
    assert turn.seconds < 0.1  # of 1 s of work


async def test_short_work_is_not_interrupted():
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    assert [number async for number in paced(range(100))] == list(range(100))
    assert turns == 0
    counting.cancel()
