"""The outermost layer of a product: everything that requests and answers have in common, whatever the route.

Request id, client address, CORS, the global rate limit, cached answers, security headers, ETag, compression,
the request log and metrics are here, as one ASGI application around Litestar. It answers a cached GET without
calling Litestar at all. Errors raised here have the product's shape too.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from colonnade.kernel.cache import Entry, ResponseCache, cache_key, serve_cached
from colonnade.kernel.core import Invalid, NotFound, Problem, TooManyRequests
from colonnade.kernel.http.answering import Collector, Replay, Sender, without_body, without_empty
from colonnade.kernel.http.cached import CacheRules
from colonnade.kernel.http.cors import Cors
from colonnade.kernel.http.envelope import Envelope
from colonnade.kernel.http.exchange import SCOPE_KEY, Exchange, Network, client_address, forwarded_for
from colonnade.kernel.http.failures import LIST_METHODS, problem_of
from colonnade.kernel.http.headers import HOME_HEADERS, STRICT_CSP, Headers, absent_from, complete
from colonnade.kernel.limits import address_bucket, limit_headers
from colonnade.kernel.observe import RequestMetrics, bind_request, request_log
from colonnade.kernel.pages import prefers_html

__all__ = ["Edge"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]

RETRIES = 2

# Unique without a system call per request: a random part per process, then a number.
_new_ids = map(f"{secrets.token_hex(11)}{{:010x}}".format, itertools.count())
_NOTHING = re.compile(r"(?!)")
_METHODS = {"HEAD": "GET", "OPTIONS": LIST_METHODS}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}\Z")


class Edge:
    """One product's ASGI application: `inner` (Litestar) with everything that is common to all routes.

    Every answered request is counted and logged under its route's template; `unmetered` paths, and requests whose
    `METHOD path` matches `own_budget`, spend nothing of the global budget. `has_home`: there is a route at `/`.
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
        metrics: RequestMetrics,
        unmetered: frozenset[str] = frozenset(),
        own_budget: re.Pattern[str] = _NOTHING,
        has_home: bool = False,
    ) -> None:
        self._has_home = has_home
        self._home_page: Callable[..., bytes] | None = None
        self._inner = inner
        self._services = services
        self._envelope = envelope
        self._cache = cache
        self._rules = rules
        self._cors = cors
        self._trusted = trusted
        self._security = security
        self._metrics = metrics
        self._name = metrics.product
        self._unmetered = unmetered
        self._own_budget = own_budget
        self._meter = services.limiter.meter(services.budgets["global"])
        self._idle: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request_headers: dict[bytes, bytes] = dict(scope["headers"])
        given = request_headers.get(b"x-request-id")
        request_id = given.decode() if given is not None and _REQUEST_ID.match(given) else next(_new_ids)
        exchange = Exchange(
            self._services,
            request_id,
            client_address(
                scope.get("client"),
                forwarded_for(scope["headers"]) if self._trusted else None,
                self._trusted,
            ),
            request_headers,
            scope["path"],
            scope.get("root_path", ""),
            scope.get("client"),
        )
        scope[SCOPE_KEY] = exchange
        self._metrics.in_flight += 1
        try:
            await self._answer(exchange, scope, receive, send)
        except Exception as error:
            if exchange.status:
                raise
            await self._send_problem(exchange, send, problem_of(error))
        finally:
            self._metrics.in_flight -= 1
            self._observe(exchange, scope)
            if self._idle is not None and not self._metrics.in_flight:
                self._idle.set()

    def show_at_home(self, page: Callable[..., bytes]) -> None:
        """Answer browsers that ask for `/` with `page(scope=…)`, as UTF-8 HTML, if there is no route."""
        if not self._has_home:
            self._home_page = page

    async def drain(self, seconds: float) -> bool:
        """Wait until no request is in flight; return False if some still are after `seconds`."""
        self._idle = asyncio.Event()
        if not self._metrics.in_flight:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def give_up(self, exchange: Exchange, send: Send, problem: Problem) -> None:
        """Answer a request whose handler was cancelled by the shutdown, and close its connection."""
        await self._send_problem(exchange, send, problem, [(b"connection", b"close")])

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
        path = scope["path"]
        if path not in self._unmetered and not self._own_budget.fullmatch(f"{method} {path}"):
            decision = self._meter.spend(address_bucket(exchange.address))
            exchange.decisions.append(decision)
            if not decision.allowed:
                await self._send_problem(
                    exchange, send, TooManyRequests(retry_after_seconds=decision.reset_seconds)
                )
                return
        if method in ("GET", "HEAD"):
            if path == "/" and self._home_page is not None:
                await self._send_home(exchange, scope, send, self._home_page)
                return
            if b"authorization" not in exchange.request_headers:
                entry = await self._cached(exchange, scope, receive)
                if entry is not None:
                    exchange.status = entry.status
                    exchange.cached = True
                    more = absent_from(entry.names, self._common(exchange))
                    exchange.status = await serve_cached(entry, scope, send, more)
                    return
            if method == "HEAD":
                send = without_body(send)
        bind_request(exchange.request_id)
        await self._run(exchange, self._inner_scope(scope), receive, send)

    def _inner_scope(self, scope: Scope) -> Scope:
        """Return a copy of the scope for Litestar: HEAD as GET, no empty parameters, no prefix to remove again.

        OPTIONS becomes a method that no route has, so that the error lists the path's methods. A copy, because the
        server reads the original later, and another attempt starts from it. Raise NotFound and Invalid for NUL.
        """
        query = scope["query_string"]
        if "\x00" in scope["path"]:
            raise NotFound
        if b"%00" in query:
            raise _nul_in(query)
        method = _METHODS.get(scope["method"], scope["method"])
        return {**scope, "method": method, "query_string": without_empty(query), "root_path": ""}

    async def _cached(self, exchange: Exchange, scope: Scope, receive: Receive) -> Entry | None:
        rule = self._rules.find(scope["path"])
        if rule is None or rule.cached is None:
            return None
        exchange.template = rule.template
        # A redirect's address contains the prefix of the request.
        key = cache_key(scope["path"], scope["query_string"], prefix=exchange.root_path)
        entry = self._cache.get(key)
        if entry is not None:
            return entry

        built_here = False

        async def build() -> Entry:
            nonlocal built_here
            built_here = True
            bind_request(exchange.request_id)
            collected = Collector()
            await self._inner(self._inner_scope(scope), receive, collected)
            return collected.entry(exchange)

        entry = await self._cache.get_or_build(key, build, rule.cached.ttl_seconds, rule.cached.tags)
        # An error that another request built contains that request's id: build our own.
        return entry if built_here or entry.status < 400 else None

    async def _run(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        """Call Litestar; run the handler again if its transaction lost a race (40001, 40P01)."""

        async def finish(message: Message) -> None:
            if not exchange.retry:
                await sender(message)

        sender = Sender(exchange, scope, send, self._common)
        if scope["method"] == "GET":
            await self._inner(scope, receive, finish)
            exchange.template = scope.get("path_template")
            return
        replay = Replay(receive, exchange)
        exchange.attempts_left = RETRIES
        while True:
            attempt = {**scope, "state": dict(scope.get("state") or {})}
            await self._inner(attempt, replay, finish)
            exchange.template = attempt.get("path_template")
            if not exchange.retry:
                return
            exchange.start_over()
            replay.rewind()
            await asyncio.sleep(random.uniform(0.002, 0.03))  # noqa: S311 - jitter, no secret

    def _observe(self, exchange: Exchange, scope: Scope) -> None:
        seconds = time.perf_counter() - exchange.started
        route = exchange.template or "unmatched"
        caller = exchange.caller
        self._metrics.observe(scope["method"], route, exchange.status, seconds)
        request_log.write(
            self._name,
            scope["method"],
            route,
            exchange.status,
            seconds,
            ip=exchange.address,
            user=caller.id if caller else None,
            request_id=exchange.request_id,
        )

    def _common(self, exchange: Exchange) -> Headers:
        """Return the headers that every answer gets unless it has its own of the same name."""
        headers: Headers = [
            *self._security,
            (b"x-request-id", exchange.request_id.encode()),
            *limit_headers(exchange.decisions),
        ]
        origin = exchange.request_headers.get(b"origin")
        if origin is not None:
            headers.extend(self._cors.answer(origin))
        return headers

    async def _send_home(
        self, exchange: Exchange, scope: Scope, send: Send, page: Callable[..., bytes]
    ) -> None:
        """Send the page that stands in for a route at `/`, or 404 to programs, which do not ask for HTML."""
        accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
        if scope["method"] == "HEAD":
            send = without_body(send)
        if prefers_html(accept.decode("latin-1")):
            await self._send_plain(exchange, send, 200, HOME_HEADERS, page(scope=scope))
        else:
            await self._send_problem(exchange, send, NotFound(), [(b"vary", b"Accept")])

    async def _send_problem(
        self, exchange: Exchange, send: Send, problem: Problem, more: Headers | None = None
    ) -> None:
        """Send an error that did not pass through Litestar; the server itself omits the body for HEAD."""
        body = self._envelope.failure(problem, exchange.request_id)
        exchange.headers = [
            (name.lower().encode(), value.encode()) for name, value in problem.headers.items()
        ]
        headers = [*exchange.headers, (b"content-type", b"application/json"), *(more or ())]
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
                "headers": complete(
                    [*headers, *length],
                    [
                        *self._common(exchange),
                        (b"vary", b"Origin"),
                        (b"cache-control", b"no-store"),
                        STRICT_CSP,
                    ],
                ),
            }
        )
        await send({"type": "http.response.body", "body": body})


def _nul_in(query: bytes) -> Invalid:
    """Return the error for a query with a NUL, which PostgreSQL cannot store and no parameter needs."""
    part = next(part for part in query.split(b"&") if b"%00" in part)
    name = part.partition(b"=")[0].decode("latin-1")
    if not _NAME.match(name):
        return Invalid("The query contains a NUL character.")
    return Invalid(fields={name: "The text contains a NUL character"})
