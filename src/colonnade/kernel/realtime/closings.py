"""Remembers which keys were closed a moment ago, for sockets that were connecting meanwhile.

Of a process whose sockets' tokens end at about the same time each is a key: thousands in a minute.

Out of scope: closing the sockets that are there (`hub`).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

__all__ = ["Closings"]

REMEMBER_SECONDS: Final = 60.0


class Closings:
    """The keys that were closed within REMEMBER_SECONDS, the latest last, each with what its clients are told.

    `clock` gives seconds, as `time.monotonic` does.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._closed: OrderedDict[str, tuple[float, dict[str, Any]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._closed)

    def note(self, key: str, error: dict[str, Any]) -> None:
        """Note that `key` is closed now; forget what was closed too long ago."""
        now = self._clock()
        while self._closed and now - next(iter(self._closed.values()))[0] >= REMEMBER_SECONDS:
            self._closed.popitem(last=False)
        self._closed[key] = (now, error)
        self._closed.move_to_end(key)

    def find(self, key: str, since: float) -> dict[str, Any] | None:
        """Return what the clients of `key` are told, if it was closed at that time (of the clock) or later."""
        closed = self._closed.get(key)
        return closed[1] if closed is not None and closed[0] >= since else None
