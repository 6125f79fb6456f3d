"""One request on a connection and its answer: what the protocol gives an ASGI application to receive and send with.

It takes the place of uvicorn's RequestResponseCycle, which makes an event for every request, checks every header with
two patterns and writes head and body apart. Here an answer is one write, and one whose head is bytes already is
written as it is (the ASGI extension WHOLE_ANSWER).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, MutableMapping
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from colonnade.kernel.cache import WHOLE_ANSWER

__all__ = ["Cycle"]

Message = MutableMapping[str, Any]

_DISCONNECT: Message = {"type": "http.disconnect"}
_CLOSE = b"connection: close\r\n"
_MAX_COPIED_BYTES = 64 * 1024
"""A larger body is not copied to stand behind its head; both still leave in one call."""


class Cycle:
    """Receives one request and sends its answer on `connection`, which is the protocol."""

    __slots__ = (
        "_chunked",
        "_connection",
        "_expects_continue",
        "_head",
        "_is_head",
        "_left",
        "_more",
        "_news",
        "_parts",
        "_size",
        "_told_all",
        "disconnected",
        "keep_alive",
        "response_complete",
        "response_started",
    )

    def __init__(
        self, connection: Any, scope: MutableMapping[str, Any], *, keep_alive: bool, expects_continue: bool
    ) -> None:
        self._connection = connection
        self._expects_continue = expects_continue
        self._parts: list[bytes] = []
        self._size = 0
        self._more = True
        self._told_all = False
        self._news: asyncio.Event | None = None
        self._head = b""
        self._chunked = False
        self._left = 0
        self._is_head = scope["method"] == "HEAD"
        self.keep_alive = keep_alive
        self.disconnected = self.response_started = self.response_complete = False
        # `scope` refers to this object, which must not refer to it: only the collector would free the two.
        scope["extensions"] = {WHOLE_ANSWER: self.whole}

    def add_body(self, data: bytes) -> None:
        """Keep a part of the body until it is asked for; stop reading while much of it waits."""
        if self.response_complete:
            return
        self._parts.append(data)
        self._size += len(data)
        if self._size > HIGH_WATER_LIMIT:
            self._connection.flow.pause_reading()
        self._tell()

    def end_body(self) -> None:
        """Note that the body is complete."""
        self._more = False
        self._tell()

    def disconnect(self) -> None:
        """Note that the client is gone."""
        self.disconnected = not self.response_complete
        self._tell()

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set()

    async def receive(self) -> Message:
        """Return the next part of the body, or that the client is gone or has its answer."""
        connection = self._connection
        if self._expects_continue and not connection.transport.is_closing():
            self._expects_continue = False
            connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while not (self.disconnected or self.response_complete):
            if self._parts or not (self._more or self._told_all):
                body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
                self._parts.clear()
                self._size = 0
                self._told_all = not self._more
                return {"type": "http.request", "body": body, "more_body": self._more}
            connection.flow.resume_reading()
            self._news = self._news or asyncio.Event()
            self._news.clear()
            await self._news.wait()
        return _DISCONNECT

    def whole(self, head: bytes, body: bytes) -> bool:
        """Write a complete answer: status line and headers, and the body; return False if it has to be sent.

        That is so while the client reads too slowly, and once it is gone.
        """
        connection = self._connection
        if self.disconnected or self.response_started or connection.flow.write_paused:
            return False
        self.response_started = True
        end = b"\r\n" if self.keep_alive else _CLOSE + b"\r\n"
        self._complete(b"%b%b%b" % (head, connection.default_lines(), end), body)
        return True

    async def send(self, message: Message) -> None:
        """Send a message of the answer. Raise RuntimeError for one that does not fit the others."""
        connection = self._connection
        if connection.flow.write_paused and not self.disconnected:
            await connection.flow.drain()
        if self.disconnected:
            return
        is_start = message["type"] == "http.response.start"
        if is_start is self.response_started or self.response_complete:
            raise RuntimeError(f"unexpected ASGI message {message['type']!r}")
        if is_start:
            self._start(message["status"], message.get("headers", ()))
        else:
            self._send_body(message.get("body", b""), more=message.get("more_body", False))

    def _start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Make the head, which waits for the first part of the body."""
        lines = [STATUS_LINE[status], self._connection.default_lines()]
        has_length = closes = False
        for name, value in headers:
            if b"\n" in value or b"\r" in value or b"\n" in name or b":" in name:
                raise RuntimeError("a header has a line break or a colon where none may be")
            lowered = name.lower()
            if lowered == b"content-length":
                has_length, self._left = True, int(value)
            elif lowered == b"connection" and b"close" in value.lower():
                closes = True
            lines.append(b"%b: %b\r\n" % (lowered, value))
        self.response_started = True
        if closes:
            self.keep_alive = False
        elif not self.keep_alive:
            lines.append(_CLOSE)
        if self._is_head or status in (204, 304):
            self._left = 0
        elif not has_length:
            self._chunked = True
            lines.append(b"transfer-encoding: chunked\r\n")
        lines.append(b"\r\n")
        self._head = b"".join(lines)

    def _send_body(self, body: bytes, *, more: bool) -> None:
        if self._is_head:
            body = b""
        elif self._chunked:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            if not more:
                body += b"0\r\n\r\n"
        else:
            self._left -= len(body)
            if self._left < 0 or (self._left and not more):
                raise RuntimeError("the body is not as long as its Content-Length")
        head, self._head = self._head, b""
        if more:
            self._write(head, body)
        else:
            self._complete(head, body)

    def _write(self, head: bytes, body: bytes) -> None:
        connection = self._connection
        if len(body) > _MAX_COPIED_BYTES or not self.response_complete:
            connection.flush()
            connection.transport.writelines((head, body) if head else (body,))
        else:
            connection.write(head + body)

    def _complete(self, head: bytes, body: bytes) -> None:
        """Write what is left of the answer."""
        self.response_complete = True
        if head or body:
            self._write(head, body)
        self._parts.clear()
        self._tell()
        if not self.keep_alive:
            self._connection.close()
        self._connection.on_response_complete()

    def ended(self, task: asyncio.Task[None]) -> None:
        """Answer 500, or close the connection, if the application's task has failed or left the answer incomplete."""
        self._connection.tasks.discard(task)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is not None:
            self._connection.logger.error("Exception in ASGI application", exc_info=error)
        if self.disconnected or (self.response_complete and error is None):
            return
        if self.response_started:
            self._connection.close()
            return
        self.keep_alive = False
        self.whole(
            STATUS_LINE[500] + b"content-type: text/plain; charset=utf-8\r\ncontent-length: 21\r\n",
            b"Internal Server Error",
        )
