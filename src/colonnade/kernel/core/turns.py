"""A bounded, fair queue for work in threads: round robin between people instead of first come, first served.

There are two queues, served alternately while both have callers: one for known callers, one for everybody else. Within
a queue the people (accounts, addresses) take turns, however many calls each has waiting, so a flood delays only itself.
A full queue does not grow: the last call of whoever has the most waiting is refused, which is the new call if nobody
has more.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from colonnade.kernel.core.errors import Unavailable

__all__ = ["Turns"]

T = TypeVar("T")


class _Queue:
    """Waiting calls by person; at most `capacity` of them.

    Whoever is cancelled leaves when their task runs again; until then their place is done and may still be in here.
    """

    def __init__(self, capacity: int, busy: Callable[[], Unavailable]) -> None:
        self._capacity = capacity
        self._busy = busy
        self._count = 0
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    def join(self, person: str) -> asyncio.Future[None]:
        """Return a new place behind the others of its person. Raise `busy()` if the queue is full."""
        if self._count >= self._capacity:
            self._make_room(person)
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(person, deque()).append(place)
        self._count += 1
        return place

    def next(self) -> asyncio.Future[None] | None:
        """Remove and return the place whose turn it is, if any; its person moves to the end."""
        while self._waiting:
            person, places = self._waiting.popitem(last=False)
            place = places.popleft()
            if places:
                self._waiting[person] = places
            self._count -= 1
            if not place.done():
                return place
        return None

    def leave(self, person: str, place: asyncio.Future[None]) -> None:
        """Remove a place, if it is still there."""
        places = self._waiting.get(person, deque())
        if place not in places:
            return
        places.remove(place)
        if not places:
            del self._waiting[person]
        self._count -= 1

    def _make_room(self, newcomer: str) -> None:
        most = max(self._waiting, key=lambda person: len(self._waiting[person]))
        if len(self._waiting[most]) <= len(self._waiting.get(newcomer, ())) + 1:
            raise self._busy()
        last = self._waiting[most][-1]
        self.leave(most, last)
        if not last.done():
            last.set_exception(self._busy())


class Turns:
    """Admits `slots` callers at a time; `capacity` more may wait in each queue, others are refused with `busy()`.

    Belongs to one event loop.
    """

    def __init__(self, slots: int, capacity: int, busy: Callable[[], Unavailable] = Unavailable) -> None:
        self._free = slots
        self._known, self._others = _Queue(capacity, busy), _Queue(capacity, busy)
        self._order = [self._known, self._others]

    async def run(
        self, work: Callable[[], T], person: str, *, known: bool, threads: Executor | None = None
    ) -> T:
        """Return what `work()` returns, in one of `threads` when it is its turn. Raise what it raises, and `busy()`."""
        await self.take(person, known=known)
        job = asyncio.get_running_loop().run_in_executor(threads, work)
        # When the thread is free, not when the client disconnects: what runs in a thread cannot be stopped.
        job.add_done_callback(lambda _: self.give_back())
        return await asyncio.shield(job)

    async def take(self, person: str, *, known: bool) -> None:
        """Wait for a turn, which must be given back. Raise `busy()` if the queue is full."""
        if self._free:
            self._free -= 1
            return
        queue = self._known if known else self._others
        place = queue.join(person)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                queue.leave(person, place)
            elif place.exception() is None:
                self.give_back()  # the turn came in the moment of the cancellation
            raise

    def give_back(self) -> None:
        """End a turn; the next in the queue begins."""
        for queue in self._order:
            place = queue.next()
            if place is not None:
                place.set_result(None)
                self._order.sort(key=lambda other: other is queue)
                return
        self._free += 1
