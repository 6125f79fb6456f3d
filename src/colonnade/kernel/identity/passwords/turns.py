"""A bounded, fair queue for password hashing: round robin between addresses instead of first come, first served.

There are two queues, served alternately while both have callers: one for known callers (on a network that the account
signed in from, or signed in), one for everybody else. Within a queue the addresses take turns, however many calls each
has waiting, so a flood delays only itself. A full queue does not grow: the last call of the address with the most
waiting is refused, which is the new call if no address has more.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from colonnade.kernel.core import Unavailable

__all__ = ["HashingBusy", "Turns"]


class HashingBusy(Unavailable):
    """The queue for password hashing is full."""

    message = "Very many people are signing in at this moment. Please try again shortly."


class _Queue:
    """Waiting calls by address; at most `capacity` of them."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._count = 0
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    def join(self, address: str) -> asyncio.Future[None]:
        """Return a new place behind the others of its address. Raise HashingBusy if the queue is full."""
        if self._count >= self._capacity:
            self._make_room(address)
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address, deque()).append(place)
        self._count += 1
        return place

    def next(self) -> asyncio.Future[None] | None:
        """Remove and return the place whose turn it is, if any; its address moves to the end."""
        if not self._waiting:
            return None
        address, places = self._waiting.popitem(last=False)
        place = places.popleft()
        if places:
            self._waiting[address] = places
        self._count -= 1
        return place

    def leave(self, address: str, place: asyncio.Future[None]) -> None:
        """Remove a place."""
        places = self._waiting[address]
        places.remove(place)
        if not places:
            del self._waiting[address]
        self._count -= 1

    def _make_room(self, newcomer: str) -> None:
        most = max(self._waiting, key=lambda address: len(self._waiting[address]))
        if len(self._waiting[most]) <= len(self._waiting.get(newcomer, ())) + 1:
            raise HashingBusy
        last = self._waiting[most][-1]
        self.leave(most, last)
        last.set_exception(HashingBusy())


class Turns:
    """Admits `slots` callers at a time; `capacity` more may wait in each queue. Belongs to one event loop."""

    def __init__(self, slots: int, capacity: int) -> None:
        self._free = slots
        self._known, self._others = _Queue(capacity), _Queue(capacity)
        self._order = [self._known, self._others]

    async def take(self, address: str, *, known: bool) -> None:
        """Wait for a turn, which must be given back. Raise HashingBusy if the queue is full."""
        if self._free:
            self._free -= 1
            return
        queue = self._known if known else self._others
        place = queue.join(address)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                queue.leave(address, place)
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
