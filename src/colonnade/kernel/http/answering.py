"""Completes answers on their way out, collects them for the cache, and replays requests for another attempt."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from colonnade.kernel.cache import Entry, accepts_gzip, etag_of, matches
from colonnade.kernel.core import Problem
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.headers import STRICT_CSP, VARY, Headers, complete

__all__ = ["Collector", "Replay", "Sender", "without_body", "without_empty"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MIN_GZIP_BYTES = 1_400
MIN_THREADED_GZIP_BYTES = 128 * 1024
"""Larger bodies are compressed in a thread, because they would block the event loop for too long."""
MAX_REPLAYED_BYTES = 2**20
BODY_TIMEOUT_SECONDS = 30.0
"""Timeout for the next part of a request's body."""
_COMPRESSIBLE = (b"application/json", b"text/", b"application/javascript", b"image/svg+xml")


def without_empty(query: bytes) -> bytes:
    """Remove empty parameters, which count as absent: `a=&b=1` becomes `b=1`; `a=b=` is not empty."""
    if b"=&" in query or query.endswith(b"="):
        return b"&".join(part for part in query.split(b"&") if part.find(b"=") != len(part) - 1)
    return query


def without_body(send: Send) -> Send:
    async def headers_only(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return headers_only


class RequestTimeout(Problem):
    """The request did not arrive in time."""

    status = 408
    code = "REQUEST_TIMEOUT"
    message = "The request body did not arrive in time."


class RequestIncomplete(Problem):
    """The client disconnected in the middle of its request. Never sent (the client is gone); logged only."""

    status = 400
    code = "REQUEST_INCOMPLETE"
    message = "The request ended before its body did."


class Replay:
    """Passes on the request's messages and can start over, as long as they fit in MAX_REPLAYED_BYTES.

    If they do not, the exchange has no attempts left: its first answer is sent, whatever it is. Raises
    RequestTimeout if the body stalls, RequestIncomplete if the client has disconnected, and as the route's guards do
    if the body was slow.
    """

    def __init__(self, receive: Receive, exchange: Exchange) -> None:
        self._receive = receive
        self._exchange = exchange
        self._kept: list[Message] = []
        self._next = 0
        self._complete = True
        self._received_all = False
        self._size = 0

    async def __call__(self) -> Message:
        if not self._complete:
            return await self._receive_part()
        if self._next < len(self._kept):
            message = self._kept[self._next]
        else:
            message = await self._receive_part()
            self._size += len(message.get("body", b""))
            if self._size > MAX_REPLAYED_BYTES:
                self._complete = False
                self._exchange.attempts_left = 0
                self._kept.clear()
                return message
            self._kept.append(message)
        self._next += 1
        return message

    async def _receive_part(self) -> Message:
        if self._received_all:
            return await self._receive()
        try:
            async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimeout from None
        if message["type"] == "http.disconnect":
            raise RequestIncomplete
        self._received_all = not message.get("more_body", False)
        if self._received_all:
            await self._exchange.admit_again()
        return message

    def rewind(self) -> None:
        self._next = 0


class Collector:
    """Collects an answer as a cache entry instead of sending it."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: Headers = []
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        else:
            self.body += message.get("body", b"")

    def entry(self, exchange: Exchange) -> Entry:
        caching = (b"cache-control", b"public, no-cache" if self.status == 200 else b"no-store")
        headers = complete(complete(exchange.headers, self.headers), [caching, VARY, STRICT_CSP])
        return Entry.build(
            status=self.status,
            headers=[pair for pair in headers if pair[0] not in (b"content-length", b"etag")],
            body=self.body,
            etag=etag_for(exchange, self.body) if self.status == 200 else None,
            fresh_until=exchange.fresh_until,
        )


def etag_for(exchange: Exchange, body: bytes) -> bytes:
    """Return a strong ETag; that of a versioned answer begins with the version, for `If-Match`."""
    tag = etag_of(body)
    return tag if exchange.version is None else b'"v%d-%s"' % (exchange.version, tag.strip(b'"'))


class Sender:
    """Completes an answer of Litestar on its way out: common headers, ETag and 304, compression."""

    def __init__(
        self, exchange: Exchange, scope: Scope, send: Send, common: Callable[[Exchange], Headers]
    ) -> None:
        self._common = common
        self._exchange = exchange
        self._scope = scope
        self._send = send
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        start = self._start
        if start is None:
            await self._send(message)
            return
        self._start = None
        status: int = start["status"]
        headers = complete(self._exchange.headers, start["headers"])
        body: bytes = message.get("body", b"")
        whole = not message.get("more_body", False)
        if whole:
            status, headers, body = await self._complete(status, headers, body)
        self._exchange.status = status
        headers = complete(
            headers,
            [(b"cache-control", b"no-store"), STRICT_CSP, VARY, *self._common(self._exchange)],
        )
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body, "more_body": not whole})

    async def _complete(self, status: int, headers: Headers, body: bytes) -> tuple[int, Headers, bytes]:
        exchange = self._exchange
        headers = [pair for pair in headers if pair[0] != b"content-length"]
        caching = _value(headers, b"cache-control")
        if (
            status == 200
            and self._scope["method"] == "GET"
            and caching != b"no-store"
            and not _has(headers, b"etag")
        ):
            tag = etag_for(exchange, body)
            headers.append((b"etag", tag))
            if not caching:
                private = b"authorization" in exchange.request_headers
                headers.append((b"cache-control", b"private, no-cache" if private else b"public, no-cache"))
            if_none_match = exchange.request_headers.get(b"if-none-match")
            if if_none_match is not None and matches(if_none_match, tag):
                return 304, [pair for pair in headers if pair[0] != b"content-type"], b""
        elif exchange.version is not None:
            headers.append((b"etag", etag_for(exchange, body)))
        if (
            len(body) >= MIN_GZIP_BYTES
            and accepts_gzip(exchange.request_headers.get(b"accept-encoding", b""))
            and not _has(headers, b"content-encoding")
            and _value(headers, b"content-type").startswith(_COMPRESSIBLE)
        ):
            if len(body) < MIN_THREADED_GZIP_BYTES:
                body = gzip.compress(body, 4, mtime=0)
            else:
                body = await asyncio.to_thread(gzip.compress, body, 4, mtime=0)
            # Two encodings must not share a strong tag (RFC 9110, 8.8.3.3).
            headers = [(name, _weak(value) if name == b"etag" else value) for name, value in headers]
            headers.append((b"content-encoding", b"gzip"))
        if status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(body)))
        return status, headers, body


def _weak(tag: bytes) -> bytes:
    return tag if tag.startswith(b"W/") else b"W/" + tag


def _has(headers: Headers, name: bytes) -> bool:
    return any(key == name for key, _ in headers)


def _value(headers: Headers, name: bytes) -> bytes:
    return next((value for key, value in headers if key == name), b"")
