"""The limiter of a process: spends from named budgets, in memory or shared through Redis.

Exact budgets ask Redis at every spend and are mirrored in process. If Redis does not answer, the mirror takes over:
it has this process's counts, so that an outage of Redis resets no key; budgets with `fail="closed"` are also cut to
this process's share (quota / processes). Spends counted meanwhile go to Redis with the key's next spend. After a
failure Redis is not asked for a second, so that callers do not wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import structlog

from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.redis import open_redis, redis_errors
from colonnade.kernel.limits.budgets import Budget, Decision
from colonnade.kernel.limits.meter import Meter
from colonnade.kernel.limits.persons import budget_spent
from colonnade.kernel.limits.shared import Found, SharedWindows

if TYPE_CHECKING:
    from colonnade.kernel.core.redis import RedisClient

__all__ = ["Limiter", "open_limiter"]

log = structlog.get_logger(__name__)

_BACKOFF_SECONDS = 1.0
_EXCHANGE_SECONDS = 1.0


@provided("limiter")
class Limiter:
    """Spends, peeks and refunds. Made by `open_limiter`; belongs to one event loop."""

    def __init__(
        self,
        client: RedisClient | None,
        namespace: str,
        overrides: Mapping[str, str] | None = None,
        *,
        processes: int = 2,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._shared = SharedWindows(client, namespace) if client is not None else None
        self._overrides = dict(overrides or {})
        for name, quota in self._overrides.items():
            Budget(name, quota)
        self._processes = max(1, processes)
        self._clock = clock
        self._meters: dict[str, Meter] = {}
        self._declared: dict[str, Budget] = {}
        self._wake = asyncio.Event()
        self._rest_until = float("-inf")
        self._degraded = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start exchanging the counts of inexact budgets with the other processes."""
        if self._shared is not None and self._task is None:
            self._task = asyncio.create_task(self._exchange_forever(self._shared), name="limits:exchange")

    async def stop(self) -> None:
        """Send the remaining counts to the other processes and disconnect."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
            if self._shared is not None and self._reachable():
                await self._exchange(self._shared)
        if self._client is not None:
            try:
                await self._client.aclose()
            except redis_errors():
                pass

    def meter(self, budget: Budget) -> Meter:
        """Return the in-process counter of an inexact budget, for repeated use.

        `meter.spend(key)` is synchronous and costs about 1 µs. Raise ValueError for an exact budget, and for two
        budgets under one name.
        """
        if budget.exact and self._shared is not None:
            raise ValueError(f"budget {budget.name} is exact: use spend()")
        return self._meter(budget)

    async def spend(self, budget: Budget, key: str, cost: int = 1) -> Decision:
        """Take `cost` from the budget of `key`. A refused spend takes nothing. Errors of Redis are not raised."""
        if self._shared is None or not budget.exact:
            return self._meter(budget).spend(key, cost)
        return (await self.spend_all([(budget, key)], cost))[0]

    async def require(self, budget: Budget, key: str) -> Decision:
        """Take 1 from the budget of `key`. Raise TooManyRequests if it is spent."""
        decision = await self.spend(budget, key)
        if not decision.allowed:
            raise budget_spent(decision)
        return decision

    async def spend_all(self, wanted: Sequence[tuple[Budget, str]], cost: int = 1) -> list[Decision]:
        """Take `cost` from all of several exact budgets, or from none of them.

        If it is refused, the decisions of the exhausted budgets are not `allowed`, and all have `cost` 0.
        """
        meters = [(self._meter(budget), key) for budget, key in wanted]
        if self._shared is not None and self._reachable():
            asks = [meter.ask(key) for meter, key in meters]
            try:
                found = await self._shared.spend(asks, cost)
            except redis_errors() as error:
                for (meter, _), ask in zip(meters, asks, strict=True):
                    meter.put_back(ask)
                self._failed(error)
            except BaseException:
                # Cancelled: whether Redis has counted is unknown. Counting twice errs on the strict side.
                for (meter, _), ask in zip(meters, asks, strict=True):
                    meter.put_back(ask)
                raise
            else:
                self._answered()
                return self._take_over(meters, found, cost)
        return self._spend_here(meters, cost)

    async def peek(self, budget: Budget, key: str) -> Decision:
        """Return the decision that a spend of 1 would get, without spending."""
        meter = self._meter(budget)
        if self._shared is not None and budget.exact and self._reachable():
            ask = meter.ask(key)
            try:
                found = (await self._shared.spend([ask], 0))[0]
            except BaseException as error:
                meter.put_back(ask)
                if not isinstance(error, redis_errors()):
                    raise
                self._failed(error)
            else:
                self._answered()
                found.room = found.count < meter.budget.limit
                return self._take_over([(meter, key)], [found], 0)[0]
        return meter.peek(key)

    async def refund(self, decision: Decision) -> None:
        """Give back what `decision` took; does nothing if its window is over or it took nothing."""
        if decision.cost == 0:
            return
        meter = self._meter(decision.budget)
        window = meter.refund(decision)
        if self._shared is None or not decision.budget.exact:
            return
        if self._reachable():
            try:
                known = await self._shared.refund(meter.budget, decision.key, decision.cost, decision.window)
                self._answered()
                if known:
                    return
            except redis_errors() as error:
                self._failed(error)
        if window is not None:
            window.unsent -= decision.cost

    def _meter(self, budget: Budget) -> Meter:
        meter = self._meters.get(budget.name)
        if meter is None:
            quota = self._overrides.get(budget.name)
            effective = budget if quota is None else budget.with_quota(quota)
            limit = effective.limit
            if self._shared is not None and budget.exact and budget.fail == "closed":
                limit = max(1, limit // self._processes)
            wake = self._wake if self._shared is not None and not budget.exact else None
            meter = Meter(effective, limit=limit, wake=wake, clock=self._clock)
            self._meters[budget.name] = meter
            self._declared[budget.name] = budget
        elif budget not in (self._declared[budget.name], meter.budget):
            raise ValueError(f"two different budgets are called {budget.name}")
        return meter

    def _spend_here(self, meters: Sequence[tuple[Meter, str]], cost: int) -> list[Decision]:
        now = self._clock()
        looks = []
        for meter, key in meters:
            window = meter.table.find(key, now)
            room = (window.count if window is not None else 0) + cost <= meter.limit
            looks.append(meter.decide(key, window, now, allowed=room))
        if not all(decision.allowed for decision in looks):
            return looks
        decisions = [meter.spend(key, cost) for meter, key in meters]
        if self._shared is not None:
            for meter, key in meters:
                window = meter.table.find(key, now)
                if window is not None:
                    window.unsent += cost
        return decisions

    def _take_over(
        self, meters: Sequence[tuple[Meter, str]], found: Sequence[Found], cost: int
    ) -> list[Decision]:
        charged = all(one.room for one in found)
        decisions = []
        for (meter, key), one in zip(meters, found, strict=True):
            self._adopt(meter, key, one)
            reset = (
                max(1, int(one.left_seconds + 0.999)) if one.left_seconds > 0 else meter.budget.window_seconds
            )
            decisions.append(
                Decision(
                    meter.budget,
                    key,
                    one.room,
                    max(0, meter.budget.limit - one.count),
                    reset,
                    cost if charged else 0,
                    one.token,
                )
            )
        return decisions

    def _adopt(self, meter: Meter, key: str, found: Found) -> None:
        if found.left_seconds > 0:
            meter.table.adopt(key, found.count, self._clock() + found.left_seconds, found.token)

    def _reachable(self) -> bool:
        return time.monotonic() >= self._rest_until

    def _failed(self, error: BaseException) -> None:
        self._rest_until = time.monotonic() + _BACKOFF_SECONDS
        if not self._degraded:
            self._degraded = True
            log.warning("limits: Redis is unreachable, counting in this process", error=repr(error))

    def _answered(self) -> None:
        if self._degraded:
            self._degraded = False
            log.info("limits: shared through Redis again")

    async def _exchange_forever(self, shared: SharedWindows) -> None:
        while True:
            try:
                await asyncio.wait_for(self._wake.wait(), _EXCHANGE_SECONDS)
            except TimeoutError:
                pass
            self._wake.clear()
            if self._reachable():
                await self._exchange(shared)
            else:
                await asyncio.sleep(_BACKOFF_SECONDS)

    async def _exchange(self, shared: SharedWindows) -> None:
        try:
            for meter in tuple(self._meters.values()):
                if await meter.exchange(shared):
                    self._answered()
        except redis_errors() as error:
            self._failed(error)
        except Exception:
            log.exception("limits: exchange failed")


def open_limiter(
    redis_url: str | None,
    namespace: str,
    overrides: Mapping[str, str] | None = None,
    *,
    processes: int = 2,
) -> Limiter:
    """Return the limiter of a product in this process. Processes with one server and `namespace` share budgets.

    `redis_url` is a `redis://`, `rediss://`, `unix://` or `async+redis://` address; None counts in this process.
    `overrides` maps budget names to quotas (settings). `processes` is the number that share the budgets: it
    determines the share of `fail="closed"` budgets while Redis is unreachable. Raise ValueError for an invalid quota.
    """
    client = open_redis(redis_url, timeout_seconds=0.5) if redis_url else None
    return Limiter(client, namespace, overrides, processes=processes)
