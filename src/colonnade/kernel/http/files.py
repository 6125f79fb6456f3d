"""`/<product>/uploads/…`: serves stored files unchanged, immutable under their random keys.

The product's name is part of the address, so that one address (cached, stored in a text, sent to a room) is valid
whether the product is served at the root, at a host of its own or below a prefix, which the gateway removes.
"""

from __future__ import annotations

from typing import Any

from colonnade.kernel.http.answers import Response, Stream
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.guards import anyone, spends
from colonnade.kernel.http.handlers import Router, get
from colonnade.kernel.limits import Budget
from colonnade.kernel.storage import Storage

__all__ = ["FILES", "files_router"]

FILES = Budget("files", "20000/hour", exact=False)
"""By client address, of stored files: a page has dozens of pictures, and all who share a Wi-Fi share an address."""


async def _show_file(key: str, storage: Storage, exchange: Exchange) -> Response[Any]:
    """Serve a stored file."""
    served = await storage.serve(key.lstrip("/"), exchange.header("if-none-match"))
    headers = {name.lower(): value for name, value in served.headers.items()}
    if served.body is None:
        return Response(b"", status_code=served.status, headers=headers)
    return Stream(served.body, status_code=served.status, headers=headers, media_type=headers["content-type"])


def files_router(product: str) -> Router:
    """Return the routes of this module."""
    paths = ("/uploads/{key:path}", f"/{product}/uploads/{{key:path}}")
    handlers = [
        get(path, guards=[anyone(), spends(FILES.name)], unmetered=True, include_in_schema=False)(_show_file)
        for path in paths
    ]
    return Router("/", route_handlers=handlers)
