"""Whose turn it is to have a password hashed: fair between addresses, bounded, and never first come, first served.

There are two lines, served alternately while both have somebody: those who are known (a network that the account
signed in from, somebody who is signed in), and everybody else. Within a line each address is served in turn,
whatever it has waiting, so a flood waits behind itself. A full line refuses rather than grows: the last of the
address that has the most waiting goes, which is the newcomer when nobody has more.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from colonnade.kernel.core import Unavailable

__all__ = ["HashingBusy", "Turns"]


class HashingBusy(Unavailable):
    """More passwords wait to be hashed than can be in a reasonable time."""

    message = "Very many people are signing in at this moment. Please try again shortly."


class _Line:
    """Those who wait, by address; at most `room` of them."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._count = 0
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    def join(self, address: str) -> asyncio.Future[None]:
        """A place at the end of the address's own; raises HashingBusy."""
        if self._count >= self._room:
            self._make_room(address)
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address, deque()).append(place)
        self._count += 1
        return place

    def next(self) -> asyncio.Future[None] | None:
        """The place whose turn it is, taken out; its address goes to the end."""
        if not self._waiting:
            return None
        address, places = self._waiting.popitem(last=False)
        place = places.popleft()
        if places:
            self._waiting[address] = places
        self._count -= 1
        return place

    def leave(self, address: str, place: asyncio.Future[None]) -> None:
        """Give up a place."""
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
    """Lets `at_once` callers in at a time; `room` more may wait in each line. Belongs to one event loop."""

    def __init__(self, at_once: int, room: int) -> None:
        self._free = at_once
        self._known, self._others = _Line(room), _Line(room)
        self._order = [self._known, self._others]

    async def take(self, address: str, *, known: bool) -> None:
        """Wait for a turn, which must be given back; raises HashingBusy."""
        if self._free:
            self._free -= 1
            return
        line = self._known if known else self._others
        place = line.join(address)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                line.leave(address, place)
            elif place.exception() is None:
                self.give_back()  # it was our turn at the very moment we left
            raise

    def give_back(self) -> None:
        """End a turn: whoever is next begins."""
        for line in self._order:
            place = line.next()
            if place is not None:
                place.set_result(None)
                self._order.sort(key=lambda other: other is line)
                return
        self._free += 1
