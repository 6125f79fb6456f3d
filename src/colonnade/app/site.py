"""The gateway: several products in one process, or one at the root.

With one product every path is its own. With several, a product is found by its host
(`radio.localhost`) or by the first part of the path (`/radio/…`), and `/` is a small page that lists them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from colonnade.app.compose import RunningProduct
from colonnade.app.landing import landing_page
from colonnade.kernel.observe import stop_tracing

__all__ = ["Site"]

Scope = MutableMapping[str, Any]
Send = Callable[..., Any]

LAST_REQUESTS_SECONDS = 1.0
TRACES_SECONDS = 2.0
_JSON = b"application/json"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
)


class Site:
    """The ASGI application of a process: starts, serves and stops its products."""

    def __init__(
        self,
        products: Sequence[RunningProduct],
        *,
        single: bool,
        show_logins: bool,
        grace_seconds: float = LAST_REQUESTS_SECONDS,
    ) -> None:
        self._products = {running.product.name: running for running in products}
        self._only = products[0] if single else None
        self._show_logins = show_logins
        self._grace_seconds = grace_seconds
        self._stopping: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Callable[..., Any], send: Send) -> None:
        """Pass a request to its product."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif self._only is not None:
            await self._only(scope, receive, send)
        else:
            await self._route(scope, receive, send)

    async def _route(self, scope: Scope, receive: Callable[..., Any], send: Send) -> None:
        host, port = _host(scope)
        if host.endswith(".localhost") and (named := self._products.get(host.removesuffix(".localhost"))):
            await named(scope, receive, send)
            return
        first, _, rest = scope["path"].lstrip("/").partition("/")
        running = self._products.get(first)
        if running is not None:
            await running(_below(scope, first, rest), receive, send)
        elif scope["type"] == "http":
            await self._own(scope, port, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4404})

    async def _own(self, scope: Scope, port: str, send: Send) -> None:
        """The answers of the gateway itself: its page, and health for probes that know no product."""
        path, method = scope["path"], scope["method"]
        status, kind = 200, _JSON
        if path not in ("/", "/health/live", "/health/ready"):
            status, body = 404, _failure("There is nothing at this address.", "NOT_FOUND")
        elif method not in ("GET", "HEAD"):
            status, body = 405, _failure("This address only answers GET.", "METHOD_NOT_ALLOWED")
        elif path == "/":
            products = [running.product for running in self._products.values()]
            body = landing_page(products, port=port, show_logins=self._show_logins)
            kind = b"text/html; charset=utf-8"
        elif path == "/health/live":
            body = b'{"status":"alive"}'
        else:
            ready = all(await asyncio.gather(*(running.ready() for running in self._products.values())))
            status, body = (200, b'{"status":"ready"}') if ready else (503, b'{"status":"not ready"}')
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *_HEADERS]
        if status == 405:
            headers.append((b"allow", b"GET, HEAD"))
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
        """The first part of stopping, while the listener is still open: readiness red, sockets told to leave."""
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


def _host(scope: Scope) -> tuple[str, str]:
    """Name and port of the Host header; an empty port where none is given."""
    given = next((value for name, value in scope["headers"] if name == b"host"), b"")
    host, _, port = given.decode("latin-1").lower().rpartition(":")
    return (host, port) if host and port.isdigit() else (given.decode("latin-1").lower(), "")


def _below(scope: Scope, first: str, rest: str) -> Scope:
    """The scope as the product sees it: paths relative to where it is mounted."""
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
    """Flush the traces in a thread nobody waits for long: a collector that is away must not hold up the end."""
    loop, sent = asyncio.get_running_loop(), asyncio.Event()

    def send() -> None:
        stop_tracing()
        with suppress(RuntimeError):  # the loop was not that patient
            loop.call_soon_threadsafe(sent.set)

    threading.Thread(target=send, name="traces", daemon=True).start()
    with suppress(TimeoutError):
        await asyncio.wait_for(sent.wait(), TRACES_SECONDS)
