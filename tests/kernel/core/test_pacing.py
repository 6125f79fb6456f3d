"""Long work on the event loop: all of it at once takes no longer turns than one of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from colonnade.kernel.core import paced


class Turns:
    """Turns of the event loop since it was watched."""

    number = 0


@asynccontextmanager
async def watched() -> AsyncIterator[Turns]:
    turns = Turns()

    async def count() -> None:
        while True:
            turns.number += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    try:
        yield turns
    finally:
        counting.cancel()


def busily(count: int) -> Iterator[int]:
    """Yield numbers, each after 2 ms of work."""
    for number in range(count):
        until = time.perf_counter() + 0.002
        while time.perf_counter() < until:
            pass
        yield number


async def test_others_get_their_turn_in_between():
    """Of 2 ms each, two steps are made in a turn; at once, ten begin in one, and go on in turns of their own."""

    async def work(turns: Turns, steps: Counter[int]) -> list[int]:
        made = []
        async for number in paced(busily(20)):
            steps[turns.number] += 1
            made.append(number)
        return made

    for together, at_first, later in ((1, 2, 2), (10, 20, 4)):
        steps: Counter[int] = Counter()
        async with watched() as turns:
            made = await asyncio.gather(*(work(turns, steps) for _ in range(together)))
        assert made == [list(range(20))] * together
        first, *others = [steps[turn] for turn in sorted(steps)]
        assert first <= at_first
        assert max(others) <= later


async def test_short_work_is_not_interrupted():
    async with watched() as turns:
        assert [number async for number in paced(range(10))] == list(range(10))
        assert turns.number == 0


async def test_short_work_after_long_is_not_interrupted():
    def unevenly() -> Iterator[int]:
        time.sleep(0.01)
        yield from range(1_000)

    async with watched() as turns:
        assert [number async for number in paced(unevenly())] == list(range(1_000))
        assert 1 <= turns.number < 20
