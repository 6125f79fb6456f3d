"""One server process: uvicorn around the products that it is ordered to serve."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import uvicorn

from colonnade.app.compose import RunningProduct, load_product, open_services
from colonnade.app.site import Site
from colonnade.kernel.core.settings import load_settings
from colonnade.kernel.observe import configure_logging, configure_tracing, watch_loop
from colonnade.kernel.realtime import UVICORN_OPTIONS

__all__ = ["Serve", "create_site", "log_format", "run_server"]


class Serve(msgspec.Struct, frozen=True):
    """What a server process serves; `dsns` by product name."""

    dsns: dict[str, str]
    single: bool
    redis_url: str | None
    workers: int = 1
    with_worker: bool = True


def create_site(order: Serve) -> Site:
    """The application of this process; configures its logs and traces as well."""
    products = []
    settings = load_settings()
    configure_logging(settings.log_level, log_format(settings.log_format, settings.production))
    configure_tracing(settings.otel_exporter_otlp_endpoint, service="colonnade", version=settings.app_version)
    for name, dsn in order.dsns.items():
        own = load_settings(name, redis_url=order.redis_url)
        services = open_services(load_product(name), own, dsn, processes=order.workers)
        products.append(RunningProduct(services, with_worker=order.with_worker))
    site = Site(
        products,
        single=order.single,
        show_logins=not settings.production and settings.demo,
        grace_seconds=settings.shutdown_grace_seconds,
    )
    # Long-lived objects leave the collector's sight; garbage of requests is mostly freed by counting.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)
    return site


def log_format(chosen: str, production: bool) -> Any:
    """`json` or `console` for the LOG_FORMAT setting."""
    if chosen != "auto":
        return chosen
    return "json" if production or not sys.stderr.isatty() else "console"


class _Server(uvicorn.Server):
    """uvicorn, which first lets the sockets leave, so that long polls do not hold up the end."""

    def __init__(self, config: uvicorn.Config, site: Site, ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._site = site
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        watch_loop()
        if self.started and self._ready is not None:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Turn readiness red and close the sockets, then stop as uvicorn does."""
        await self._site.turn_away()
        await super().shutdown(sockets)


def run_server(order: Serve, listener: socket.socket, ready: Callable[[], None] | None = None) -> bool:
    """Serve in this process until SIGTERM or SIGINT; False when it could not start."""
    site = create_site(order)
    options: dict[str, Any] = {
        "loop": "uvloop",
        "http": "httptools",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": max(1, int(load_settings().shutdown_grace_seconds / 2)),
        "timeout_keep_alive": 65,
        **UVICORN_OPTIONS,
    }
    server = _Server(uvicorn.Config(site, lifespan="on", **options), site, ready)
    try:
        server.run(sockets=[listener])
    except (SystemExit, KeyboardInterrupt):
        pass
    return server.started
