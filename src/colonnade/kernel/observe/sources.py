"""The metrics of every product, under names that dashboards rely on: pool, jobs, sockets, cache, event loop.

Each function is called once when a product is composed and returns the function that ends the watching.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from colonnade.kernel.observe.lag import LoopLag
from colonnade.kernel.observe.metrics import METRICS, Count, Metrics

__all__ = ["CacheCounts", "watch_cache", "watch_jobs", "watch_loop", "watch_pool", "watch_sockets"]

Remove = Callable[[], None]


class _Pool(Protocol):
    @property
    def size(self) -> int: ...
    @property
    def idle(self) -> int: ...
    @property
    def waiting(self) -> int: ...


class _Store(Protocol):
    @property
    def hits(self) -> int: ...
    @property
    def misses(self) -> int: ...
    @property
    def stale(self) -> int: ...
    @property
    def evictions(self) -> int: ...


class _JobCounts(Protocol):
    @property
    def queued(self) -> int: ...
    @property
    def delayed(self) -> int: ...
    @property
    def running(self) -> int: ...
    @property
    def held(self) -> int: ...
    @property
    def oldest_due_seconds(self) -> float: ...


class CacheCounts:
    """Counters of a cache: `hits.add()` and so on."""

    __slots__ = ("evictions", "hits", "misses", "stale")

    def __init__(self, product: str, cache: str, metrics: Metrics = METRICS) -> None:
        def count(outcome: str) -> Count:
            return metrics.counter(
                "cache_lookups", "Cache look-ups by outcome.", product=product, cache=cache, outcome=outcome
            )

        self.hits = count("hit")
        self.misses = count("miss")
        self.stale = count("stale")
        self.evictions = metrics.counter(
            "cache_evictions", "Entries dropped for lack of room.", product=product, cache=cache
        )


def watch_cache(product: str, cache: str, store: _Store, metrics: Metrics = METRICS) -> Remove:
    """Export a cache's counters, read at each scrape so that a look-up costs no more than an addition."""
    counts = CacheCounts(product, cache, metrics)

    async def refresh() -> None:
        counts.hits.value = store.hits
        counts.misses.value = store.misses
        counts.stale.value = store.stale
        counts.evictions.value = store.evictions

    return metrics.before_scrape(refresh)


def watch_pool(product: str, pool: _Pool, metrics: Metrics = METRICS) -> Remove:
    """Export gauges of a connection pool: connections in use and idle, waiting callers."""
    help_ = "Connections of the database pool."
    removes = [
        metrics.gauge(
            "db_pool_connections", help_, lambda: pool.size - pool.idle, product=product, state="used"
        ),
        metrics.gauge("db_pool_connections", help_, lambda: pool.idle, product=product, state="idle"),
        metrics.gauge(
            "db_pool_waiting", "Callers waiting for a connection.", lambda: pool.waiting, product=product
        ),
    ]
    return _all(removes)


def watch_sockets(product: str, count: Callable[[], int], metrics: Metrics = METRICS) -> Remove:
    """Export a gauge of open realtime connections."""
    return metrics.gauge("sockets", "Open realtime connections.", count, product=product)


def watch_jobs(
    product: str, count: Callable[[], Awaitable[_JobCounts]], metrics: Metrics = METRICS
) -> Remove:
    """Export gauges of the job queue, by one query per scrape: `watch_jobs("shop", partial(count_jobs, db))`."""
    states = ("queued", "delayed", "running", "held")
    values = dict.fromkeys((*states, "oldest_due_seconds"), float("nan"))

    async def refresh() -> None:
        try:
            counts = await count()
        except BaseException:
            values.update(dict.fromkeys(values, float("nan")))  # unknown is not zero
            raise
        values.update({name: float(getattr(counts, name)) for name in values})

    def reader(name: str) -> Callable[[], float]:
        return lambda: values[name]

    removes = [
        metrics.gauge("jobs", "Jobs in the queue.", reader(state), product=product, state=state)
        for state in states
    ]
    removes.append(
        metrics.gauge(
            "jobs_oldest_due_seconds",
            "Age of the job that has been due the longest.",
            reader("oldest_due_seconds"),
            product=product,
        )
    )
    return _all([*removes, metrics.before_scrape(refresh)])


def watch_loop(metrics: Metrics = METRICS) -> Remove:
    """Export the running event loop's lag; the returned function also stops sampling it."""
    lag = LoopLag()
    lag.start()
    remove = metrics.gauge(
        "event_loop_lag_seconds", "Worst delay of a timer in the last ten seconds.", lambda: lag.seconds
    )
    return _all([remove, lag.stop])


def _all(removes: list[Remove]) -> Remove:
    def remove() -> None:
        for one in removes:
            one()

    return remove
