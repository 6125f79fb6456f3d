"""The outermost layer of a product: everything that requests and answers have in common, whatever the route.

Request id, client address, CORS, the global rate limit, cached answers, the request log and metrics are here, as one
ASGI application around the dispatcher; a cached GET is answered without calling its handler, and without a task.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping, Sequence
from typing import Any

from colonnade.kernel.cache import Entry, ResponseCache, cache_key, serve_at_once, serve_cached
from colonnade.kernel.core import BadRequest, NotFound, Unavailable
from colonnade.kernel.core.addresses import Network, client_address, forwarded_for
from colonnade.kernel.core.asgi import WHOLE_BODY
from colonnade.kernel.http.answering import Sender, entry_of
from colonnade.kernel.http.answers import Response
from colonnade.kernel.http.cors import Cors
from colonnade.kernel.http.dispatch import Dispatcher, Endpoint
from colonnade.kernel.http.envelope import Envelope
from colonnade.kernel.http.exchange import Exchange, body_not_there
from colonnade.kernel.http.failures import failed, problem_of
from colonnade.kernel.http.headers import HOME_HEADERS, VARY_BY_ORIGIN, Headers
from colonnade.kernel.http.persons import person_of
from colonnade.kernel.http.repeats import joined
from colonnade.kernel.http.visits import UnknownProxies
from colonnade.kernel.limits import budget_spent
from colonnade.kernel.observe import (
    RequestMetrics,
    bind_request,
    count_statements_here,
    request_log,
    slow_requests,
    traced,
)
from colonnade.kernel.pages import prefers_html

__all__ = ["Edge"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Unique without a system call per request: a random part per process, then a number.
_new_ids = map(f"{secrets.token_hex(11)}{{:010x}}".format, itertools.count())
_HOST = re.compile(rb'[^\x00-\x20\x7f-\xff"#/<>?\\^`{|}]*\Z')
"""A Host header: without what ends the host in a URL, and what stands in none (RFC 3986, 3.2)."""
_NONE: Scope = {}
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}\Z")


class Edge:
    """One product's ASGI application: its routes, with everything that is common to all of them.

    Every answered request is counted and logged under its route's template; cached answers, `unmetered` paths, and
    routes that spend a budget of their own, spend nothing of the global budget. `has_home`: there is a route at `/`.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        *,
        services: Any,
        envelope: Envelope,
        cache: ResponseCache,
        cors: Cors,
        trusted: Sequence[Network],
        security: Headers,
        metrics: RequestMetrics,
        unmetered: frozenset[str] = frozenset(),
        has_home: bool = False,
    ) -> None:
        self._has_home = has_home
        self._home_page: Callable[..., bytes] | None = None
        self._dispatcher = dispatcher
        self._answer_of = traced(dispatcher.answer, metrics.product)
        self._services = services
        self._envelope = envelope
        self._cache = cache
        self._cors = cors
        self._sender = Sender(security, cors)
        self._trusted = trusted
        self._unknown_proxies = UnknownProxies(trusted)
        self._metrics = metrics
        self._name = metrics.product
        self._unmetered = unmetered
        self._meter = services.limiter.meter(services.budgets["global"])
        self._slow_seconds: float = services.settings.slow_request_seconds
        self._crowds = services.limiter.meter(services.budgets["global"].crowd)
        self._idle: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        await self._answer(self._exchange(scope, receive), scope, send)

    def begin(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None] | None:
        """Answer a request for which nothing has to be waited for, from the cache above all; return None then.

        Return what answers others, which has to be awaited. Never raise.
        """
        exchange = self._exchange(scope, receive)
        prepared = exchange.prepared
        if isinstance(prepared, Entry):
            exchange.status = serve_at_once(
                prepared, scope, self._sender.lines_beside(exchange, prepared.names)
            )
        elif isinstance(prepared, Response):
            exchange.status = self._sender.send_at_once(exchange, scope, prepared, vary=VARY_BY_ORIGIN)
        if not exchange.status:
            return self._answer(exchange, scope, send)
        self._observe(exchange)
        return None

    def _exchange(self, scope: Scope, receive: Receive) -> Exchange:
        """Make the exchange of a request, and prepare its answer as far as that needs no waiting."""
        request_headers: dict[bytes, bytes] = dict(scope["headers"])
        repeated = None
        if len(request_headers) != len(scope["headers"]):
            request_headers, repeated = joined(scope["headers"])
            scope["headers"] = [*request_headers.items()]
        given = request_headers.get(b"x-request-id")
        if b"x-forwarded-for" in request_headers or b"forwarded" in request_headers:
            self._unknown_proxies.notice(scope.get("client"), request_headers)
        exchange = Exchange(
            self._services,
            given.decode() if given is not None and _REQUEST_ID.match(given) else next(_new_ids),
            client_address(
                scope.get("client"),
                forwarded_for(scope["headers"]) if self._trusted else None,
                self._trusted,
            ),
            request_headers,
            scope["method"],
            scope["path"],
            scope["query_string"],
            scope.get("root_path", ""),
            scope.get("client"),
            receive,
            (scope.get("extensions") or _NONE).get(WHOLE_BODY, body_not_there),
        )
        try:
            exchange.prepared = self._prepare(exchange, scope, repeated)
        except Exception as error:
            exchange.prepared = self._failed(exchange, error)
        return exchange

    def _failed(self, exchange: Exchange, error: Exception) -> Response[bytes]:
        return failed(exchange, problem_of(error), self._envelope)

    def show_at_home(self, page: Callable[..., bytes]) -> None:
        """Answer browsers that ask for `/` with `page(scope=…)`, as UTF-8 HTML, if there is no route."""
        if not self._has_home:
            self._home_page = page

    async def drain(self, seconds: float) -> bool:
        """Wait until no request is in flight; return False if some still are after `seconds`."""
        self._idle = asyncio.Event()
        await asyncio.sleep(0)  # the tasks of requests that have just come count themselves
        if not self._metrics.in_flight:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def _prepare(
        self, exchange: Exchange, scope: Scope, repeated: bytes | None
    ) -> Endpoint | Entry | Response[bytes]:
        """Return the answer itself, or the cached one, or the route that answers. Raise what refuses the request."""
        headers = exchange.request_headers
        method = exchange.method
        if method == "OPTIONS" and b"access-control-request-method" in headers and b"origin" in headers:
            return Response.of(204, b"", self._cors.preflight(headers[b"origin"]))
        route = self._dispatcher.find(exchange)
        metered = not route.unmetered and exchange.path not in self._unmetered
        well_formed = repeated is None and _HOST.match(headers.get(b"host", b"")) is not None
        reads = method in ("GET", "HEAD")
        if reads and well_formed and route.cached is not None and b"authorization" not in headers:
            # A redirect's address contains the prefix of the request.
            exchange.cache_key = cache_key(exchange.path, exchange.query, prefix=exchange.root_path)
            if (entry := self._cache.get(exchange.cache_key)) is not None:
                # It costs next to nothing and spends nothing, but says what is left.
                if metered:
                    exchange.decisions.append(self._meter.peek(person_of(exchange).key))
                return entry
        if metered:
            self._spend(exchange)
        if repeated is not None:
            raise BadRequest(f"The header {repeated.decode('latin-1')} was sent twice.")
        if not well_formed:
            raise BadRequest
        if reads and exchange.path == "/" and self._home_page is not None:
            return self._home(scope, self._home_page)
        return route

    def _spend(self, exchange: Exchange) -> None:
        """Take one of the global budget for whom the request counts as. Raise TooManyRequests if it is spent."""
        person = person_of(exchange)
        decision = self._meter.spend(person.key)
        exchange.decisions.append(decision)
        if decision.allowed and person.crowd is not None:
            decision = self._crowds.spend(person.crowd)
        if not decision.allowed:
            raise budget_spent(decision)

    async def _answer(self, exchange: Exchange, scope: Scope, send: Send) -> None:
        """Answer a request; also one whose handler raises, and one that is cancelled by the shutdown."""
        self._metrics.in_flight += 1
        try:
            await self._answer_prepared(exchange, scope, send)
        except Exception as error:
            if exchange.status:
                raise
            exchange.headers.clear()
            await self._send_own(exchange, scope, send, self._failed(exchange, error))
        except asyncio.CancelledError:
            if exchange.status or not self._services.shutdown.begun:
                raise
            exchange.headers[:] = [(b"connection", b"close")]
            await self._send_own(exchange, scope, send, self._failed(exchange, _stopping()))
        finally:
            self._metrics.in_flight -= 1
            self._observe(exchange)
            if self._idle is not None and not self._metrics.in_flight:
                self._idle.set()

    async def _answer_prepared(self, exchange: Exchange, scope: Scope, send: Send) -> None:
        prepared = exchange.prepared
        if isinstance(prepared, Response):
            await self._send_own(exchange, scope, send, prepared)
            return
        if not isinstance(prepared, Entry) and exchange.cache_key is not None:
            prepared = await self._build(exchange, prepared, exchange.cache_key) or prepared
        if isinstance(prepared, Entry):
            exchange.status = prepared.status
            lines = self._sender.lines_beside(exchange, prepared.names)
            exchange.status = await serve_cached(prepared, scope, send, lines)
            return
        await self._sender.send(exchange, scope, send, await self._called(exchange, prepared))

    async def _called(self, exchange: Exchange, route: Endpoint) -> Response[bytes]:
        """Return the answer of a request's route; its log lines have the request's id, its statements are counted."""
        bind_request(exchange.request_id)
        exchange.statements = count_statements_here()
        answer: Response[bytes] = await self._answer_of(exchange, route)
        exchange.answered = time.perf_counter()
        return answer

    async def _send_own(self, exchange: Exchange, scope: Scope, send: Send, answer: Response[bytes]) -> None:
        """Send what no route has answered."""
        await self._sender.send(exchange, scope, send, answer, vary=VARY_BY_ORIGIN)

    async def _build(self, exchange: Exchange, route: Endpoint, key: str) -> Entry | None:
        """Return the answer of `route` from the cache; it may be another request's. None for another one's error."""
        cached = route.cached
        assert cached is not None
        built_here = False

        async def build() -> Entry:
            nonlocal built_here
            built_here = True
            return await entry_of(exchange, await self._called(exchange, route))

        entry = await self._cache.get_or_build(key, build, cached.ttl_seconds, cached.tags)
        # An error that another request built contains that request's id: build our own.
        return entry if built_here or entry.status < 400 else None

    def _home(self, scope: Scope, page: Callable[..., bytes]) -> Response[bytes]:
        """Return the page that stands in for a route at `/`. Raise NotFound for programs, which ask for no HTML."""
        accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
        if not prefers_html(accept.decode("latin-1")):
            raise NotFound(headers={"Vary": "Accept"})
        return Response.of(200, page(scope=scope), HOME_HEADERS)

    def _observe(self, exchange: Exchange) -> None:
        seconds = time.perf_counter() - exchange.started
        route = exchange.template or "unmatched"
        caller = exchange.caller
        if seconds > self._slow_seconds and exchange.statements is not None:
            self._warn_if_slow(exchange, route)
        self._metrics.observe(exchange.method, route, exchange.status, seconds)
        request_log.write(
            self._name,
            exchange.method,
            route,
            exchange.status,
            seconds,
            ip=exchange.address,
            user=caller.id if caller else None,
            request_id=exchange.request_id,
        )

    def _warn_if_slow(self, exchange: Exchange, route: str) -> None:
        """Warn of a request if the server was slow, not its client, whose body or reading may take as long."""
        seconds = (exchange.answered or time.perf_counter()) - exchange.started - exchange.waited
        if seconds <= self._slow_seconds:
            return
        slow_requests.warn(
            self._name,
            exchange.method,
            route,
            exchange.status,
            seconds,
            statements=exchange.statements,
            user_agent=exchange.user_agent,
            ip=exchange.address,
            user=exchange.caller.id if exchange.caller else None,
            request_id=exchange.request_id,
        )


def _stopping() -> Unavailable:
    return Unavailable("The server is stopping. Please try again in a moment.", retry_after_seconds=1)
