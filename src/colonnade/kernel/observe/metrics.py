"""Metrics for Prometheus: cheap to count, read and rendered only when scraped.

Everything runs on one event loop, so a counter is a plain integer and nothing locks. Labels are bounded by
construction: they are given when a product is composed (product, job, cache), or come from the route table (the
route's template, never a path), and requests outside of it share `unmatched`.

A process renders its own metrics. With `up --workers N` a scrape reaches any one of the processes: see `share`.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from time import time
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

__all__ = ["CONTENT_TYPE", "METRICS", "Count", "Metrics", "RecentRequest", "RequestMetrics", "render_metrics"]

CONTENT_TYPE = CONTENT_TYPE_LATEST

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BOUNDS = (*(str(bound) for bound in _BUCKETS), "+Inf")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_MAX_ROUTES = 2_000
_MAX_RECENT = 1_000
_REFRESH_TIMEOUT_SECONDS = 1.0


class Count:
    """A number that only grows."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def add(self, amount: int = 1) -> None:
        """Increase it by `amount`."""
        self.value += amount


class _Route:
    """The figures of one method and route."""

    __slots__ = ("buckets", "statuses", "sum")

    def __init__(self) -> None:
        self.buckets = [0] * len(_BOUNDS)
        self.sum = 0.0
        self.statuses: dict[int, int] = {}


RecentRequest = tuple[float, str, str, int, float]
"""When a request was answered (Unix time), its method, route and status, and the seconds that it took."""


class RequestMetrics:
    """Requests of one product: their number by status, durations by route, and how many are in flight.

    `recent` has the latest thousand, oldest first.
    """

    __slots__ = ("_routes", "in_flight", "product", "recent")

    def __init__(self, product: str) -> None:
        self.product = product
        self.in_flight = 0
        self.recent: deque[RecentRequest] = deque(maxlen=_MAX_RECENT)
        self._routes: dict[tuple[str, str], _Route] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; `route` is the template, or `unmatched` if there is none."""
        known = self._routes.get((method, route))
        if known is None:
            known = self._add(method, route)
        self.recent.append((time(), method, route, status, seconds))
        known.buckets[bisect_left(_BUCKETS, seconds)] += 1
        known.sum += seconds
        try:
            known.statuses[status] += 1
        except KeyError:
            known.statuses[status] = 1

    def _add(self, method: str, route: str) -> _Route:
        if method not in _METHODS:
            method = "OTHER"
        if len(self._routes) >= _MAX_ROUTES and (method, route) not in self._routes:
            route = "overflow"
        return self._routes.setdefault((method, route), _Route())

    def rows(self) -> Iterator[tuple[list[str], _Route]]:
        """Yield the labels (product, method, route) and figures of each route."""
        for (method, route), known in list(self._routes.items()):
            yield [self.product, method, route], known


class _Family:
    """The samples of one counter or gauge, by labels."""

    def __init__(self, help_: str, labels: tuple[str, ...]) -> None:
        self.help = help_
        self.labels = labels
        self.samples: dict[tuple[str, ...], Callable[[], float]] = {}


class Metrics:
    """All metrics of a process. Names given here get the prefix `colonnade_`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(self)
        ProcessCollector(registry=self.registry)
        self._requests: dict[str, RequestMetrics] = {}
        self._counters: dict[str, _Family] = {}
        self._gauges: dict[str, _Family] = {}
        self._counts: dict[tuple[str, tuple[str, ...]], Count] = {}
        self._refreshers: list[Callable[[], Awaitable[None]]] = []
        self.render_shared: Callable[[], bytes] | None = None
        """Renders the metrics of all processes, while SharedMetrics runs."""

    def requests(self, product: str) -> RequestMetrics:
        """Return the request metrics of `product`, always the same object."""
        return self._requests.setdefault(product, RequestMetrics(product))

    def counter(self, name: str, help: str, **labels: str) -> Count:
        """Return a counter, for repeated use. The same name and labels give the same object."""
        family = self._family(self._counters, name, help, labels)
        values = tuple(labels.values())
        count = self._counts.get((name, values))
        if count is None:
            count = self._counts[name, values] = Count()
            family.samples[values] = lambda: count.value
        return count

    def gauge(self, name: str, help: str, read: Callable[[], float], **labels: str) -> Callable[[], None]:
        """Add a gauge that calls `read` at each scrape; return the function that removes it."""
        family = self._family(self._gauges, name, help, labels)
        values = tuple(labels.values())
        family.samples[values] = read

        def remove() -> None:
            if family.samples.get(values) is read:
                del family.samples[values]

        return remove

    def read_gauge(self, name: str) -> float:
        """Return the sum of a gauge's current values; 0 if there is no such gauge."""
        family = self._gauges.get(name)
        return 0.0 if family is None else sum(read() for read in family.samples.values())

    def before_scrape(self, refresh: Callable[[], Awaitable[None]]) -> Callable[[], None]:
        """Await `refresh` before each scrape (1 s at most), for gauges that need a query; return what ends it."""
        self._refreshers.append(refresh)
        return lambda: self._refreshers.remove(refresh) if refresh in self._refreshers else None

    async def refresh(self) -> None:
        """Run the functions given to `before_scrape`; figures of one that fails or times out stay as they were."""

        async def bounded(refresh: Callable[[], Awaitable[None]]) -> None:
            async with asyncio.timeout(_REFRESH_TIMEOUT_SECONDS):
                await refresh()

        await asyncio.gather(*map(bounded, self._refreshers), return_exceptions=True)

    def render(self) -> bytes:
        """Return the text for a scrape."""
        return generate_latest(self.registry)

    def describe(self) -> Iterable[Metric]:
        """Return no metrics in advance (prometheus_client's protocol)."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield the current metrics (prometheus_client's protocol)."""
        yield from self._collect_requests()
        for name, family in self._counters.items():
            yield _fill(CounterMetricFamily(f"colonnade_{name}", family.help, labels=family.labels), family)
        for name, family in self._gauges.items():
            yield _fill(GaugeMetricFamily(f"colonnade_{name}", family.help, labels=family.labels), family)

    def _collect_requests(self) -> Iterator[Metric]:
        labels = ["product", "method", "route"]
        total = CounterMetricFamily(
            "colonnade_http_requests", "Answered requests.", labels=[*labels, "status"]
        )
        duration = HistogramMetricFamily(
            "colonnade_http_request_duration_seconds", "Time to answer a request.", labels=labels
        )
        in_flight = GaugeMetricFamily(
            "colonnade_http_requests_in_flight", "Requests being answered.", labels=["product"]
        )
        for requests in self._requests.values():
            in_flight.add_metric([requests.product], requests.in_flight)
            for values, route in requests.rows():
                for status, count in list(route.statuses.items()):
                    total.add_metric([*values, str(status)], count)
                duration.add_metric(values, _cumulative(route.buckets), route.sum)
        yield from (total, duration, in_flight)

    def _family(self, families: dict[str, _Family], name: str, help_: str, labels: dict[str, str]) -> _Family:
        names = tuple(labels)
        family = families.setdefault(name, _Family(help_, names))
        if family.labels != names:
            raise ValueError(f"{name} has the labels {family.labels}, not {names}")
        return family


def _cumulative(buckets: list[int]) -> list[tuple[str, float]]:
    total = 0
    rows: list[tuple[str, float]] = []
    for bound, count in zip(_BOUNDS, buckets, strict=True):
        total += count
        rows.append((bound, total))
    return rows


def _fill(metric: Any, family: _Family) -> Metric:
    for values, read in list(family.samples.items()):
        # A gauge of something that is being closed must not fail the whole scrape.
        with suppress(Exception):
            metric.add_metric(list(values), float(read()))
    return metric  # type: ignore[no-any-return]


METRICS = Metrics()
"""The metrics of this process."""


def render_metrics() -> bytes:
    """Return the text for a scrape, of type `CONTENT_TYPE`: this process's metrics, or those of all that share.

    See `SharedMetrics`.
    """
    return METRICS.render() if METRICS.render_shared is None else METRICS.render_shared()
