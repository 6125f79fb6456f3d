"""Ready answers in this process: body bytes with their ETag under a key, bounded and with a time to live."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from pydantic import BaseModel

from . import config

_entries: dict[str, tuple[bytes, str, float]] = {}


async def answer_cached(key: str, request: Request, load: Callable[[], Awaitable[BaseModel]]) -> Response:
    """Return the answer under `key`, or what `load` returns as JSON; 304 if the client has it."""
    found = _entries.get(key)
    if found is None or found[2] < time.monotonic():
        body = (await load()).model_dump_json().encode()
        found = body, f'W/"{hashlib.sha1(body).hexdigest()}"', time.monotonic() + config.CACHE_TTL_SECONDS
        if len(_entries) >= config.CACHE_MAX_ENTRIES:
            del _entries[next(iter(_entries))]
        _entries[key] = found
    body, etag, _ = found
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    return Response(body, media_type="application/json", headers={"ETag": etag})
