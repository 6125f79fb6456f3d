"""`/openapi.json` and the documentation page `/api-docs`, whose assets we serve ourselves.

Swagger UI's files come from the `swagger-ui-py` package; nothing is loaded from elsewhere.
"""

from __future__ import annotations

import asyncio
import html
import importlib.util
from pathlib import Path
from typing import Any, Protocol

import msgspec
from litestar import Response, Router
from litestar.enums import MediaType

from colonnade.kernel.core import NotFound
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.guards import anyone
from colonnade.kernel.http.handlers import get
from colonnade.kernel.http.services import Api
from colonnade.kernel.http.visits import is_local_exchange

__all__ = ["docs_router"]

_ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "application/javascript",
    "favicon-32x32.png": "image/png",
}
_START = """
window.addEventListener("load", () => {
  const base = location.pathname.replace(/\\/api-docs\\/?$/, "");
  SwaggerUIBundle({
    url: base + "/openapi.json", dom_id: "#docs", deepLinking: true, persistAuthorization: true,
    docExpansion: "list", tryItOutEnabled: true, validatorUrl: null,
  });
});
"""
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} – API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="{assets}/favicon-32x32.png">
<link rel="stylesheet" href="{assets}/swagger-ui.css"></head>
<body><div id="docs"></div>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script src="{assets}/start.js"></script></body></html>"""


def _asset_folder() -> Path:
    spec = importlib.util.find_spec("swagger_ui")
    if spec is None or spec.origin is None:
        raise NotFound("The documentation assets are not installed.")
    return Path(spec.origin).parent / "static"


class Describe(Protocol):
    """Makes a product's API description; with `demo` the demonstration accounts are in it."""

    def __call__(self, product: Api, *, demo: bool) -> dict[str, Any]: ...


def docs_router(product: Api, describe: Describe) -> Router:
    """Routes of the API description and its page."""
    documents: dict[bool, dict[str, Any]] = {}

    async def described(demo: bool) -> dict[str, Any]:
        if demo not in documents:
            documents[demo] = await asyncio.to_thread(describe, product, demo=demo)
        return documents[demo]

    @get("/openapi.json", guards=[anyone()], include_in_schema=False)
    async def show_description(exchange: Exchange) -> Response[bytes]:
        settings = exchange.services.settings
        demo = settings.demo and not settings.production and is_local_exchange(exchange)
        # As seen from here: a gateway may have put the product under a prefix.
        document = {**await described(demo), "servers": [{"url": exchange.root_path or "/"}]}
        return Response(msgspec.json.encode(document), media_type=MediaType.JSON)

    @get("/api-docs", guards=[anyone()], include_in_schema=False)
    async def show_page(exchange: Exchange) -> Response[str]:
        page = _PAGE.format(
            title=html.escape(product.title),
            assets="assets" if exchange.path.endswith("/") else "api-docs/assets",
        )
        return Response(page, media_type=MediaType.HTML, headers={"content-security-policy": _CSP})

    @get("/api-docs/assets/{name:str}", guards=[anyone()], include_in_schema=False)
    async def show_asset(name: str) -> Response[Any]:
        headers = {"cache-control": "public, max-age=86400"}
        if name == "start.js":
            return Response(_START, media_type="application/javascript", headers=headers)
        if name not in _ASSETS:
            raise NotFound
        content = await asyncio.to_thread((_asset_folder() / name).read_bytes)
        return Response(content, media_type=_ASSETS[name], headers=headers)

    return Router("/", route_handlers=[show_description, show_page, show_asset])
