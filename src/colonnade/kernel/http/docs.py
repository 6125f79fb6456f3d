"""`/openapi.json` and `/asyncapi.json`, and the documentation page `/api-docs`, whose assets we serve ourselves.

Swagger UI's files come from the package `flask-swagger-ui`, which follows its releases within days; nothing is loaded
from elsewhere. Our own files add a dark mode and a filter over paths, and spare the content policy inline code. The
page of the socket events (`/api-docs/events`) is ours and needs no script.
"""

from __future__ import annotations

import asyncio
import gzip
import importlib.util
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from colonnade.kernel.cache import accepts_gzip, etag_of
from colonnade.kernel.core import NotFound
from colonnade.kernel.http.answers import Response
from colonnade.kernel.http.asyncapi import HOST, describe_events
from colonnade.kernel.http.events_page import page_values
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.guards import anyone, spends
from colonnade.kernel.http.handlers import Handler, Router, get, list_handlers
from colonnade.kernel.http.openapi import describe
from colonnade.kernel.http.services import Api
from colonnade.kernel.http.visits import is_local_exchange
from colonnade.kernel.limits import Budget
from colonnade.kernel.pages import PAGE_HEADERS, Pages

__all__ = ["DOCS", "docs_router"]

K = TypeVar("K")
V = TypeVar("V")

DOCS = Budget("docs", "1000/15 minutes")
"""By client address, of requests for the documentation and the mailbox: reading them leaves the API's budget alone."""

_PACKAGE = "flask-swagger-ui"
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:\d{1,5})?")
_KINDS = {".css": "text/css", ".js": "application/javascript", ".png": "image/png"}
_OWN = ("docs.css", "docs.js")
_THEIRS = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")
_MAX_KEPT = 16
"""Answers of a kind, oldest first out: a client may ask under any name of a host."""
_FOLDER = Path(__file__).parent
_PAGES = Pages(_FOLDER / "templates")
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}


@cache
def _version() -> str:
    """Return the version of the files; in their addresses it renews browser caches. Raise NotFound."""
    try:
        return version(_PACKAGE)
    except PackageNotFoundError:
        raise NotFound("The documentation assets are not installed.") from None


def _asset(name: str) -> Path:
    """Return the path of one of the page's files. Raise NotFound for any other name."""
    if name in _OWN:
        return _FOLDER / "assets" / name
    if name not in _THEIRS:
        raise NotFound
    # Found, not imported: the package's code needs Flask, its files do not.
    spec = importlib.util.find_spec(_PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise NotFound("The documentation assets are not installed.")
    return Path(spec.origin).parent / "dist" / name


class _Ready(msgspec.Struct, frozen=True):
    """A body in both forms in which it is sent, and its ETag."""

    body: bytes
    zipped: bytes
    tag: str

    @classmethod
    def of(cls, body: bytes) -> _Ready:
        return cls(body, gzip.compress(body, 6, mtime=0), etag_of(body).decode())

    def answer(
        self, exchange: Exchange, media_type: str, headers: Mapping[str, str] | None = None
    ) -> Response[bytes]:
        own = {**(headers or {}), "etag": self.tag}
        if not accepts_gzip(exchange.request_headers.get(b"accept-encoding", b"")):
            return Response(self.body, media_type=media_type, headers=own)
        # Two encodings must not share a strong tag (RFC 9110, 8.8.3.3).
        own |= {"etag": f"W/{self.tag}", "content-encoding": "gzip"}
        return Response(self.zipped, media_type=media_type, headers=own)


class _Kept(Generic[K, V]):
    """What is made once for each key, in a thread, and kept: a description takes up to 50 ms."""

    def __init__(self) -> None:
        self._made: dict[K, V] = {}
        self._turn = asyncio.Lock()

    async def get(self, key: K, make: Callable[[K], V]) -> V:
        """Return what `make(key)` has returned; raise what it raises."""
        if key not in self._made:
            async with self._turn:
                if key not in self._made:
                    self._made[key] = await asyncio.to_thread(make, key)
                    if len(self._made) > _MAX_KEPT:
                        del self._made[next(iter(self._made))]
        return self._made[key]


def docs_router(product: Api) -> Router:
    """Build the routes of the API description and its page."""

    def described(key: tuple[bool, str]) -> _Ready:
        demo, root = key
        document = describe(list(list_handlers(product.routes)), product, demo=demo)
        # Relative to the request: a gateway may have mounted the product under a prefix.
        return _Ready.of(msgspec.json.encode({**document, "servers": [{"url": root or "/"}]}))

    descriptions: _Kept[tuple[bool, str], _Ready] = _Kept()
    assets: _Kept[str, _Ready] = _Kept()

    @get("/openapi.json", guards=[anyone()], unmetered=True, include_in_schema=False)
    async def show_description(exchange: Exchange) -> Response[bytes]:
        settings = exchange.services.settings
        demo = settings.demo and not settings.production and is_local_exchange(exchange)
        ready = await descriptions.get((demo, exchange.root_path), described)
        return ready.answer(exchange, "application/json")

    @get("/api-docs", guards=[anyone()], unmetered=True, include_in_schema=False)
    async def show_page(exchange: Exchange) -> Response[str]:
        page = _PAGES.render(
            "docs.html",
            title=product.title,
            assets="assets" if exchange.path.endswith("/") else "api-docs/assets",
            version=_version(),
            events=product.sockets is not None,
            base=exchange.root_path,
        )
        return Response(page, media_type="text/html", headers=_HEADERS)

    @get("/api-docs/assets/{name:str}", guards=[anyone()], unmetered=True, include_in_schema=False)
    async def show_asset(name: str, exchange: Exchange) -> Response[bytes]:
        ready = await assets.get(name, lambda name: _Ready.of(_asset(name).read_bytes()))
        headers = {"cache-control": "public, max-age=86400"}
        return ready.answer(exchange, _KINDS[Path(name).suffix], headers)

    handlers = [show_description, show_page, show_asset]
    if product.sockets is not None:
        handlers += _event_handlers(product)
    return Router("/", route_handlers=handlers, guards=[spends(DOCS.name)])


def _event_handlers(product: Api) -> list[Handler]:
    """Build the routes of the description of the socket events and of its page."""

    documents: _Kept[str, dict[str, Any]] = _Kept()
    descriptions: _Kept[tuple[str, str], _Ready] = _Kept()
    pages: _Kept[str, _Ready] = _Kept()

    async def described(exchange: Exchange) -> dict[str, Any]:
        budgets = exchange.services.budgets
        return await documents.get(
            exchange.root_path, lambda root: describe_events(product, budgets, root=root)
        )

    @get("/asyncapi.json", guards=[anyone()], unmetered=True, include_in_schema=False)
    async def show_events(exchange: Exchange) -> Response[bytes]:
        document = await described(exchange)

        def make(key: tuple[str, str]) -> _Ready:
            host, _ = key
            servers = {name: {**server, "host": host} for name, server in document["servers"].items()}
            return _Ready.of(msgspec.json.encode({**document, "servers": servers}))

        # Whoever asks under a name reaches the sockets under it; a gateway may add a prefix.
        asked = exchange.header("host") or ""
        host = asked if _HOST.fullmatch(asked) else HOST
        ready = await descriptions.get((host, exchange.root_path), make)
        return ready.answer(exchange, "application/json")

    @get("/api-docs/events", guards=[anyone()], unmetered=True, include_in_schema=False)
    async def show_events_page(exchange: Exchange) -> Response[bytes]:
        document = await described(exchange)

        def make(root: str) -> _Ready:
            return _Ready.of(_PAGES.render("events.html", base=root, **page_values(document)).encode())

        ready = await pages.get(exchange.root_path, make)
        return ready.answer(exchange, "text/html", PAGE_HEADERS)

    return [show_events, show_events_page]
