"""Spreads what connections need much time for over turns of the event loop, so that nobody else waits for all of them.

One connection is bounded by itself: a slice of what it has sent, one answer. Of hundreds that send or read so at once,
only as many get their turn as fit into a few milliseconds; the others follow in the next turns, in order. Between two
turns the event loop reads, and answers what is small.

Out of scope: how much of one connection is done at a time (`slices`), and how many there may be (`crowd`).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

__all__ = ["Pace"]

_SECONDS_PER_TURN = 0.003


class Pace:
    """The time that costly work of all connections of a process takes in a turn of the event loop.

    Belongs to one event loop. `seconds` are for one turn; the work with which they run out is finished.
    """

    def __init__(self, seconds: float = _SECONDS_PER_TURN) -> None:
        self._seconds = seconds
        self._spent = 0.0
        self._began: float | None = None  # when the work that is being done has begun
        self._due = False
        self._waiting: deque[tuple[Callable[[], object], float]] = deque()

    def has_time(self) -> bool:
        """Return whether work may be done in this turn: nobody waits, and some time is left."""
        if self._began is not None:
            return self._spent + time.perf_counter() - self._began < self._seconds
        return not self._waiting and self._spent < self._seconds

    def spend(self, seconds: float) -> None:
        """Count work that is about to be done, for which there is time."""
        self._spent += seconds
        self._renew_later()

    def do(self, work: Callable[[], object]) -> None:
        """Do work for which there is time, and count what it takes."""
        if self._began is not None:
            work()  # below other work, with which it is counted
            return
        self._began = time.perf_counter()
        try:
            work()
        finally:
            self._spent += time.perf_counter() - self._began
            self._began = None
            self._renew_later()

    def do_later(self, work: Callable[[], object], seconds: float = 0.0) -> None:
        """Do work in one of the next turns, behind what waits already; `seconds` are what it leads to."""
        self._waiting.append((work, seconds))
        self._renew_later()

    async def wait(self, seconds: float) -> None:
        """Wait until there is time for what takes so many seconds, which are counted."""
        if self.has_time():
            self.spend(seconds)
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def call() -> None:
            if not place.done():
                place.set_result(None)

        self.do_later(call, seconds)
        await place

    def _renew_later(self) -> None:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._renew)

    def _renew(self) -> None:
        self._due, self._spent = False, 0.0
        while self._waiting and self._spent < self._seconds:
            work, seconds = self._waiting.popleft()
            self._spent += seconds
            self.do(work)
