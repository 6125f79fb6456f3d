"""Sends a cached answer over plain ASGI: HEAD, If-None-Match and gzip."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any

from colonnade.kernel.cache.entry import Entry, head_lines, header_pairs, matches, status_line
from colonnade.kernel.core.asgi import WHOLE_ANSWER

__all__ = ["accepts_gzip", "serve_at_once", "serve_cached"]

_MAX_BYTES = 1024
"""Of Accept-Encoding; 64 KB of it took 50 ms."""


def serve_at_once(entry: Entry, scope: MutableMapping[str, Any], extra_lines: bytes = b"") -> int:
    """Answer a GET or HEAD `scope` with `entry` and this request's own header lines.

    Return the status, or 0 if the server takes no complete answer now.
    """
    whole = (scope.get("extensions") or {}).get(WHOLE_ANSWER)
    if whole is None:
        return 0
    status, zipped = _choose(entry, scope)
    if status == 304:
        head, body = status_line(304) + head_lines(entry.not_modified), b""
    else:
        head, body = entry.head(zipped=zipped is not None), entry.body if zipped is None else zipped
    is_head = scope["method"] == "HEAD"
    return status if whole(head + extra_lines, b"" if is_head else body) else 0


async def serve_cached(
    entry: Entry,
    scope: MutableMapping[str, Any],
    send: Callable[[Any], Awaitable[None]],
    extra_lines: bytes = b"",
) -> int:
    """Answer a GET or HEAD `scope` with `entry` and this request's own header lines. Return the status."""
    if status := serve_at_once(entry, scope, extra_lines):
        return status
    status, zipped = _choose(entry, scope)
    if status == 304:
        headers, body = entry.not_modified, b""
    else:
        headers, body = (entry.plain, entry.body) if zipped is None else (entry.zipped_headers, zipped)
    await send(
        {"type": "http.response.start", "status": status, "headers": headers + header_pairs(extra_lines)}
    )
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
    return status


def _choose(entry: Entry, scope: MutableMapping[str, Any]) -> tuple[int, bytes | None]:
    """Return the status, 304 if the client has the answer already, and the gzip form if the client is sent that."""
    accepted = asked = None
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            accepted = value if accepted is None else accepted + b"," + value
        elif name == b"if-none-match":
            asked = value if asked is None else asked + b"," + value
    if asked is not None and entry.status == 200 and entry.etag is not None and matches(asked, entry.etag):
        return 304, None
    if accepted is not None and entry.compressible and accepts_gzip(accepted):
        return entry.status, entry.zipped()
    return entry.status, None


def accepts_gzip(accept_encoding: bytes) -> bool:
    """Return whether `Accept-Encoding` allows gzip (RFC 9110, 12.5.3: q=0 forbids, `*` stands for all others).

    Its first KiB counts.
    """
    if len(accept_encoding) > 128:
        return _accepts_gzip(accept_encoding[:_MAX_BYTES])
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
