"""`/openapi.json` and the documentation page `/api-docs`, whose assets we serve ourselves.

Swagger UI's files come from the package `flask-swagger-ui`, which follows its releases within days; nothing is loaded
from elsewhere. Our own files add a dark mode and a filter over paths, and spare the content policy inline code.
"""

from __future__ import annotations

import asyncio
import importlib.util
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from colonnade.kernel.core import NotFound
from colonnade.kernel.http.answers import Response
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.guards import anyone, spends
from colonnade.kernel.http.handlers import Router, get, list_handlers
from colonnade.kernel.http.openapi import describe
from colonnade.kernel.http.services import Api
from colonnade.kernel.http.visits import is_local_exchange
from colonnade.kernel.limits import Budget
from colonnade.kernel.pages import Pages

__all__ = ["DOCS", "docs_router"]

DOCS = Budget("docs", "1000/15 minutes")
"""By client address, of requests for the documentation and the mailbox: reading them leaves the API's budget alone."""

_PACKAGE = "flask-swagger-ui"
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
        )
        return Response(page, media_type="text/html", headers=_HEADERS)

    @get("/api-docs/assets/{name:str}", guards=[anyone()], unmetered=True, include_in_schema=False)
    async def show_asset(name: str) -> Response[Any]:
        file = _asset(name)
        content = await asyncio.to_thread(file.read_bytes)
        headers = {"cache-control": "public, max-age=86400"}
        return Response(content, media_type=_KINDS[file.suffix], headers=headers)

    return Router("/", route_handlers=[show_description, show_page, show_asset], guards=[spends(DOCS.name)])
