"""The gateway: several products in one process, or one at the root.

With one product every path is its own. With several, a product is found by its host
(`radio.localhost`) or by the first part of the path (`/radio/…`), and `/` is a small page that lists them.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

from colonnade.app.compose import RunningProduct
from colonnade.kernel.product import Product

__all__ = ["Site", "landing_page"]

Scope = MutableMapping[str, Any]

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:3rem auto;padding:0 1rem;
color:#1c1917;background:#fafaf9}
h1{font-weight:600;letter-spacing:-.02em}
article{background:#fff;border:1px solid #e7e5e4;border-radius:.6rem;padding:1rem 1.3rem;margin:1rem 0}
a{color:#9a3412}code{background:#f5f5f4;padding:.1rem .3rem;border-radius:.3rem}td{padding:.1rem 1rem .1rem 0}
@media(prefers-color-scheme:dark){body{background:#1c1917;color:#e7e5e4}
article{background:#292524;border-color:#44403c}a{color:#fdba74}code{background:#44403c}}
"""


def landing_page(products: Sequence[Product], *, show_logins: bool) -> bytes:
    """The page at `/`: products, their documentation and health, and the demonstration accounts."""
    parts = []
    for product in products:
        base = f"/{product.name}"
        logins = "".join(
            f"<tr><td>{html.escape(login.role)}</td><td><code>{html.escape(login.email)}</code></td>"
            f"<td><code>{html.escape(login.password)}</code></td></tr>"
            for login in (product.demo_logins if show_logins else ())
        )
        table = f"<p>Demonstration accounts:</p><table>{logins}</table>" if logins else ""
        parts.append(
            f"<article><h2>{html.escape(product.title)}</h2><p>{html.escape(product.description)}</p>"
            f'<p><a href="{base}/api-docs">API documentation</a> · <a href="{base}/openapi.json">OpenAPI</a> · '
            f'<a href="{base}/health">Health</a> · <code>{base}/</code> or '
            f"<code>{product.name}.localhost</code></p>{table}</article>"
        )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Colonnade</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>Colonnade</h1>{''.join(parts)}</body></html>"
    ).encode()


class Site:
    """The ASGI application of a process: starts, serves and stops its products."""

    def __init__(
        self, products: Sequence[RunningProduct], *, single: bool, show_logins: bool, grace_seconds: float
    ) -> None:
        self._products = {running.product.name: running for running in products}
        self._only = products[0] if single else None
        self._page = landing_page([running.product for running in products], show_logins=show_logins)
        self._grace_seconds = grace_seconds
        self._stopping: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        """Pass a request to its product."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif self._only is not None:
            await self._only(scope, receive, send)
        else:
            await self._route(scope, receive, send)

    async def _route(self, scope: Scope, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").split(":")[0].lower()
        name = host.removesuffix(".localhost")
        if name in self._products:
            await self._products[name](scope, receive, send)
            return
        first, _, rest = scope["path"].lstrip("/").partition("/")
        running = self._products.get(first)
        if running is not None:
            prefix = f"/{first}"
            await running(
                {
                    **scope,
                    "path": f"/{rest}",
                    "raw_path": scope.get("raw_path", b"").removeprefix(prefix.encode()) or b"/",
                    "root_path": scope.get("root_path", "") + prefix,
                },
                receive,
                send,
            )
        elif scope["type"] == "http":
            await self._own(scope, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4404})

    async def _own(self, scope: Scope, send: Callable[..., Any]) -> None:
        found = scope["path"] == "/"
        alive = scope["path"] == "/health/live"
        body = self._page if found else b'{"status":"alive"}' if alive else b'{"error":"not found"}'
        kind = b"text/html; charset=utf-8" if found else b"application/json"
        await send(
            {
                "type": "http.response.start",
                "status": 200 if found or alive else 404,
                "headers": [
                    (b"content-type", kind),
                    (b"content-length", str(len(body)).encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
                ],
            }
        )
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _lifespan(self, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        await receive()
        try:
            for running in self._products.values():
                await running.start()
        except BaseException as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
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
        await asyncio.gather(
            *(running.stop(grace_seconds=self._grace_seconds) for running in self._products.values())
        )
