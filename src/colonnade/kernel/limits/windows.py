"""The windows of one budget in this process: a bounded table, fast enough for every request.

The memory storage of the package `limits` is not used: it scans all its keys at every count (a full scan per request
under a flood of addresses), counts refused spends, and cannot refund one.

Bound and eviction: the table holds at most `max_bytes` of windows with something left, and as much of those that are
used up; with addresses as keys that is about 100,000 each. When it is full the windows that would end first are
evicted. Used-up windows are kept apart, so that a flood of new keys cannot evict a key that has used up its budget: to
reset one, an attacker has to use up that many other budgets completely. Resetting a partly used window takes as many
other keys within the window, each with a budget of its own: an attacker who has those gains nothing by the reset.
"""

from __future__ import annotations

import random
import sys
import time
from collections import OrderedDict
from collections.abc import Callable

__all__ = ["Window", "WindowTable", "new_token", "weight_of"]

MAX_BYTES = 24 * 1024 * 1024
_OVERHEAD_BYTES = 216
"""A window and its place in the table; tests/kernel/limits/test_limiter.py measures them."""


def new_token() -> int:
    """Return a number that distinguishes successive windows of one key (for refunds; it is not a secret)."""
    return random.getrandbits(52) + 1


def weight_of(key: str) -> int:
    """Return how many bytes a window under `key` occupies."""
    return sys.getsizeof(key) + _OVERHEAD_BYTES


class Window:
    """`count` spends until `end` (seconds of the table's clock), `unsent` of them not yet known to Redis."""

    __slots__ = ("count", "end", "token", "unsent")

    def __init__(self, count: int, end: float, token: int) -> None:
        self.count = count
        self.end = end
        self.token = token
        self.unsent = 0


class _Windows(OrderedDict[str, Window]):
    """Windows by key, oldest first, and how many bytes they occupy; changed by `put` and `drop` only."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = 0

    def put(self, key: str, window: Window) -> None:
        """Add a key that is not there."""
        self[key] = window
        self.weight += weight_of(key)

    def drop(self, key: str) -> None:
        """Remove a key, if it is there."""
        if key in self:
            del self[key]
            self.weight -= weight_of(key)


class WindowTable:
    """Windows by key, for one limit and window length; not thread-safe, never awaits."""

    def __init__(
        self,
        limit: int,
        window_seconds: float,
        *,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = limit
        self.window_seconds = window_seconds
        self.clock = clock
        self._max_bytes = max_bytes
        self._open = _Windows()
        self._spent = _Windows()

    def __len__(self) -> int:
        return len(self._open) + len(self._spent)

    @property
    def weight(self) -> int:
        """Bytes that the windows occupy."""
        return self._open.weight + self._spent.weight

    def find(self, key: str, now: float) -> Window | None:
        """Return the window of `key` that is running at `now`, or None."""
        window = self._open.get(key) or self._spent.get(key)
        return window if window is not None and window.end > now else None

    def take(self, key: str, window: Window | None, cost: int, now: float) -> Window:
        """Count `cost` in `window`, as `find` returned it (None begins one), without checking that there is room."""
        if window is None:
            window = self._begin(key, now)
        window.count += cost
        if window.count >= self.limit:
            self._settle(key, window)
        return window

    def give_back(self, key: str, cost: int, token: int) -> Window | None:
        """Subtract `cost` if the window it was counted in still runs, and return that window; None otherwise."""
        window = self.find(key, self.clock())
        if window is None or window.token != token:
            return None
        window.count = max(0, window.count - cost)
        self._settle(key, window)
        return window

    def adopt(self, key: str, count: int, end: float, token: int) -> Window:
        """Take over Redis' count for `key` and add the spends that Redis does not know yet."""
        now = self.clock()
        window = self.find(key, now) or self._begin(key, now)
        window.count = count + window.unsent
        window.end = end
        window.token = token
        self._settle(key, window)
        return window

    def _settle(self, key: str, window: Window) -> None:
        """Put a window among the open or the used-up ones, wherever it belongs."""
        here, there = (self._spent, self._open) if window.count >= self.limit else (self._open, self._spent)
        there.drop(key)
        if key not in here:
            self._make_room(here, key, self.clock())
            here.put(key, window)

    def _begin(self, key: str, now: float) -> Window:
        self._open.drop(key)
        self._spent.drop(key)
        self._make_room(self._open, key, now)
        window = Window(0, now + self.window_seconds, new_token())
        self._open.put(key, window)
        return window

    def _make_room(self, windows: _Windows, new: str, now: float) -> None:
        # The oldest come first. Two ended windows leave for each new one, so the table shrinks by use alone.
        for _ in range(2):
            if not windows:
                return
            key = next(iter(windows))
            if windows[key].end > now:
                break
            windows.drop(key)
        while windows and windows.weight + weight_of(new) > self._max_bytes:
            windows.drop(next(iter(windows)))
