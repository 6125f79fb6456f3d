"""Runs a product in this process: its HTTP application, its sockets and its jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, MutableMapping
from typing import Any

from colonnade.app.catalog import load_product
from colonnade.app.services import (
    open_services,
    open_worker,
    start_services,
    stop_services,
    watch_services,
    within,
)
from colonnade.kernel.core.addresses import client_address, forwarded_for
from colonnade.kernel.core.providing import call
from colonnade.kernel.http import build_api
from colonnade.kernel.observe import request_log
from colonnade.kernel.product import Services

__all__ = ["RunningProduct", "load_product", "open_services"]

SOCKETS_TIMEOUT_SECONDS = 7.5
"""Timeout for closing the sockets: the hub's own limits plus a margin."""

READINESS_TIMEOUT_SECONDS = 2.0


class RunningProduct:
    """One product in this process: an ASGI application that is started and stopped."""

    def __init__(self, services: Services, *, with_worker: bool) -> None:
        self.services = services
        self.product = services.product
        self._api = build_api(self.product, services)
        self._worker = open_worker(services) if with_worker else None
        self._work: asyncio.Task[None] | None = None
        self._worker_end: asyncio.Task[None] | None = None
        self._watches: list[Callable[[], None]] = []

    def show_at_home(self, page: Callable[..., bytes]) -> None:
        """Answer browsers that ask for `/` with `page(scope=…)`, as UTF-8 HTML, if the product has no route there."""
        self._api.show_at_home(page)

    async def __call__(
        self, scope: MutableMapping[str, Any], receive: Callable[..., Any], send: Callable[..., Any]
    ) -> None:
        """Answer a request or serve a socket."""
        hub = self.services.hub
        if hub is not None and hub.handles(scope["path"]):
            await hub.app(self._with_client_address(scope), receive, send)
        elif scope["type"] == "http":
            await self._api(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4404})

    def begin(
        self, scope: MutableMapping[str, Any], receive: Callable[..., Any], send: Callable[..., Any]
    ) -> Coroutine[Any, Any, None] | None:
        """Answer a request for which nothing has to be waited for; return what answers others."""
        hub = self.services.hub
        if hub is not None and hub.handles(scope["path"]):
            return self(scope, receive, send)
        return self._api.begin(scope, receive, send)

    def _with_client_address(self, scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Return a socket's scope with the client's own address in place of a trusted proxy's."""
        trusted = self.services.settings.trusted_proxies
        if not trusted:
            return scope
        address = client_address(scope.get("client"), forwarded_for(scope["headers"]), trusted)
        return {**scope, "client": (address, 0)}

    async def start(self) -> None:
        """Connect and start running jobs. Raise what the database or an `on_start` of a slice raises."""
        services = self.services
        await start_services(services)
        for each in self.product.slices:
            if each.on_start is not None:
                await call(each.on_start, services)
        self._watches = watch_services(services)
        if self._worker is not None:
            self._work = asyncio.create_task(self._worker.run(), name=f"worker:{self.product.name}")

    async def ready(self) -> bool:
        """Return whether the product takes requests: it is not stopping and its database answers."""
        try:
            async with asyncio.timeout(READINESS_TIMEOUT_SECONDS):
                await self.services.db.check()
        except Exception:
            return False
        return not self.services.shutdown.begun

    async def turn_away(self) -> None:
        """Turn readiness red, stop taking jobs, and tell sockets to reconnect elsewhere.

        Requests are still answered. Return once the sockets are closed, within SOCKETS_TIMEOUT_SECONDS.
        """
        self.services.shutdown.begun = True
        if self._worker is not None and self._work is not None and self._worker_end is None:
            self._worker_end = asyncio.create_task(self._worker.stop())
        if self.services.hub is not None:
            await within(SOCKETS_TIMEOUT_SECONDS, self.services.hub.stop(), "closing the sockets")

    async def stop(self, *, grace_seconds: float) -> None:
        """Shut down in order: sockets, requests in flight (for `grace_seconds`), jobs, connections.

        Jobs are finished or released to other workers. May follow a start that failed half-way.
        """
        if not self.services.shutdown.begun:
            await self.turn_away()
        await self._api.drain(grace_seconds)
        if self._work is not None and self._worker_end is not None:
            await asyncio.gather(self._worker_end, self._work, return_exceptions=True)
        for unwatch in self._watches:
            unwatch()
        await stop_services(self.services)
        request_log.flush()
