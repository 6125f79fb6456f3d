"""The gateway: several products in one process, or one at the root.

A single product gets every path. Of several, the host (`NAME.localhost`) or the first part of the path
(`/NAME/…`) selects one, and `/` is a page that lists them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec

from colonnade.app.compose import RunningProduct
from colonnade.app.landing import Scope, overview_page, welcome_page
from colonnade.kernel.core.addresses import split_host
from colonnade.kernel.http.headers import HOME_HEADERS, STRICT_CSP, Headers, complete, security_headers
from colonnade.kernel.observe import stop_tracing

__all__ = ["Site"]

Send = Callable[..., Any]

REQUESTS_GRACE_SECONDS = 1.0
TRACES_TIMEOUT_SECONDS = 2.0


class Site:
    """The ASGI application of a process: starts, serves and stops its products."""

    def __init__(
        self,
        products: Sequence[RunningProduct],
        *,
        single: bool,
        show_logins: bool,
        grace_seconds: float = REQUESTS_GRACE_SECONDS,
    ) -> None:
        self._products = {running.product.name: running for running in products}
        self._only = products[0] if single else None
        self._show_logins = show_logins
        self._grace_seconds = grace_seconds
        self._stopping: asyncio.Task[None] | None = None
        self._security = security_headers(
            https_only=any(running.services.settings.demands_https for running in products)
        )
        for running in products:
            running.show_at_home(partial(welcome_page, running, show_logins=show_logins, gateway=not single))

    async def __call__(self, scope: Scope, receive: Callable[..., Any], send: Send) -> None:
        """Pass a request to its product."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif self._only is not None:
            await self._only(scope, receive, send)
        else:
            await self._route(scope, receive, send)

    def begin(
        self, scope: Scope, receive: Callable[..., Any], send: Send
    ) -> Coroutine[Any, Any, None] | None:
        """Answer a request that has to wait for nothing; return what answers others (see `OneWriteProtocol`)."""
        if self._only is not None:
            return self._only.begin(scope, receive, send)
        return self._route(scope, receive, send)

    async def _route(self, scope: Scope, receive: Callable[..., Any], send: Send) -> None:
        host, _ = split_host(next((value for name, value in scope["headers"] if name == b"host"), b""))
        if host.endswith(".localhost") and (named := self._products.get(host.removesuffix(".localhost"))):
            await named(scope, receive, send)
            return
        first, _, rest = scope["path"].lstrip("/").partition("/")
        running = self._products.get(first)
        if running is not None:
            await running(_below(scope, first, rest), receive, send)
        elif scope["type"] == "http":
            await self._own(scope, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4404})

    async def _own(self, scope: Scope, send: Send) -> None:
        """Answer for the gateway itself: its page, and health for probes that know no product."""
        path, method = scope["path"], scope["method"]
        status = 200
        if path not in ("/", "/health/live", "/health/ready"):
            status, body = 404, _failure("There is nothing at this address.", "NOT_FOUND")
        elif method not in ("GET", "HEAD"):
            status, body = 405, _failure("This address only answers GET.", "METHOD_NOT_ALLOWED")
        elif path == "/":
            page = overview_page(self._products.values(), scope, show_logins=self._show_logins)
            await self._send(send, method, 200, list(HOME_HEADERS), page)
            return
        elif path == "/health/live":
            body = b'{"status":"alive"}'
        else:
            ready = all(await asyncio.gather(*(running.ready() for running in self._products.values())))
            status, body = (200, b'{"status":"ready"}') if ready else (503, b'{"status":"not ready"}')
        headers = [(b"content-type", b"application/json"), STRICT_CSP]
        if status == 405:
            headers.append((b"allow", b"GET, HEAD"))
        await self._send(send, method, status, headers, body)

    async def _send(self, send: Send, method: str, status: int, headers: Headers, body: bytes) -> None:
        headers = complete([*headers, (b"content-length", b"%d" % len(body))], self._security)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})

    async def _lifespan(self, receive: Callable[..., Any], send: Send) -> None:
        await receive()
        try:
            for running in self._products.values():
                await running.start()
        except BaseException as error:
            await self.stop()
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def turn_away(self) -> None:
        """Begin the shutdown while the listener is still open: turn readiness red, tell sockets to leave."""
        await asyncio.gather(*(running.turn_away() for running in self._products.values()))

    async def stop(self) -> None:
        """Stop every product; the second call waits for the first."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop())
        await asyncio.shield(self._stopping)

    async def _stop(self) -> None:
        grace = self._grace_seconds
        await asyncio.gather(*(running.stop(grace_seconds=grace) for running in self._products.values()))
        await _send_last_traces()


def _below(scope: Scope, first: str, rest: str) -> Scope:
    """Return the scope as the product sees it: paths relative to where it is mounted."""
    prefix = f"/{first}"
    return {
        **scope,
        "path": f"/{rest}",
        "raw_path": scope.get("raw_path", b"").removeprefix(prefix.encode()) or b"/",
        "root_path": scope.get("root_path", "") + prefix,
    }


def _failure(message: str, code: str) -> bytes:
    return msgspec.json.encode({"success": False, "error": {"code": code, "message": message}})


async def _send_last_traces() -> None:
    """Flush the traces in a daemon thread: a collector that is down must not delay the shutdown."""
    loop, sent = asyncio.get_running_loop(), asyncio.Event()

    def send() -> None:
        stop_tracing()
        with suppress(RuntimeError):  # the loop has closed meanwhile
            loop.call_soon_threadsafe(sent.set)

    threading.Thread(target=send, name="traces", daemon=True).start()
    with suppress(TimeoutError):
        await asyncio.wait_for(sent.wait(), TRACES_TIMEOUT_SECONDS)
