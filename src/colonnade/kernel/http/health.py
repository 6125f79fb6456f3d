"""`/health`, `/health/live`, `/health/ready` and `/metrics`.

`/health` has the contract's bare shape; a dependency is `healthy`, `unhealthy` or, for a Redis that is not set
up, `disabled`. Anybody may ask: each dependency is checked once a second at most. Ready turns red as soon as the
process begins to stop: a load balancer then looks elsewhere.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable
from datetime import datetime
from typing import Any

import msgspec

from colonnade.kernel.core import Forbidden, now
from colonnade.kernel.core.bus import Bus
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.http.answers import Response
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.guards import anyone
from colonnade.kernel.http.handlers import Router, get
from colonnade.kernel.http.services import Shutdown
from colonnade.kernel.http.visits import is_private_exchange
from colonnade.kernel.observe import CONTENT_TYPE, METRICS, render_metrics
from colonnade.kernel.storage import Storage

__all__ = ["UNMETERED", "Health", "health_routers"]

UNMETERED = ("/health", "/health/live", "/health/ready", "/metrics")
"""Paths that probes call; they spend no budget."""

STARTED = time.monotonic()
_NO_STORE = {"cache-control": "no-store"}


class Health(msgspec.Struct, frozen=True):
    """The state of this process and of its dependencies; `uptime` in seconds."""

    status: str
    timestamp: datetime
    version: str
    uptime: float
    services: dict[str, str]


async def _state(check: Awaitable[Any]) -> str:
    try:
        async with asyncio.timeout(2):
            await check
    except Exception:
        return "unhealthy"
    return "healthy"


async def check_health(db: Database, storage: Storage, bus: Bus, settings: Settings) -> Health:
    """Check every dependency concurrently, with a timeout of two seconds each."""
    database, filesystem = await asyncio.gather(_state(db.check()), _state(storage.check()))
    if settings.redis_url is None:
        redis = "disabled"
    else:
        redis = "healthy" if bus.connected else "unhealthy"
    states = {"database": database, "redis": redis, "filesystem": filesystem}
    return Health(
        status="unhealthy" if "unhealthy" in states.values() else "healthy",
        timestamp=now(),
        version=settings.app_version,
        uptime=round(time.monotonic() - STARTED, 3),
        services=states,
    )


def _answer(health: Health) -> Response[bytes]:
    return Response(
        msgspec.json.encode(health),
        status_code=200 if health.status == "healthy" else 503,
        media_type="application/json",
        headers=_NO_STORE,
    )


@get("/health", guards=[anyone()], include_in_schema=False)
async def show_health(db: Database, storage: Storage, bus: Bus, settings: Settings) -> Response[bytes]:
    """Return the state of the database, Redis and the file storage; 503 if one of them is unhealthy."""
    return _answer(await check_health(db, storage, bus, settings))


@get("/health/live", guards=[anyone()], include_in_schema=False)
async def show_liveness() -> Response[bytes]:
    """Answer 200 as long as the process runs."""
    return Response(b'{"status":"alive"}', media_type="application/json", headers=_NO_STORE)


@get("/health/ready", guards=[anyone()], include_in_schema=False)
async def show_readiness(db: Database, shutdown: Shutdown) -> Response[bytes]:
    """Answer 200 if this process takes requests (its database answers and it is not stopping), else 503."""
    ready = not shutdown.begun and await _state(db.check()) == "healthy"
    body = b'{"status":"ready"}' if ready else b'{"status":"not ready"}'
    return Response(body, status_code=200 if ready else 503, media_type="application/json", headers=_NO_STORE)


@get("/metrics", guards=[anyone()], include_in_schema=False)
async def show_metrics(settings: Settings, exchange: Exchange) -> Response[bytes]:
    """Return Prometheus metrics, for callers on this machine or a private network, or with METRICS_TOKEN."""
    token = settings.metrics_token
    if token is not None:
        given = exchange.header("x-metrics-token") or ""
        if not hmac.compare_digest(given.encode(), token.get_secret_value().encode()):
            raise Forbidden
    elif not is_private_exchange(exchange):
        raise Forbidden
    await METRICS.refresh()
    return Response(render_metrics(), media_type=CONTENT_TYPE, headers=_NO_STORE)


def health_routers(prefix: str = "") -> list[Router]:
    """Return the routes of this module; health is answered below `prefix` too, if the product has one."""
    health = [show_health, show_liveness, show_readiness]
    routers = [Router("/", route_handlers=[*health, show_metrics])]
    return [*routers, Router(prefix, route_handlers=health)] if prefix else routers
