"""`/openapi.json` and `/asyncapi.json`, and the documentation page `/api-docs`, whose assets we serve ourselves.

Swagger UI's files come from the package `flask-swagger-ui`, which follows its releases within days; nothing is loaded
from elsewhere. Our own files add a dark mode and a filter over paths, and spare the content policy inline code. The
page of the socket events (`/api-docs/events`) is ours and needs no script.
"""

from __future__ import annotations

import asyncio
import importlib.util
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

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

DOCS = Budget("docs", "1000/15 minutes")
"""By client address, of requests for the documentation and the mailbox: reading them leaves the API's budget alone."""

_PACKAGE = "flask-swagger-ui"
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:\d{1,5})?")
_KINDS = {".css": "text/css", ".js": "application/javascript", ".png": "image/png"}
_OWN = ("docs.css", "docs.js")
_THEIRS = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")
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


def docs_router(product: Api) -> Router:
    """Build the routes of the API description and its page."""
    documents: dict[bool, dict[str, Any]] = {}

    async def described(demo: bool) -> dict[str, Any]:
        if demo not in documents:
            documents[demo] = await asyncio.to_thread(
                describe, list(list_handlers(product.routes)), product, demo=demo
            )
        return documents[demo]

    @get("/openapi.json", guards=[anyone()], unmetered=True, include_in_schema=False)
    async def show_description(exchange: Exchange) -> Response[bytes]:
        settings = exchange.services.settings
        demo = settings.demo and not settings.production and is_local_exchange(exchange)
        # Relative to the request: a gateway may have mounted the product under a prefix.
        document = {**await described(demo), "servers": [{"url": exchange.root_path or "/"}]}
        return Response(msgspec.json.encode(document), media_type="application/json")

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
    async def show_asset(name: str) -> Response[Any]:
        file = _asset(name)
        content = await asyncio.to_thread(file.read_bytes)
        headers = {"cache-control": "public, max-age=86400"}
        return Response(content, media_type=_KINDS[file.suffix], headers=headers)

    handlers = [show_description, show_page, show_asset]
    if product.sockets is not None:
        handlers += _event_handlers(product)
    return Router("/", route_handlers=handlers, guards=[spends(DOCS.name)])


def _event_handlers(product: Api) -> list[Handler]:
    """Build the routes of the description of the socket events and of its page."""

    def described(exchange: Exchange) -> dict[str, Any]:
        host = exchange.header("host") or ""
        return describe_events(
            product,
            exchange.services.budgets,
            # Whoever asks under a name reaches the sockets under it; a gateway may add a prefix.
            host=host if _HOST.fullmatch(host) else HOST,
            root=exchange.root_path,
        )

    @get("/asyncapi.json", guards=[anyone()], unmetered=True, include_in_schema=False)
    async def show_events(exchange: Exchange) -> Response[bytes]:
        return Response(msgspec.json.encode(described(exchange)), media_type="application/json")

    @get("/api-docs/events", guards=[anyone()], unmetered=True, include_in_schema=False)
    async def show_events_page(exchange: Exchange) -> Response[str]:
        page = _PAGES.render("events.html", base=exchange.root_path, **page_values(described(exchange)))
        return Response(page, media_type="text/html", headers=PAGE_HEADERS)

    return [show_events, show_events_page]
