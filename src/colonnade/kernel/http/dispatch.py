"""Answers requests: finds the route of a path, runs its guards, reads what its handler needs, and calls it.

Everything that a route's declaration says is compiled once, when the application is built (docs/adr).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from typing import Any

from msgspec import Raw, json, structs

from colonnade.kernel.core import MethodNotAllowed, NotFound, own_turn, paced
from colonnade.kernel.core.texts import Reading
from colonnade.kernel.core.turns import Turns
from colonnade.kernel.db import is_retryable
from colonnade.kernel.http.answers import JSON, Ok, Page, Response, with_warnings
from colonnade.kernel.http.bodies import Body, decoding_turns, refuse_encoding
from colonnade.kernel.http.envelope import Envelope
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.failures import failed, problem_of
from colonnade.kernel.http.handlers import Cached, Handler
from colonnade.kernel.http.idempotency import Replayed, replay_answer
from colonnade.kernel.http.parameters import Parameters, refuse_nul
from colonnade.kernel.http.paths import PathTree
from colonnade.kernel.http.preconditions import expected_version, refuse_versions
from colonnade.kernel.http.shown import AsShown, Shown

__all__ = ["Dispatcher", "Endpoint"]

LARGE_PAGE_BYTES = 256 * 1024
"""Once a route has answered with a page so large, the items of its pages are encoded one by one, in several turns."""
RETRIES = 2
"""How often a write whose transaction lost a race (40001, 40P01) is run again."""

_DATA = (Ok, Page)
_encode = json.Encoder().encode
_NO_CONTENT: Response[bytes] = Response.of(204, b"", [])


class _Compiled:
    """A handler with everything compiled that it takes to answer one request."""

    def __init__(
        self,
        handler: Handler,
        envelope: Envelope,
        body_limit_bytes: int,
        reading: Reading,
        turns: Turns,
        shown: Shown | None,
    ) -> None:
        options = handler.options
        self._handler = handler
        self._guards = handler.guards
        self._parameters = Parameters(handler.parameters, reading)
        self._success = envelope.success
        limit = options.get("request_max_body_size", body_limit_bytes)
        form = options.get("form")
        self._body = None if handler.data is None else Body(handler.data, form, limit, reading, turns)
        self._shown = shown
        self.writes = handler.method != "GET"
        self.template = handler.template
        self.cached: Cached | None = options.get("response_cache")
        self.takes_token = any("token" in one.name.lower() for one in handler.parameters)
        self.unmetered = options.get("unmetered", False)
        self._large = False

    async def answer(self, exchange: Exchange) -> Response[bytes]:
        """Return the handler's answer. Raise what refuses the request: its guards, its parameters, its body, itself."""
        handler = self._handler
        await exchange.admit(self._guards)
        if self.writes:
            self._check_write(exchange)
        values = self._parameters.read(exchange)
        try:
            if self._body is not None:
                values["data"] = await self._body.read(exchange, self._shown)
            for name, source in handler.sources:
                values[name] = source(exchange)
            made = await handler.function(**values)
        except Replayed as replayed:
            return replay_answer(replayed, exchange)
        except AsShown as unchanged:
            made = unchanged.answer
        if isinstance(made, _DATA):
            exchange.version = made.version if isinstance(made, Ok) else None
            exchange.fresh_until = made.fresh_until
            if exchange.encoded[0] is made:
                body = exchange.encoded[1]
            else:
                if self._large and isinstance(made, Page):
                    made = await _with_encoded_items(made)
                body = self._success(with_warnings(made, exchange.warnings))
                self._large |= len(body) >= LARGE_PAGE_BYTES
            return Response.of(handler.status, body, JSON)
        return _NO_CONTENT if made is None else made

    def _check_write(self, exchange: Exchange) -> None:
        """Refuse what the route does not take, before the body is read."""
        headers = exchange.request_headers
        if b"if-match" in headers:
            (expected_version if self._handler.takes_version else refuse_versions)(exchange)
        if b"content-encoding" in headers:
            refuse_encoding(exchange)
        if self._body is not None:
            self._body.check_type(exchange)


async def _with_encoded_items(page: Page[Any]) -> Page[Any]:
    items = [Raw(_encode(item)) async for item in paced(page.data)]
    await own_turn()  # putting them together copies all of it
    return structs.replace(page, data=items)


class _Refusal:
    """Stands for a route where no route has the path (`allowed` is None) or the method; OPTIONS asks for these."""

    template = cached = None
    unmetered = writes = False

    def __init__(self, allowed: str | None) -> None:
        self._allowed = allowed

    async def answer(self, exchange: Exchange) -> Response[bytes]:
        """Answer OPTIONS. Raise NotFound or MethodNotAllowed."""
        if self._allowed is None:
            raise NotFound
        if exchange.method == "OPTIONS":
            return Response.of(204, b"", [(b"allow", self._allowed.encode())])
        raise MethodNotAllowed(headers={"Allow": self._allowed})


_NO_PATH = _Refusal(None)
Endpoint = _Compiled | _Refusal


class Dispatcher:
    """The routes of one product, and the way from a request to its answer."""

    def __init__(
        self, handlers: Iterable[Handler], envelope: Envelope, body_limit_bytes: int, reading: Reading
    ) -> None:
        self._envelope = envelope
        self._tree: PathTree[_Compiled] = PathTree()
        turns = decoding_turns()
        handlers = list(handlers)
        reads = {handler.path: handler for handler in handlers if handler.method == "GET"}
        for handler in handlers:
            shown = Shown.beside(handler, reads.get(handler.path), reading)
            compiled = _Compiled(handler, envelope, body_limit_bytes, reading, turns, shown)
            self._tree.add(handler.method, handler.path, compiled)

    def find(self, exchange: Exchange) -> Endpoint:
        """Return the route of a request, or what refuses it; set its template and the values in its path."""
        path, method = exchange.path, exchange.method
        routes, texts = self._tree.find(path)
        if routes is None or "\x00" in path:
            return _NO_PATH
        found = routes.by_method.get("GET" if method == "HEAD" else method)
        if found is None:
            return _Refusal(routes.allowed())
        endpoint, readers = found
        if readers:
            try:
                exchange.path_values = {
                    name: read(text) for (name, read), text in zip(readers, texts, strict=True)
                }
            except ValueError:
                return _NO_PATH
        exchange.template = endpoint.template
        exchange.personal = endpoint.takes_token
        return endpoint

    async def answer(self, exchange: Exchange, endpoint: Endpoint) -> Response[bytes]:
        """Return the answer of `endpoint`, of an error too; run a write again if its transaction lost a race."""
        if endpoint.writes:
            exchange.attempts_left = RETRIES
        while True:
            try:
                refuse_nul(exchange.query)
                return await endpoint.answer(exchange)
            except Exception as error:
                if exchange.attempts_left <= 0 or not is_retryable(error):
                    return failed(exchange, problem_of(error), self._envelope)
            exchange.start_over()
            await asyncio.sleep(random.uniform(0.002, 0.03))  # noqa: S311 - jitter, no secret
