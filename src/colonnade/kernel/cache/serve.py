"""Sends a cached answer over plain ASGI: HEAD, If-None-Match and gzip."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import lru_cache
from typing import Any

from colonnade.kernel.cache.entry import Entry, head_lines, matches

__all__ = ["WHOLE_ANSWER", "accepts_gzip", "serve_cached"]

WHOLE_ANSWER = "colonnade.http.whole"
"""ASGI extension: `whole(head, body) -> bool` takes a complete answer as bytes, or declines."""

_EMPTY: dict[str, Any] = {"type": "http.response.body", "body": b""}


async def serve_cached(
    entry: Entry,
    scope: MutableMapping[str, Any],
    send: Callable[[Any], Awaitable[None]],
    extra_headers: Iterable[tuple[bytes, bytes]] = (),
) -> int:
    """Answer a GET or HEAD `scope` with `entry` and this request's own headers. Return the status."""
    accepted = asked = None
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            accepted = value if accepted is None else accepted + b"," + value
        elif name == b"if-none-match":
            asked = value if asked is None else asked + b"," + value
    status = entry.status
    if asked is not None and status == 200 and entry.etag is not None and matches(asked, entry.etag):
        headers = [*entry.not_modified, *extra_headers]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send(_EMPTY)
        return 304
    small = None
    if accepted is not None and entry.compressible and accepts_gzip(accepted):
        small = entry.zipped()
    zipped = small is not None
    body = entry.body if small is None else small
    if scope["method"] == "GET":
        whole = (scope.get("extensions") or {}).get(WHOLE_ANSWER)
        if whole is not None and whole(entry.head(zipped=zipped) + head_lines(extra_headers), body):
            return status
    headers = [*(entry.zipped_headers if zipped else entry.plain), *extra_headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send(_EMPTY if scope["method"] == "HEAD" else {"type": "http.response.body", "body": body})
    return status


def accepts_gzip(accept_encoding: bytes) -> bool:
    """Return whether `Accept-Encoding` allows gzip (RFC 9110, 12.5.3: q=0 forbids, `*` stands for all others)."""
    if len(accept_encoding) > 128:
        return _accepts_gzip(accept_encoding)
    return _accepts_gzip_remembered(accept_encoding)


def _accepts_gzip(accept_encoding: bytes) -> bool:
    anything = False
    for part in accept_encoding.lower().split(b","):
        coding, _, parameters = part.partition(b";")
        coding = coding.strip()
        if coding in (b"gzip", b"x-gzip"):
            return _wanted(parameters)
        if coding == b"*":
            anything = _wanted(parameters)
    return anything


_accepts_gzip_remembered = lru_cache(maxsize=256)(_accepts_gzip)


def _wanted(parameters: bytes) -> bool:
    for parameter in parameters.split(b";"):
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"q":
            try:
                return float(value) > 0
            except ValueError:
                return False
    return True
