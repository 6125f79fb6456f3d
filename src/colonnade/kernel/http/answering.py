"""Completes answers on their way out: the headers of every answer, ETag and 304, compression; and sends them.

An answer whose body is complete is written whole, as bytes, where the server takes it so (see `protocol`).
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from typing import Any

from colonnade.kernel.cache import (
    LARGE_BYTES,
    Entry,
    accepts_gzip,
    etag_of,
    head_lines,
    header_pairs,
    matches,
    status_line,
)
from colonnade.kernel.core.asgi import WHOLE_ANSWER
from colonnade.kernel.http.answers import JSON, Response, Stream
from colonnade.kernel.http.cors import Cors
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.headers import STRICT_CSP, VARY, VARY_BY_ORIGIN, Headers, absent_from, complete
from colonnade.kernel.limits import limit_lines

__all__ = ["Sender", "entry_of"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Whole = Callable[[bytes, bytes], bool]

MIN_GZIP_BYTES = 1_400
_COMPRESSIBLE = (b"application/json", b"text/", b"application/javascript", b"image/svg+xml")
_NO_STORE = (b"cache-control", b"no-store")
_PUBLIC = (b"cache-control", b"public, no-cache")
_CLOSE = (b"connection", b"close")
_CACHED_JSON = (*JSON, _PUBLIC, VARY, STRICT_CSP)
_FOUND = head_lines(JSON) + b"etag: %b\r\ncache-control: %b\r\ncontent-length: %d\r\n"
"""The head of the most frequent answer, an unconditional GET's, in the order in which `_complete` puts them."""
_MAX_REMEMBERED = 256
_EMPTY: Message = {"type": "http.response.body", "body": b""}


def etag_for(exchange: Exchange, body: bytes) -> bytes:
    """Return a strong ETag; that of a versioned answer begins with the version, for `If-Match`."""
    tag = exchange.hashed[1] if exchange.hashed[0] is body else etag_of(body)
    return tag if exchange.version is None else b'"v%d-%s"' % (exchange.version, tag.strip(b'"'))


async def _hash(exchange: Exchange, body: bytes) -> None:
    """Make the ETag of a large body in a thread, for `etag_for`."""
    exchange.hashed = (body, await asyncio.to_thread(etag_of, body))


async def entry_of(exchange: Exchange, answer: Response[bytes]) -> Entry:
    """Return the answer as an entry of the cache, without what belongs to this request alone."""
    body = answer.body
    if isinstance(answer, Stream):
        body = b"".join([part async for part in answer.parts])
    if len(body) >= LARGE_BYTES:
        await _hash(exchange, body)
    if answer.headers is JSON and not exchange.headers and answer.status == 200:
        headers: Iterable[tuple[bytes, bytes]] = _CACHED_JSON
    else:
        caching = _PUBLIC if answer.status == 200 else _NO_STORE
        headers = complete(_checked(exchange, answer), [caching, VARY, STRICT_CSP])
    return Entry.build(
        status=answer.status,
        headers=headers,
        body=body,
        etag=etag_for(exchange, body) if answer.status == 200 else None,
        fresh_until=exchange.fresh_until,
    )


class Sender:
    """Sends the answers of one product. `security` are headers of every answer that has none of the same name."""

    def __init__(self, security: Sequence[tuple[bytes, bytes]], cors: Cors) -> None:
        self._cors = cors
        self._security = [*security]
        self._common = {vary: [vary, STRICT_CSP, *security] for vary in (VARY, VARY_BY_ORIGIN)}
        self._common_lines = {vary: head_lines(headers) for vary, headers in self._common.items()}
        self._security_lines: dict[frozenset[bytes], bytes] = {}

    async def send(
        self,
        exchange: Exchange,
        scope: Scope,
        send: Send,
        answer: Response[bytes],
        *,
        vary: tuple[bytes, bytes] = VARY,
    ) -> None:
        """Complete `answer` and send it; nothing of the exchange may be sent before.

        It is compressed only if `vary`, its header, says that it varies by what the client accepts.
        """
        if isinstance(answer, Stream):
            await self._send_stream(exchange, send, answer)
            return
        zipped = None
        if len(answer.body) >= LARGE_BYTES:
            await _hash(exchange, answer.body)
            if vary is VARY and _may_compress(exchange, answer):
                zipped = await asyncio.to_thread(_gzip, answer.body)
        status, lines, body = self._complete(exchange, answer, vary, zipped)
        exchange.status = status
        if not _write(exchange, scope, status, lines, body):
            await send({"type": "http.response.start", "status": status, "headers": header_pairs(lines)})
            await send({"type": "http.response.body", "body": body})

    def send_at_once(
        self, exchange: Exchange, scope: Scope, answer: Response[bytes], *, vary: tuple[bytes, bytes]
    ) -> int:
        """Complete `answer` and write it; return its status, or 0 if the server cannot take it now."""
        status, lines, body = self._complete(exchange, answer, vary, None)
        return status if _write(exchange, scope, status, lines, body) else 0

    def lines_beside(self, exchange: Exchange, names: frozenset[bytes]) -> bytes:
        """Return the lines that a cached answer, whose headers have these names, is sent with for this request."""
        constant = self._security_lines.get(names)
        if constant is None:
            constant = head_lines(absent_from(names, self._security))
            if len(self._security_lines) < _MAX_REMEMBERED:
                self._security_lines[names] = constant
        return constant + self._own_lines(exchange)

    def _own_lines(self, exchange: Exchange) -> bytes:
        """Return what this request has in every answer: its id, its budgets, and what its origin may read."""
        lines = b"x-request-id: %b\r\n%b" % (exchange.request_id.encode(), limit_lines(exchange.decisions))
        lines += exchange.device_lines
        origin = exchange.request_headers.get(b"origin")
        return lines if origin is None else lines + head_lines(self._cors.answer(origin))

    def _complete(
        self, exchange: Exchange, answer: Response[bytes], vary: tuple[bytes, bytes], zipped: bytes | None
    ) -> tuple[int, bytes, bytes]:
        """Return status, header lines and body of what is sent: as it is, not modified, or compressed."""
        plain = answer.headers is JSON and not exchange.headers  # no name of theirs is among ours
        if plain and answer.status == 200 and exchange.method == "GET" and vary is VARY:
            headers, body = exchange.request_headers, answer.body
            if b"if-none-match" not in headers and (
                len(body) < MIN_GZIP_BYTES or b"accept-encoding" not in headers
            ):
                lines = _FOUND % (etag_for(exchange, body), _caching(exchange)[1], len(body))
                return 200, lines + self._common_lines[vary] + self._own_lines(exchange), body
        own = [pair for pair in _checked(exchange, answer) if pair[0] != b"content-length"]
        status, body = answer.status, answer.body
        if self._validate(exchange, status, own, body):
            status, body = 304, b""
            own = [pair for pair in own if pair[0] not in (b"content-type", b"content-encoding")]
        elif zipped is not None or (
            MIN_GZIP_BYTES <= len(body) < LARGE_BYTES and vary is VARY and _may_compress(exchange, answer)
        ):
            body = zipped or _gzip(body)
            # Two encodings must not share a strong tag (RFC 9110, 8.8.3.3).
            own = [(name, _weak(value) if name == b"etag" else value) for name, value in own]
            own.append((b"content-encoding", b"gzip"))
        if status in (204, 304):
            body = b""  # it would be taken for the next answer
        else:
            own.append((b"content-length", b"%d" % len(body)))
        if plain:
            lines = head_lines(own) + self._common_lines[vary]
        else:
            lines = head_lines(complete(own, self._common[vary]))
        return status, lines + self._own_lines(exchange), b"" if exchange.method == "HEAD" else body

    def _validate(self, exchange: Exchange, status: int, own: Headers, body: bytes) -> bool:
        """Add ETag and Cache-Control to an answer's own headers; return whether the client has it already."""
        caching, tag = _value(own, b"cache-control"), _value(own, b"etag")
        if status == 200 and exchange.method in ("GET", "HEAD") and caching != b"no-store":
            if not tag:
                tag = etag_for(exchange, body)
                own.append((b"etag", tag))
            if not caching:
                own.append(_caching(exchange))
            asked = exchange.request_headers.get(b"if-none-match")
            return asked is not None and matches(asked, tag)
        if exchange.version is not None and caching != b"no-store" and not tag:
            own.append((b"etag", etag_for(exchange, body)))
        if not caching:
            own.append(_NO_STORE)
        return False

    async def _send_stream(self, exchange: Exchange, send: Send, answer: Stream) -> None:
        """Send the parts as they come; end early for HEAD, and when the client is gone."""
        exchange.status = answer.status
        own = _checked(exchange, answer)
        headers = complete(own, [_NO_STORE, *self._common[VARY]]) + header_pairs(self._own_lines(exchange))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if exchange.method != "HEAD":
            gone = asyncio.create_task(_disconnected(exchange))
            try:
                async for part in answer.parts:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                    if gone.done():
                        break
            finally:
                gone.cancel()
                await _close(answer.parts)
        await send(_EMPTY)


async def _disconnected(exchange: Exchange) -> None:
    while (await exchange.receive())["type"] != "http.disconnect":
        pass


async def _close(parts: Any) -> None:
    if hasattr(parts, "aclose"):
        await parts.aclose()


def _write(exchange: Exchange, scope: Scope, status: int, lines: bytes, body: bytes) -> bool:
    """Write an answer whole, unless it closes the connection, which the server has to be told in a message."""
    whole: Whole | None = (scope.get("extensions") or {}).get(WHOLE_ANSWER)
    return whole is not None and _CLOSE not in exchange.headers and whole(status_line(status) + lines, body)


def _caching(exchange: Exchange) -> tuple[bytes, bytes]:
    """Return who may keep the answer to a GET: nobody what one person gets, everybody what visitors do."""
    return _NO_STORE if exchange.personal or b"authorization" in exchange.request_headers else _PUBLIC


def _may_compress(exchange: Exchange, answer: Response[bytes]) -> bool:
    return (
        accepts_gzip(exchange.request_headers.get(b"accept-encoding", b""))
        and not _value(answer.headers, b"content-encoding")
        and _value(answer.headers, b"content-type").startswith(_COMPRESSIBLE)
    )


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 4, mtime=0)


def _checked(exchange: Exchange, answer: Response[bytes]) -> Headers:
    """Return the headers of an answer and its exchange. Raise ValueError for one that would end the head."""
    if answer.headers is JSON and not exchange.headers:
        return JSON
    headers = [*exchange.headers, *answer.headers]
    for name, value in headers:
        if b"\n" in value or b"\r" in value or b"\x00" in value:
            raise ValueError(f"the header {name.decode()} has a line break in its value")
    return headers


def _weak(tag: bytes) -> bytes:
    return tag if tag.startswith(b"W/") else b"W/" + tag


def _value(headers: Headers, name: bytes) -> bytes:
    return next((value for key, value in headers if key == name), b"")
