"""A bounded store of values with tags, which holds both the answers and the totals.

It bounds weight (bytes, or one per value), evicts least recently used values first, and makes a missing value once
for all concurrent callers (single flight). A value that was being made when one of its tags was invalidated goes to
the callers that asked before that moment only and is not stored; later callers get a new one. The store never awaits
while it changes its state, and belongs to one event loop.

Out of scope: other processes.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Made", "TaggedStore"]

V = TypeVar("V")


@dataclass(slots=True)
class Made(Generic[V]):
    """A fresh value: its weight, when it expires (epoch seconds), and whether it may be stored at all."""

    value: V
    weight: int
    expires: float
    tags: frozenset[str]
    keep: bool = True


class _Slot(Generic[V]):
    __slots__ = ("expires", "tags", "value", "weight")

    def __init__(self, made: Made[V]) -> None:
        self.value = made.value
        self.expires = made.expires
        self.weight = made.weight
        self.tags = made.tags


class _Flight(Generic[V]):
    """One value being made, the tags invalidated since it was begun, and who waits for it."""

    __slots__ = ("all_dirty", "dirty", "tags", "waiting")

    def __init__(self, tags: frozenset[str]) -> None:
        self.tags = tags
        self.dirty: set[str] = set()
        self.all_dirty = False
        self.waiting: list[asyncio.Future[Made[V] | None]] = []

    @property
    def touched(self) -> bool:
        return self.all_dirty or bool(self.dirty)

    def stale(self, tags: frozenset[str]) -> bool:
        return self.all_dirty or not self.dirty.isdisjoint(tags)

    async def wait(self) -> Made[V] | None:
        """Return the value once it is made, or None if whoever made it was cancelled. Raise the errors of making it."""
        waiter: asyncio.Future[Made[V] | None] = asyncio.get_running_loop().create_future()
        self.waiting.append(waiter)
        return await waiter

    def end(self, made: Made[V] | None, error: BaseException | None = None) -> None:
        """Tell those who wait; the error only if it is no cancellation, which is not theirs."""
        for waiter in self.waiting:
            if waiter.done():
                continue
            if isinstance(error, Exception):
                waiter.set_exception(error)
            else:
                waiter.set_result(made)


class TaggedStore(Generic[V]):
    """Values with tags, by key. `max_weight` bounds the sum of weights; a value above an eighth of it is not stored."""

    def __init__(self, max_weight: int, *, clock: Callable[[], float] = time.time) -> None:
        self._max_weight = max_weight
        self._clock = clock
        self._slots: OrderedDict[str, _Slot[V]] = OrderedDict()
        self._by_tag: dict[str, set[str]] = {}
        self._flights: dict[str, _Flight[V]] = {}
        self._running: set[_Flight[V]] = set()
        self.weight = 0
        self.hits = 0
        """Values that were found; like `misses` (values made) and the two below, counted since the start."""
        self.misses = 0
        self.stale = 0
        """Values that were made and not stored, because one of their tags was invalidated meanwhile."""
        self.evictions = 0

    def __len__(self) -> int:
        return len(self._slots)

    def get(self, key: str) -> V | None:
        """Return the value of `key`, or None if there is none or it has expired."""
        slot = self._slots.get(key)
        if slot is None:
            return None
        if slot.expires <= self._clock():
            self._remove(key)
            return None
        self._slots.move_to_end(key)
        self.hits += 1
        return slot.value

    def put(self, key: str, made: Made[V]) -> bool:
        """Store a value; return False if it has expired or is too heavy. Flights in progress are not affected."""
        self._remove(key)
        if made.weight > self._max_weight // 8 or made.expires <= self._clock():
            return False
        self._slots[key] = _Slot(made)
        self.weight += made.weight
        for tag in made.tags:
            self._by_tag.setdefault(tag, set()).add(key)
        self._evict()
        return True

    def add_weight(self, key: str, value: V, weight: int) -> None:
        """Count that `value`, if it is still stored under `key`, has become heavier by `weight`."""
        slot = self._slots.get(key)
        if slot is not None and slot.value is value:
            slot.weight += weight
            self.weight += weight
            self._evict()

    def _evict(self) -> None:
        while self.weight > self._max_weight:
            self._remove(next(iter(self._slots)))
            self.evictions += 1

    def drop(self, tags: Iterable[str]) -> int:
        """Drop every value that carries one of `tags` and return their number; those being made will not be stored."""
        gone = 0
        wanted = frozenset(tags)
        for tag in wanted:
            for key in tuple(self._by_tag.get(tag, ())):
                self._remove(key)
                gone += 1
        for flight in self._running:
            flight.dirty |= wanted
        for key in [key for key, flight in self._flights.items() if not flight.tags.isdisjoint(wanted)]:
            del self._flights[key]
        return gone

    def clear(self) -> None:
        """Drop everything; values being made will not be stored."""
        self._slots.clear()
        self._by_tag.clear()
        self._flights.clear()
        self.weight = 0
        for flight in self._running:
            flight.all_dirty = True

    async def get_or_make(self, key: str, tags: frozenset[str], make: Callable[[], Awaitable[Made[V]]]) -> V:
        """Return the value of `key`; if it is missing, the first of concurrent callers makes it for all, with `make`.

        Raise the errors of `make` to all waiting callers; the next call tries again. If the caller who makes it is
        cancelled, the next one makes it anew.
        """
        while True:
            value = self.get(key)
            if value is not None:
                return value
            flight = self._flights.get(key)
            if flight is None:
                return await self._make(key, tags, make)
            came_late = flight.touched
            made = await flight.wait()
            # One may have asked after an invalidation that affects the value: it shows now that its tags are known.
            if made is not None and not (came_late and flight.stale(made.tags)):
                return made.value

    async def _make(self, key: str, tags: frozenset[str], make: Callable[[], Awaitable[Made[V]]]) -> V:
        self.misses += 1
        flight: _Flight[V] = _Flight(tags)
        self._flights[key] = flight
        self._running.add(flight)
        try:
            made = await make()
        except BaseException as error:
            flight.end(None, error)
            raise
        finally:
            self._running.discard(flight)
            if self._flights.get(key) is flight:
                del self._flights[key]
        if not made.tags >= tags:
            made.tags |= tags
        if flight.stale(made.tags):
            made.keep = False
            self.stale += 1
        if made.keep:
            self.put(key, made)
        flight.end(made)
        return made.value

    def _remove(self, key: str) -> None:
        slot = self._slots.pop(key, None)
        if slot is None:
            return
        self.weight -= slot.weight
        for tag in slot.tags:
            keys = self._by_tag[tag]
            keys.discard(key)
            if not keys:
                del self._by_tag[tag]
