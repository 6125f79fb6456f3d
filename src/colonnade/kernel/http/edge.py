"""The outermost layer of a product: what every request and every answer has, whatever the route.

Request id, client address, CORS, the global rate limit, cached answers, security headers, ETag, compression,
the request log and metrics are here, as one ASGI application around Litestar. It answers a cached GET without
waking Litestar at all. Errors raised here have the product's shape too.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from colonnade.kernel.cache import Entry, ResponseCache, cache_key, etag_of, matches, serve_cached
from colonnade.kernel.core import Problem, TooManyRequests
from colonnade.kernel.http.cached import CacheRules
from colonnade.kernel.http.cors import Cors
from colonnade.kernel.http.envelope import Envelope
from colonnade.kernel.http.exchange import SCOPE_KEY, Exchange, Network, client_address
from colonnade.kernel.http.failures import problem_of
from colonnade.kernel.limits import address_bucket, limit_headers

__all__ = ["Edge", "security_headers"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

COMPRESS_FROM_BYTES = 1_400
RETRIES = 2
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}\Z")
_COMPRESSIBLE = (b"application/json", b"text/", b"application/javascript", b"image/svg+xml")


def security_headers(*, https_only: bool) -> Headers:
    """Headers that keep a browser from misusing an API's answers (OWASP Secure Headers)."""
    headers: Headers = [
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
    ]
    if https_only:
        headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
    return headers


STRICT_CSP = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class Edge:
    """One product's ASGI application: `inner` (Litestar) with everything that is common to all routes.

    `observe(exchange, scope)` is called once per answered request.
    """

    def __init__(
        self,
        inner: Asgi,
        *,
        services: Any,
        envelope: Envelope,
        cache: ResponseCache,
        rules: CacheRules,
        cors: Cors,
        trusted: Sequence[Network],
        security: Headers,
        observe: Callable[[Exchange, Scope], None],
    ) -> None:
        self._inner = inner
        self._services = services
        self._envelope = envelope
        self._cache = cache
        self._rules = rules
        self._cors = cors
        self._trusted = trusted
        self._security = security
        self._observe = observe
        self._meter = services.limiter.meter(services.budgets["global"])
        self.in_flight = 0
        self._idle: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request_headers: dict[bytes, bytes] = dict(scope["headers"])
        given = request_headers.get(b"x-request-id")
        request_id = given.decode() if given is not None and _REQUEST_ID.match(given) else uuid.uuid4().hex
        exchange = Exchange(
            self._services,
            request_id,
            client_address(scope.get("client"), request_headers.get(b"x-forwarded-for"), self._trusted)
            if self._trusted
            else scope["client"][0],
            request_headers,
            scope["path"],
            scope.get("root_path", ""),
        )
        scope[SCOPE_KEY] = exchange
        self.in_flight += 1
        try:
            await self._answer(exchange, scope, receive, send)
        except Exception as error:
            if exchange.status:
                raise
            await self._send_problem(exchange, send, problem_of(error))
        finally:
            self.in_flight -= 1
            self._observe(exchange, scope)
            if self._idle is not None and not self.in_flight:
                self._idle.set()

    async def drain(self, seconds: float) -> bool:
        """Wait until no request is being answered; False when some still are after `seconds`."""
        self._idle = asyncio.Event()
        if not self.in_flight:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        origin = exchange.request_headers.get(b"origin")
        if (
            method == "OPTIONS"
            and origin is not None
            and b"access-control-request-method" in exchange.request_headers
        ):
            await self._send_plain(exchange, send, 204, self._cors.preflight(origin))
            return
        decision = self._meter.spend(address_bucket(exchange.address))
        exchange.decisions.append(decision)
        if not decision.allowed:
            await self._send_problem(
                exchange, send, TooManyRequests(retry_after_seconds=decision.reset_seconds)
            )
            return
        if method in ("GET", "HEAD"):
            if b"authorization" not in exchange.request_headers:
                entry = await self._cached(exchange, scope, receive)
                if entry is not None:
                    exchange.status = entry.status
                    exchange.cached = True
                    await serve_cached(entry, scope, send, self._common(exchange))
                    return
            if method == "HEAD":
                scope["method"] = "GET"
                send = _without_body(send)
        scope["query_string"] = _without_empty(scope["query_string"])
        await self._run(exchange, scope, receive, send)

    async def _cached(self, exchange: Exchange, scope: Scope, receive: Receive) -> Entry | None:
        key = cache_key(scope["path"], scope["query_string"])
        entry = self._cache.get(key)
        if entry is not None:
            return entry
        rule = self._rules.find(scope["path"])
        if rule is None:
            return None

        built_here = False

        async def build() -> Entry:
            nonlocal built_here
            built_here = True
            collected = _Collector()
            inner_scope = {**scope, "method": "GET", "query_string": _without_empty(scope["query_string"])}
            await self._inner(inner_scope, receive, collected)
            scope["path_template"] = inner_scope.get("path_template", "")
            return collected.entry(exchange)

        entry = await self._cache.get_or_build(key, build, rule.ttl_seconds, rule.tags)
        # Somebody else's error names their request: ask again for ourselves.
        return entry if built_here or entry.status < 400 else None

    async def _run(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        """Call Litestar; a transaction that lost a race (40001, 40P01) is run again from the start."""
        started = False

        async def finish(message: Message) -> None:
            nonlocal started
            if exchange.retry:
                return
            started = True
            await sender(message)

        sender = _Sender(self, exchange, scope, send)
        if scope["method"] == "GET":
            await self._inner(scope, receive, finish)
            return
        replay = _Replay(receive)
        exchange.attempts_left = RETRIES
        original = dict(scope)
        while True:
            await self._inner(scope, replay, finish)
            if not exchange.retry or started or not replay.complete:
                return
            exchange.retry = False
            exchange.attempts_left -= 1
            exchange.headers.clear()
            del exchange.decisions[1:]
            scope.clear()
            scope.update(original)
            replay.rewind()

    def _common(self, exchange: Exchange) -> Headers:
        """Headers of every answer."""
        headers: Headers = [
            *self._security,
            (b"x-request-id", exchange.request_id.encode()),
            *limit_headers(exchange.decisions),
        ]
        origin = exchange.request_headers.get(b"origin")
        if origin is not None:
            headers.extend(self._cors.answer(origin))
        return headers

    async def _send_problem(self, exchange: Exchange, send: Send, problem: Problem) -> None:
        body = self._envelope.failure(problem, exchange.request_id)
        headers = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
        headers.append((b"content-type", b"application/json"))
        await self._send_plain(exchange, send, problem.status, headers, body)

    async def _send_plain(
        self, exchange: Exchange, send: Send, status: int, headers: Headers, body: bytes = b""
    ) -> None:
        exchange.status = status
        length = [] if status == 204 else [(b"content-length", b"%d" % len(body))]
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    *self._common(exchange),
                    *headers,
                    *length,
                    (b"vary", b"Origin"),
                    (b"cache-control", b"no-store"),
                    STRICT_CSP,
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})


def _without_empty(query: bytes) -> bytes:
    """`a=&b=1` as `b=1`: an empty parameter counts as absent."""
    if b"=&" in query or query.endswith(b"="):
        return b"&".join(part for part in query.split(b"&") if not part.endswith(b"="))
    return query


def _without_body(send: Send) -> Send:
    async def headers_only(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return headers_only


class _Replay:
    """Hands out the request's messages and can start over."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: list[Message] = []
        self._next = 0
        self.complete = True
        self._size = 0

    async def __call__(self) -> Message:
        if self._next < len(self._kept):
            message = self._kept[self._next]
        else:
            message = await self._receive()
            self._size += len(message.get("body", b""))
            if self._size > 2**20:
                self.complete = False
                self._kept.clear()
                self._next = -1
                return message
            self._kept.append(message)
        self._next += 1
        return message

    def rewind(self) -> None:
        self._next = 0


class _Collector:
    """Takes an answer as a cache entry instead of sending it."""

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
        headers = [
            *self.headers,
            *exchange.headers,
            (b"cache-control", b"public, no-cache" if self.status == 200 else b"no-store"),
            (b"vary", b"Origin, Accept-Encoding, Authorization"),
            STRICT_CSP,
        ]
        return Entry.build(
            status=self.status,
            headers=[pair for pair in headers if pair[0] not in (b"content-length", b"etag")],
            body=self.body,
            etag=_etag(exchange, self.body) if self.status == 200 else None,
            fresh_until=exchange.fresh_until,
        )


def _etag(exchange: Exchange, body: bytes) -> bytes:
    """A strong ETag; a versioned answer carries its version in front, for `If-Match`."""
    tag = etag_of(body)
    return tag if exchange.version is None else b'"v%d-%s"' % (exchange.version, tag.strip(b'"'))


class _Sender:
    """Completes an answer of Litestar on its way out: common headers, ETag and 304, compression."""

    def __init__(self, edge: Edge, exchange: Exchange, scope: Scope, send: Send) -> None:
        self._edge = edge
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
        headers: Headers = [*start["headers"], *self._exchange.headers]
        body: bytes = message.get("body", b"")
        whole = not message.get("more_body", False)
        if whole:
            status, headers, body = self._complete(status, headers, body)
        self._exchange.status = status
        present = {name for name, _ in headers}
        if b"cache-control" not in present:
            headers.append((b"cache-control", b"no-store"))
        if b"content-security-policy" not in present:
            headers.append(STRICT_CSP)
        headers.append((b"vary", b"Origin, Accept-Encoding"))
        headers.extend(self._edge._common(self._exchange))
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body, "more_body": not whole})

    def _complete(self, status: int, headers: Headers, body: bytes) -> tuple[int, Headers, bytes]:
        exchange = self._exchange
        headers = [pair for pair in headers if pair[0] != b"content-length"]
        if status == 200 and self._scope["method"] == "GET" and not _has(headers, b"etag"):
            tag = _etag(exchange, body)
            headers.append((b"etag", tag))
            if not _has(headers, b"cache-control"):
                private = b"authorization" in exchange.request_headers
                headers.append((b"cache-control", b"private, no-cache" if private else b"public, no-cache"))
            if_none_match = exchange.request_headers.get(b"if-none-match")
            if if_none_match is not None and matches(if_none_match, tag):
                return 304, [pair for pair in headers if pair[0] != b"content-type"], b""
        elif exchange.version is not None:
            headers.append((b"etag", _etag(exchange, body)))
        if (
            len(body) >= COMPRESS_FROM_BYTES
            and b"gzip" in exchange.request_headers.get(b"accept-encoding", b"")
            and not _has(headers, b"content-encoding")
            and _value(headers, b"content-type").startswith(_COMPRESSIBLE)
        ):
            body = gzip.compress(body, 4, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        if status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(body)))
        return status, headers, body


def _has(headers: Headers, name: bytes) -> bool:
    return any(key == name for key, _ in headers)


def _value(headers: Headers, name: bytes) -> bytes:
    return next((value for key, value in headers if key == name), b"")


def elapsed_ms(exchange: Exchange) -> float:
    """Milliseconds since the request came in."""
    return (time.perf_counter() - exchange.started) * 1000
