"""Counts in this process, synchronously and cheaply, for the budget that every request spends from.

With Redis the processes exchange their counts (every second, and at once when a key has used a twentieth of its quota
since the last exchange). A process does not know what the others have not sent yet: with N processes a key gets at
most (N - 1) x (limit / 20 + the requests during one exchange) above its limit, and never more than N x limit, which
it can reach only while Redis is unreachable.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from colonnade.kernel.limits.budgets import Budget, Decision
from colonnade.kernel.limits.shared import Ask, SharedWindows
from colonnade.kernel.limits.windows import Window, WindowTable, new_token

__all__ = ["Meter"]

_BATCH = 200
_MIN_RESTORED_SECONDS = 1.0
"""A window that ends sooner is not restored in Redis: clock skew and round trips make its true end uncertain."""


class Meter:
    """Counts one budget in this process. `wake`, if given, is set as soon as an exchange is due."""

    def __init__(
        self,
        budget: Budget,
        *,
        limit: int | None = None,
        wake: asyncio.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.budget = budget
        self.limit = limit or budget.limit
        self.table = WindowTable(budget.limit, budget.window_seconds, clock=clock)
        self._clock = clock
        self._wake = wake
        self._eager = max(1, budget.limit // 20)
        self._dirty: dict[str, None] = {}

    def spend(self, key: str, cost: int = 1) -> Decision:
        """Take `cost` from the budget of `key`, or nothing if it does not fit."""
        now = self._clock()
        window = self.table.find(key, now)
        if (window.count if window is not None else 0) + cost > self.limit:
            return self.decide(key, window, now, allowed=False)
        window = self.table.take(key, window, cost, now)
        if self._wake is not None:
            window.unsent += cost
            self._dirty[key] = None
            if window.unsent >= self._eager:
                self._wake.set()
        return self.decide(key, window, now, allowed=True, cost=cost)

    def peek(self, key: str) -> Decision:
        """Return the decision that a spend of 1 would get, without spending."""
        now = self._clock()
        window = self.table.find(key, now)
        return self.decide(key, window, now, allowed=window is None or window.count < self.limit)

    def refund(self, decision: Decision) -> Window | None:
        """Give back what `decision` took and return its window, or None if that is over."""
        window = self.table.give_back(decision.key, decision.cost, decision.window)
        if window is not None and self._wake is not None:
            window.unsent -= decision.cost
            self._dirty[decision.key] = None
        return window

    def decide(
        self, key: str, window: Window | None, now: float, *, allowed: bool, cost: int = 0
    ) -> Decision:
        """Return the decision that describes `window` (None: nothing spent yet)."""
        if window is None:
            return Decision(self.budget, key, allowed, self.limit, self.budget.window_seconds, cost)
        return Decision(
            self.budget,
            key,
            allowed,
            max(0, self.limit - window.count),
            # Rounded up, but for a millionth: the difference of two floats may exceed the window's 900 seconds.
            max(1, int(window.end - now - 1e-6) + 1),
            cost,
            window.token,
        )

    def ask(self, key: str) -> Ask:
        """Return the message to Redis about `key`; its unsent spends count as sent unless `put_back` is called."""
        now = self._clock()
        window = self.table.find(key, now)
        if window is None:
            return Ask(self.budget, key, 0, 0, 0, new_token())
        unsent, window.unsent = window.unsent, 0
        lasting = window.end - now > _MIN_RESTORED_SECONDS
        floor = max(0, window.count - unsent) if lasting else 0
        return Ask(self.budget, key, unsent, floor, window.token, window.token)

    def put_back(self, ask: Ask) -> None:
        """Mark the spends of `ask` as unsent again, since Redis did not answer."""
        window = self.table.find(ask.key, self._clock())
        if window is not None:
            window.unsent += ask.unsent
            if window.unsent and self._wake is not None:
                self._dirty[ask.key] = None

    async def exchange(self, shared: SharedWindows) -> bool:
        """Send the counts to Redis and take over the sums; return False if there was nothing to send.

        Raise one of `redis_errors` if Redis does not answer; the unsent counts go with the next exchange.
        """
        told = False
        while self._dirty:
            keys = [key for key, _ in zip(self._dirty, range(_BATCH), strict=False)]
            for key in keys:
                del self._dirty[key]
            asks = [ask for ask in map(self.ask, keys) if ask.unsent]
            if not asks:
                continue
            try:
                found = await shared.spend(asks, 0)
            except BaseException:
                for ask in asks:
                    self.put_back(ask)
                raise
            now = self._clock()
            for ask, one in zip(asks, found, strict=True):
                if one.left_seconds > 0:
                    self.table.adopt(ask.key, one.count, now + one.left_seconds, one.token)
            told = True
        return told
