"""The windows of one budget in this process: a bounded table, fast enough for every request.

The memory storage of the package `limits` is not used: it scans all its keys at every count (a full scan per request
under a flood of addresses), counts refused spends, and cannot refund one.

Bound and eviction: the table holds at most `max_keys` windows with something left, and as many that are used up. When
it is full the window that would end first is evicted. Used-up windows are kept apart, so that a flood of new keys
cannot evict a key that has used up its budget: to reset one, an attacker has to use up `max_keys` other budgets
completely. Resetting a partly used window takes `max_keys` other keys within the window, each with a budget of its
own: an attacker who has those gains nothing by the reset.
"""

from __future__ import annotations

import random
import time
from collections import OrderedDict
from collections.abc import Callable

__all__ = ["Window", "WindowTable", "new_token"]

MAX_KEYS = 100_000


def new_token() -> int:
    """Return a number that distinguishes successive windows of one key (for refunds; it is not a secret)."""
    return random.getrandbits(52) + 1


class Window:
    """`count` spends until `end` (seconds of the table's clock), `unsent` of them not yet known to Redis."""

    __slots__ = ("count", "end", "token", "unsent")

    def __init__(self, count: int, end: float, token: int) -> None:
        self.count = count
        self.end = end
        self.token = token
        self.unsent = 0


class WindowTable:
    """Windows by key, for one limit and window length; not thread-safe, never awaits."""

    def __init__(
        self,
        limit: int,
        window_seconds: float,
        *,
        max_keys: int = MAX_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = limit
        self.window_seconds = window_seconds
        self.clock = clock
        self._max_keys = max_keys
        self._open: OrderedDict[str, Window] = OrderedDict()
        self._spent: OrderedDict[str, Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open) + len(self._spent)

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
        if key in there:
            del there[key]
        if key not in here:
            self._make_room(here, self.clock())
            here[key] = window

    def _begin(self, key: str, now: float) -> Window:
        self._open.pop(key, None)
        self._spent.pop(key, None)
        self._make_room(self._open, now)
        window = Window(0, now + self.window_seconds, new_token())
        self._open[key] = window
        return window

    def _make_room(self, windows: OrderedDict[str, Window], now: float) -> None:
        # The oldest come first. Two ended windows leave for each new one, so the table shrinks by use alone.
        for _ in range(2):
            if not windows:
                return
            key = next(iter(windows))
            if windows[key].end > now:
                break
            del windows[key]
        if len(windows) >= self._max_keys:
            windows.popitem(last=False)
