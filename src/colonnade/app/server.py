"""One server process: uvicorn around the products of its `Serve`."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog
import uvicorn

from colonnade.app.catalog import load_product, settings_of
from colonnade.app.compose import RunningProduct, open_services
from colonnade.app.logs import log_to_stderr
from colonnade.app.signals import check_interrupted, ignore_ending_signals, on_ending_signal
from colonnade.app.site import Site
from colonnade.kernel.core.handover import Handover
from colonnade.kernel.core.memory import return_memory_when_idle, share_one_heap
from colonnade.kernel.core.settings import Settings, load_settings
from colonnade.kernel.observe import METRICS, SharedMetrics, configure_tracing, watch_loop
from colonnade.kernel.realtime import UVICORN_OPTIONS
from colonnade.kernel.server import (
    ConnectionLimits,
    connections_within,
    listening,
    raise_file_limit,
    serving,
)

__all__ = ["Serve", "create_site", "run_server"]

log = structlog.get_logger("colonnade.server")

CLOSING_SECONDS = 3.0
"""The part of the grace period reserved for releasing jobs and connections after the last request."""


class Serve(msgspec.Struct, frozen=True):
    """The task of a server process; `dsns` and `redis_urls` are by product name.

    `shared` is the directory through which processes share their metrics and connections; `process` is this one's name
    there.
    """

    dsns: dict[str, str]
    redis_urls: dict[str, str | None]
    single: bool
    port: int = 3000
    demo: bool = False
    workers: int = 1
    with_worker: bool = True
    shared: str | None = None
    process: str = "0"

    def settings(self) -> Settings:
        """Return the process's settings: the only product's own, or those without a product's prefix."""
        return settings_of(next(iter(self.dsns))) if self.single else load_settings()


def create_site(order: Serve, handover: Handover | None = None) -> Site:
    """Build the application of this process and configure its logs and traces. Raise SettingsError."""
    settings = order.settings()
    log_to_stderr(settings)
    # The command and the request log report better what uvicorn logs below a warning.
    logging.getLogger("uvicorn").setLevel(max(logging.WARNING, logging.getLogger().level))
    configure_tracing(settings.otel_exporter_otlp_endpoint, service="colonnade", version=settings.app_version)
    products = []
    for name, dsn in order.dsns.items():
        given = {"redis_url": order.redis_urls[name], "port": order.port}
        own = settings_of(name, **given, **({} if order.demo else {"demo": False}))
        services = open_services(load_product(name), own, dsn, processes=order.workers, handover=handover)
        products.append(RunningProduct(services, with_worker=order.with_worker))
    return Site(products, single=order.single, show_logins=order.demo)


class _Server(uvicorn.Server):
    """uvicorn with our order of shutdown: readiness first, then sockets, requests, jobs, connections.

    A signal starts the shutdown, which takes `grace_seconds` at most; after a second one requests are not awaited.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        site: Site,
        *,
        grace_seconds: float,
        shared: SharedMetrics | None,
        handover: Handover | None,
        ready: Callable[[], None] | None,
    ) -> None:
        super().__init__(config)
        self._site = site
        self._grace_seconds = grace_seconds
        self._shared = shared
        self._handover = handover
        self._ready = ready
        self._sharing: asyncio.Task[None] | None = None
        self._returning: asyncio.Task[None] | None = None

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # uvicorn re-raises the signal at the end, which would kill the process before the database is stopped.
        on_ending_signal(self.handle_exit)
        try:
            check_interrupted()
            yield
        finally:
            ignore_ending_signals()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call `ready`."""
        await super().startup(sockets)
        watch_loop()
        METRICS.gauge("connections", "Open connections.", lambda: len(self.server_state.connections))
        if self._handover is not None:
            try:
                self._handover.start(self._adopt)
            except OSError as error:  # the path of the temporary folder is too long, say
                log.warning("long polling needs stickiness: no connection can be taken", error=repr(error))
        self._returning = asyncio.create_task(return_memory_when_idle(), name="memory")
        if self._shared is not None:
            self._sharing = asyncio.create_task(self._shared.run(), name="metrics")
        # Collections skip frozen long-lived objects; reference counting frees most garbage of requests.
        gc.collect()
        gc.freeze()
        gc.set_threshold(100_000, 50, 1_000)
        if self._ready is not None and not self.should_exit:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Turn readiness red and close the sockets, then shut down as uvicorn does in the time that is left."""
        began = time.monotonic()
        log.info("stopping")
        if self._handover is not None:
            self._handover.stop()
        await self._site.turn_away()
        left = self._grace_seconds - CLOSING_SECONDS - (time.monotonic() - began)
        self.config.timeout_graceful_shutdown = max(1, int(left))
        await super().shutdown(sockets)
        for task in (self._sharing, self._returning):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _adopt(self, connection: socket.socket, received: bytes) -> None:
        """Serve a connection that another process has accepted and read so much of."""
        loop = asyncio.get_running_loop()
        make: Any = self.config.http_protocol_class
        protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state, _loop=loop
        )
        protocol.received_elsewhere = received
        await loop.connect_accepted_socket(lambda: protocol, connection)


def run_server(order: Serve, listener: socket.socket, ready: Callable[[], None] | None = None) -> bool:
    """Serve in this process until SIGTERM, SIGINT or SIGHUP; return False if it could not start (the log says why).

    Afterwards those signals are ignored: the caller has servers to stop. Raise SettingsError.
    """
    share_one_heap()
    listener.set_inheritable(False)  # what this process starts must not keep the port when it ends
    handover = Handover(Path(order.shared)) if order.shared else None
    site = create_site(order, handover)
    settings = order.settings()
    limits = ConnectionLimits(
        unfinished_per_address=settings.unfinished_requests_per_address,
        connections=connections_within(raise_file_limit()),
        trusted=settings.trusted_proxies,
    )
    options: dict[str, Any] = {
        "loop": "uvloop",
        "http": serving(limits),
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": 65,
        **UVICORN_OPTIONS,
    }
    server = _Server(
        uvicorn.Config(site, lifespan="on", **options),
        site,
        grace_seconds=settings.shutdown_grace_seconds,
        shared=SharedMetrics(Path(order.shared), order.process) if order.shared else None,
        handover=handover,
        ready=ready,
    )
    with suppress(SystemExit):  # uvicorn raises it if the application does not start
        server.run(sockets=listening(listener))
    return server.started
