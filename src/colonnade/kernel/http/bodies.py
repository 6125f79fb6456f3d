"""Reads request bodies, bounded in bytes (and in time: by the server), and decodes them strictly for handlers.

A handler takes `data: SomeStruct` (JSON, and forms if the route has a `form`) or `data: bytes`, the raw body, for a
route that checks a signature over it.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from colonnade.kernel.core import BadRequest, PayloadTooLarge, Problem, Unavailable, UnsupportedMediaType
from colonnade.kernel.core.asgi import LATE
from colonnade.kernel.core.texts import Reading
from colonnade.kernel.core.turns import Turns
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.forms import MULTIPART, boundary_of, read_form
from colonnade.kernel.http.persons import person_of
from colonnade.kernel.http.shown import Shown
from colonnade.kernel.http.strict_json import decode_body, read_body
from colonnade.kernel.text import html_fields

__all__ = ["JSON_TYPE", "Body", "decoding_turns", "refuse_encoding"]

JSON_TYPE = "application/json"
MAX_DECODED_AT_ONCE_BYTES = 32 * 1024
"""Each larger body takes up to 50 ms, and many may come together: a thread decodes them, and people take turns."""
LARGE_BODY_BYTES = 2**20
MAX_LARGE = 32
MAX_LARGE_OF_ONE = 4
"""Bodies above a megabyte that a route reads at a time from clients who have not signed in, and from one address."""
LARGE_BYTES_PER_SECOND = 256 * 1024
LARGE_GRACE_SECONDS = 1.0
"""Whoever sends what is above a megabyte more slowly, after the grace, gives way where all places are taken."""
_MAX_WAITING = 200
"""Large bodies that wait for the thread, of people who are signed in, and as many of others."""


def decoding_turns() -> Turns:
    """Return the turns in which a product's large bodies are decoded."""
    return Turns(1, _MAX_WAITING)


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


class Body:
    """The body of one route: its type, the Struct of its form, if it takes one, and its limit in bytes.

    `turns` are those of all routes.
    """

    def __init__(self, type_: Any, form: Any, limit_bytes: int, reading: Reading, turns: Turns) -> None:
        self._type = type_
        self._turns = turns
        self._reading = reading
        self._form = form
        self._limit_bytes = limit_bytes
        self._html = html_fields(type_)
        self._large = _LargeBodies()

    def check_type(self, exchange: Exchange) -> None:
        """Raise UnsupportedMediaType, before anything is read, for a body that is not JSON; forms say so later."""
        if self._form is None:
            kind = _media_type(exchange)
            if kind != JSON_TYPE and not kind.endswith("+json"):
                raise UnsupportedMediaType(f"The body is to be sent as {JSON_TYPE}.")

    async def read(self, exchange: Exchange, shown: Shown | None = None) -> Any:
        """Return the decoded body, its HTML cleaned; the raw one stays in `exchange.body`, for another attempt.

        What was removed from the HTML is told in `exchange.warnings`.

        JSON is compared with what is `shown` at the address, if anything is. Raise AsShown if it is that, and
        PayloadTooLarge, RequestTimeout if it comes too slowly, RequestIncomplete if the client has disconnected, what
        the route's guards raise if it took long, BadRequest, UnsupportedMediaType or Invalid for its content, and
        Unavailable if too many large ones wait.
        """
        if exchange.body is None:
            began = time.perf_counter()
            exchange.body = await _receive(exchange, self._limit_bytes, self._large)
            exchange.waited += time.perf_counter() - began
            await exchange.admit_again()
        if shown is not None and self._takes_json(exchange):
            read = await self._work(exchange, partial(read_body, exchange.body, self._type))
            made = await shown.take(exchange, read, self._type)
        else:
            made = await self._work(exchange, partial(self._decode, exchange, exchange.body))
        if not self._html:
            return made
        owner = exchange.address if exchange.caller is None else exchange.caller.id
        cleaned, exchange.warnings = await exchange.services.html.clean_fields(made, self._html, owner)
        return cleaned

    async def _work(self, exchange: Exchange, work: Callable[[], Any]) -> Any:
        assert exchange.body is not None
        if len(exchange.body) <= MAX_DECODED_AT_ONCE_BYTES:
            return work()
        person = person_of(exchange)
        return await self._turns.run(work, person.crowd or person.key, known=exchange.caller is not None)

    def _takes_json(self, exchange: Exchange) -> bool:
        return self._form is None or (self._form is not self._type and _media_type(exchange) != MULTIPART)

    def _decode(self, exchange: Exchange, raw: bytes) -> Any:
        if not raw:
            raise BadRequest("A JSON body is required.")
        if self._type is bytes:
            return raw
        if self._form is not None:
            if _media_type(exchange) == MULTIPART:
                boundary = boundary_of(exchange.request_headers.get(b"content-type", b""))
                return self._reading.convert(read_form(raw, boundary), self._form, strict=False)
            if self._form is self._type:
                raise UnsupportedMediaType(f"This is to be sent as {MULTIPART}.")
        return decode_body(raw, self._type, self._reading)


def _media_type(exchange: Exchange) -> str:
    given = exchange.request_headers.get(b"content-type", b"application/json")
    return given.partition(b";")[0].strip().lower().decode("latin-1")


class _Place:
    """The place of a large body that is being read: `size_bytes` above a megabyte since it `began`."""

    __slots__ = ("address", "began", "patience", "size_bytes")

    def __init__(self, address: str, patience: asyncio.Timeout) -> None:
        self.address = address
        self.patience = patience
        self.began = asyncio.get_running_loop().time()
        self.size_bytes = 0

    def pace(self, now: float) -> float:
        """Return the bytes per second since the grace; it is infinite within."""
        seconds = now - self.began - LARGE_GRACE_SECONDS
        return self.size_bytes / seconds if seconds > 0 else math.inf

    def give_way(self) -> None:
        """End the reading."""
        self.patience.reschedule(asyncio.get_running_loop().time())


class _LargeBodies:
    """Bounds the large bodies that are being read from clients who have not signed in, in all and by address.

    Where all places are taken, the slowest makes room for a new one, if it is slow: whoever trickles holds none long.
    """

    def __init__(self) -> None:
        self._places: list[_Place] = []

    def begin(self, address: str, patience: asyncio.Timeout) -> _Place:
        """Count one more, whose reading `patience` ends. Raise Unavailable if there are too many."""
        if sum(place.address == address for place in self._places) >= MAX_LARGE_OF_ONE:
            raise Unavailable
        if len(self._places) >= MAX_LARGE:
            now = asyncio.get_running_loop().time()
            slowest = min(self._places, key=lambda place: place.pace(now))
            if slowest.pace(now) >= LARGE_BYTES_PER_SECOND:
                raise Unavailable
            slowest.give_way()
            self._places.remove(slowest)
        place = _Place(address, patience)
        self._places.append(place)
        return place

    def end(self, place: _Place) -> None:
        """Count one less, unless it has given way."""
        if place in self._places:
            self._places.remove(place)


async def _receive(exchange: Exchange, limit_bytes: int, large: _LargeBodies) -> bytes:
    announced = exchange.request_headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > limit_bytes:
        raise _too_large(limit_bytes)
    whole = exchange.take_body()
    if whole is not None:
        if len(whole) > limit_bytes:
            raise _too_large(limit_bytes)
        return whole
    if exchange.caller is not None or limit_bytes <= LARGE_BODY_BYTES:
        return await _read_parts(exchange, limit_bytes, lambda size_bytes: None)
    patience = asyncio.timeout(None)
    places: list[_Place] = []

    def count(size_bytes: int) -> None:
        if not places:
            places.append(large.begin(person_of(exchange).key, patience))
        places[0].size_bytes = size_bytes - LARGE_BODY_BYTES

    try:
        async with patience:
            return await _read_parts(exchange, limit_bytes, count)
    except TimeoutError:
        if not patience.expired():
            raise
        raise Unavailable from None
    finally:
        for place in places:
            large.end(place)


async def _read_parts(exchange: Exchange, limit_bytes: int, on_large: Callable[[int], None]) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await exchange.receive()
        if message["type"] == "http.disconnect":
            raise RequestTimeout if message.get(LATE) else RequestIncomplete
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit_bytes:
            raise _too_large(limit_bytes)
        if size > LARGE_BODY_BYTES:
            on_large(size)
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_large(limit_bytes: int) -> PayloadTooLarge:
    """Return the refusal of a body, with what the route takes: a photo of a phone is easily above it."""
    unit, size = ("MiB", 1024**2) if limit_bytes >= 1024**2 else ("KiB", 1024)
    return PayloadTooLarge(f"The request body is too large: {limit_bytes / size:.4g} {unit} is the most.")


def refuse_encoding(exchange: Exchange) -> None:
    """Raise UnsupportedMediaType for a compressed body: its size would say nothing about the work it makes."""
    encoding = exchange.request_headers.get(b"content-encoding", b"")
    if encoding.strip().lower() not in (b"", b"identity"):
        raise UnsupportedMediaType(
            "The body is to be sent uncompressed, without Content-Encoding.",
            headers={"Accept-Encoding": "identity"},
        )
