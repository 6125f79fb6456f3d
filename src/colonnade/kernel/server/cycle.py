"""One request on a connection and its answer: uvicorn's cycle, which can also be given a complete answer as bytes.

Of uvicorn are left the messages of ASGI, for streams, polling sockets and the gateway: chunks, 100 Continue, checks of
headers. Its event is made only where a body is waited for, and what it writes is written at the end of a turn of the
event loop (`OneWriteProtocol.write`), head and body together.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import MutableMapping
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from colonnade.kernel.core.asgi import DETACH, LATE, WHOLE_ANSWER, WHOLE_BODY, request_head

__all__ = ["Cycle", "UnchunkedCycle"]

_CLOSE = b"connection: close\r\n"
_SHARED_BYTES = 64 * 1024
"""Larger bodies are not copied behind their heads: many connections may wait for the same one to be read.

They are written when it is their turn (`pace`).
"""
_SECONDS_PER_BYTE = 1e-9
"""Of writing: the system copies a gigabyte in half a second, or a whole one."""


class Cycle(RequestResponseCycle):
    """Receives one request and sends its answer on `connection`, which is the protocol."""

    access_log = disconnected = response_started = response_complete = False
    chunked_encoding: bool | None = None
    expected_content_length = 0
    more_body = True
    listens = (
        False  # the application waits for a message: for a part of the body, or for the client's leaving
    )
    _event: asyncio.Event | None = None
    _has_news = _late = False

    def __init__(
        self, connection: Any, scope: MutableMapping[str, Any], *, keep_alive: bool, expects_continue: bool
    ) -> None:
        self.transport = connection
        self.flow = connection.flow
        self.logger = connection.logger
        self.scope = scope  # type: ignore[assignment]
        self.default_headers = connection.server_state.default_headers
        self.on_response = connection.on_response_complete
        self.keep_alive = keep_alive
        self.waiting_for_100_continue = expects_continue
        self.body = bytearray()
        scope["extensions"] = {
            WHOLE_ANSWER: self.whole,
            WHOLE_BODY: self.take_body,
            DETACH: self.detach,
        }

    def add_body(self, data: bytes) -> None:
        """Keep a part of the body until it is asked for; stop reading while much of it waits."""
        if not self.response_complete:
            self.body += data
            if len(self.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            self._tell()

    def take_body(self) -> bytes | None:
        """Return the body if all of it has arrived, else None: it is to be received."""
        if self.more_body or self.disconnected:
            return None
        self.flow.resume_reading()  # which a large body has paused
        body, self.body = bytes(self.body), bytearray()
        return body

    def detach(self) -> tuple[socket.socket, bytes] | None:
        """Take the connection away before this request is answered, with its head (`core.asgi.DETACH`)."""
        connection: Any = self.transport
        if self.response_started or self.disconnected or self.more_body:
            return None
        head = request_head(self.scope, self.scope["method"])
        taken: socket.socket | None = connection.detach()
        if taken is None:
            return None
        self.disconnected = True
        return taken, head

    def end_body(self) -> None:
        """Note that the body is complete."""
        self.more_body = False
        self._tell()

    def end_late(self) -> None:
        """Note that the body did not come in time: the rest is not waited for, and the answer is the last one."""
        self._late, self.keep_alive = True, False
        self._tell()

    async def receive(self) -> Any:
        """Return the next message (ASGI); `http.disconnect` with LATE if the body did not come in time."""
        self.listens = True
        if self._waits_for_leaving():
            self.transport.close()
        try:
            message = None if self._is_cut() else await super().receive()
        finally:
            self.listens = False
        return {"type": "http.disconnect", LATE: True} if self._is_cut() else message

    def _waits_for_leaving(self) -> bool:
        """Return whether nothing is to come but the client's leaving, which it has begun before anybody listened."""
        connection: Any = self.transport
        waits = self._event is not None and not self._event.is_set()
        return waits and connection.has_ended and not self.response_complete

    def _is_cut(self) -> bool:
        return self._late and self.more_body and not (self.disconnected or self.response_complete)

    def disconnect(self) -> None:
        """Note that the client is gone."""
        self.disconnected = not self.response_complete
        self.let_go()
        self._tell()

    @property
    def message_event(self) -> asyncio.Event:  # type: ignore[override]
        """The event that `receive` waits for; most requests never do."""
        if self._event is None:
            self._event = asyncio.Event()
            if self._has_news:
                self._event.set()
        return self._event

    def _tell(self) -> None:
        self._has_news = True
        if self._event is not None:
            self._event.set()

    async def send(self, message: Any) -> None:
        """Send a message (ASGI); a large part of a body when it is its turn."""
        if (size := len(message.get("body", b""))) > _SHARED_BYTES:
            while self.flow.write_paused and not self.disconnected:
                await self.flow.drain()
            connection: Any = self.transport
            await connection.pace.wait(size * _SECONDS_PER_BYTE)
        await super().send(message)

    def let_go(self) -> None:
        """Forget the scope, which refers to this object: only the collector would free the two."""
        self.scope = None  # type: ignore[assignment]

    def whole(self, head: bytes, body: bytes) -> bool:
        """Write a complete answer: status line and headers, and the body; return False if it has to be sent.

        That is so while the client reads too slowly, once it is gone, and when it is not the turn of a large body.
        """
        connection: Any = self.transport
        if self.disconnected or self.response_started or self.flow.write_paused:
            return False
        if len(body) > _SHARED_BYTES:
            if not connection.pace.has_time():
                return False
            connection.pace.spend(len(body) * _SECONDS_PER_BYTE)
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        end = b"\r\n" if self.keep_alive else _CLOSE + b"\r\n"
        if len(body) > _SHARED_BYTES:
            connection.write(b"%b%b%b" % (head, connection.default_lines(), end))
            connection.flush()
            connection.write(body)
        else:
            connection.write(b"%b%b%b%b" % (head, connection.default_lines(), end, body))
        self._tell()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
        return True


class UnchunkedCycle(Cycle):
    """Answers HTTP/1.0, which knows neither chunks nor 100 Continue: the connection ends with the answer."""

    _ends_with_connection = False

    def __init__(self, connection: Any, scope: MutableMapping[str, Any], **_: bool) -> None:
        super().__init__(connection, scope, keep_alive=False, expects_continue=False)

    async def send(self, message: Any) -> None:
        """Send a message (ASGI)."""
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message.get("headers", ())}
            self._ends_with_connection = b"content-length" not in names
            if self._ends_with_connection:
                self.chunked_encoding = False
        elif self._ends_with_connection:
            self.expected_content_length = len(message.get("body", b""))
        await super().send(message)
