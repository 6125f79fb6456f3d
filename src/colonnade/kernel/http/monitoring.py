"""What a process does, as JSON for people who run it; `/metrics` is for Prometheus (`health`).

Mounted by a slice: `monitoring_routes("/admin/metrics", permission="metrics:read")`. The names are those of the
contract's sample. With several processes it is the one that answers, and `process` says which.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from colonnade.kernel.core import Settings, now
from colonnade.kernel.http.answers import Response
from colonnade.kernel.http.guards import allows
from colonnade.kernel.http.handlers import Router, Tag, get
from colonnade.kernel.http.health import STARTED
from colonnade.kernel.http.parameters import QueryParameter
from colonnade.kernel.http.services import Api
from colonnade.kernel.observe import METRICS

__all__ = ["monitoring_routes"]

_RSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024
Recent = Annotated[
    int,
    QueryParameter(name="recent", ge=0, le=1000, description="How many requests to show, the latest first."),
]


class MemoryUse(msgspec.Struct, frozen=True):
    """Bytes of memory that the process has now, and has had at most."""

    rss: int
    peak: int


class CpuUse(msgspec.Struct, frozen=True):
    """Microseconds of processor time since the process began."""

    user: int
    system: int


class RecentRequestShown(msgspec.Struct, frozen=True, rename="camel"):
    """A request; `route` is the template of its path, `duration` in milliseconds."""

    method: str
    route: str
    duration: float
    status_code: int
    timestamp: datetime


class ProcessMetrics(msgspec.Struct, frozen=True, rename="camel"):
    """The state of the process that answers; `uptime` in seconds, the latest requests first."""

    timestamp: datetime
    process: int
    uptime: float
    memory: MemoryUse
    cpu: CpuUse
    active_connections: int
    environment: str
    version: str
    recent_requests: list[RecentRequestShown]


def _memory(peak: int) -> MemoryUse:
    try:
        with open("/proc/self/statm", "rb") as statm:
            rss = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return MemoryUse(peak, peak)  # no other system tells without a further library
    return MemoryUse(rss, max(rss, peak))  # the system notes a new peak later than the pages that make it


def _metrics(settings: Settings, product: Api, recent: int) -> ProcessMetrics:
    used = resource.getrusage(resource.RUSAGE_SELF)
    latest = list(METRICS.requests(product.name).recent)[::-1][:recent]
    return ProcessMetrics(
        timestamp=now(),
        process=os.getpid(),
        uptime=round(time.monotonic() - STARTED, 3),
        memory=_memory(used.ru_maxrss * _RSS_UNIT_BYTES),
        cpu=CpuUse(int(used.ru_utime * 1e6), int(used.ru_stime * 1e6)),
        active_connections=int(METRICS.read_gauge("connections")),
        environment=settings.app_env,
        version=settings.app_version,
        recent_requests=[
            RecentRequestShown(
                method, route, round(seconds * 1000, 2), status, datetime.fromtimestamp(answered, UTC)
            )
            for answered, method, route, status, seconds in latest
        ],
    )


def monitoring_routes(prefix: str = "/admin/metrics", *, permission: str) -> Router:
    """Build `GET {prefix}`, for `permission`: memory, processor time, connections and the latest requests."""

    @get("/", guards=[allows(permission)], bare={"application/json": ProcessMetrics})
    async def show_process(settings: Settings, product: Api, recent: Recent = 100) -> Response[Any]:
        """Memory, processor time, connections and the latest requests.

        They are those of the process that answers, since it began; a request is shown once it has been answered.
        """
        return Response(
            msgspec.json.encode(_metrics(settings, product, recent)),
            media_type="application/json",
            headers={"cache-control": "no-store"},
        )

    return Router(prefix, route_handlers=[show_process], tags=[Tag("Monitoring", "What the server does.")])
