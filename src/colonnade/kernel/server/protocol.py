"""uvicorn's HTTP protocol with one write per answer, and with limits on what a client sends and how slowly.

uvicorn reads a request line, headers and trailers of any length into memory, and waits for them, for a body and for the
reading of an answer without a timeout; here heads and trailers are limited to 64 KiB, everything has a deadline
(`patience`), and the connections that wait for their clients are counted (`crowd`). It accepts a request that names no
host, or two, of which each layer may read another one; here it is answered with 400 (RFC 9112, 3.2). What it makes for
each request is replaced by `Cycle`, and its timer for each idle connection by one that looks how long it has been idle.
A contract test holds the parts of uvicorn that this relies on.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from colonnade.kernel.server.cycle import Cycle, UnchunkedCycle
from colonnade.kernel.server.heads import MAX_HEAD_BYTES, MAX_HEADER_LINES, HeadProtocol
from colonnade.kernel.server.hosts import counted_address, fault_of_host
from colonnade.kernel.server.writing import OTHER_VERSION, TOO_LARGE, TOO_MANY, TOO_SLOW

__all__ = ["MAX_HEADER_LINES", "MAX_HEAD_BYTES", "OneWriteProtocol"]

_MAX_AT_ONCE = 32
"""Requests of one read that are answered at once: more of them, piped into one segment, would hold up the others."""
_MAX_WAITING = 8
"""Requests of a connection that wait for their answers; what follows stays bytes, a fiftieth of the memory."""
_FRAMING_PER_BYTE = 16
"""Bytes of chunks' heads that one byte of a body pays for: a client may send it in chunks of one byte."""
_SECONDS_OF_PIPED = 0.0001
"""What a request takes at least, which is counted for those that are piped behind another one (`pace`)."""
_LATE_ANSWER_SECONDS = 5.0
_BODY_HEADERS = (b"content-length", b"transfer-encoding")


class OneWriteProtocol(HeadProtocol):
    """The protocol for `uvicorn.Config(http=serving(limits))`.

    An application with a method `begin(scope, receive, send)` answers there, and returns None, if it has to wait for
    nothing, which spares a task; else it returns what has to be awaited. It must not raise.
    """

    cycle: Any  # the last request's Cycle
    received_elsewhere = (
        b""  # what another process has read of this connection, before it gave it to this one
    )
    _in_body = _starting = False
    has_ended = False  # the client sends nothing more
    _deaf = False  # what comes is no HTTP: it is not read any more
    _bodyless_bytes = 0  # received beside the body: heads of chunks, trailers
    _unasked_bytes = 0  # of a body, received after the answer
    _idle_since = 0.0
    _current: Cycle | None = None  # the one that is being answered
    _at_once_left = _MAX_AT_ONCE

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._waiting: deque[tuple[Cycle, Any]] = deque()
        self._begin: Callable[..., Awaitable[None] | None] | None = getattr(self.app, "begin", None)

    def detach(self) -> socket.socket | None:
        """Take the connection away; None if more than one request has been read of it, or it cannot be taken."""
        return None if self._waiting or self._in_head or self._rest else self.take_away()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the WebSocket protocol, without our timers."""
        self.flush()
        self._stop_timers()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Parse the data, as far as others need not wait for it."""
        self._at_once_left = _MAX_AT_ONCE
        super().data_received(data)

    def _read_slice(self, data: bytes) -> bool:
        """Parse the data, unless the request's head is too large; return False if nothing more is to be parsed."""
        if self._hung_up or self._deaf:
            return False
        self._reported = 0
        began = self._heads_begun
        if self._in_body:
            self._bodyless_bytes += len(data)
        if not self._parse(data):
            self._patience.settle()
            return False
        if self._in_body and self._bodyless_bytes > MAX_HEAD_BYTES:
            self.send_400_response("Request trailers too large.")
        elif self._in_body:
            self._patience.await_body(len(data))
        elif self._in_head:
            # Of a slice in which the head has begun, what was reported before belongs to other requests.
            self._head_bytes += len(data) - (self._reported_before if self._heads_begun != began else 0)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse_head()
            else:
                self._patience.await_head()
        elif self._current is not None:  # else it is an empty line before the first head
            self._patience.note_arrival()
        return True

    def on_headers_complete(self) -> None:
        """End the head, and answer the request when those before it have been answered."""
        if self._replaying:
            return
        version = self.parser.get_http_version()
        if version not in ("1.0", "1.1"):
            self._refuse(OTHER_VERSION)
        self._fault = fault_of_host(self._hosts, self._host, self.url, version) or ""
        if self._fault:
            raise ValueError(self._fault)  # which the parser passes on as a broken request
        self._in_head, self._head_bytes = False, 0
        scope: Any = self._scope(version)
        if self.parser.should_upgrade():
            body_lines = [
                b"%b: %b\r\n" % pair for pair in self.headers if pair[0] in _BODY_HEADERS and pair[1] != b"0"
            ]
            if self._should_upgrade():
                self._check_upgrade(scope["method"], has_body=bool(body_lines))
                self.scope = scope
                return
            self._unread_body = b"".join(body_lines)
        self._in_body, self._bodyless_bytes, self._unasked_bytes = True, 0, 0
        kind = UnchunkedCycle if version == "1.0" else Cycle
        keep_alive, expects = self.parser.should_keep_alive(), self.expect_100_continue
        self.cycle = kind(self, scope, keep_alive=keep_alive, expects_continue=expects)
        if self._current is not None and not self._current.response_complete:
            self.flow.pause_reading()
        self._waiting.append((self.cycle, scope))
        self._start_next()

    def _start_next(self) -> None:
        """Answer waiting requests, in order and one after the other."""
        if self._starting:
            return  # below this very loop
        self._starting = True
        try:
            while self._waiting and (self._current is None or self._current.response_complete):
                self._current, scope = self._waiting.popleft()
                self._start(self._current, scope)
        finally:
            self._starting = False

    def _start(self, cycle: Cycle, scope: Any) -> None:
        rest: Awaitable[None] | None = None
        if self._begin is not None and self._at_once_left > 0:
            self._at_once_left -= 1
            rest = self._begin(scope, cycle.receive, cycle.send)
            if rest is None:
                return

        def answer(*_: Any) -> Awaitable[None]:
            """Do what `run_asgi` calls an application for; if the client has left, the cycle has no scope by then."""
            return rest or self.app(scope, cycle.receive, cycle.send)

        self._start_asgi_task(cycle, answer)

    def _check_upgrade(self, method: str, *, has_body: bool) -> None:
        """Raise ValueError for an upgrade that is no plain GET (RFC 6455, 4.1), or comes before an answer is out."""
        if method != "GET" or has_body or self._is_answering():
            self._fault = (
                "Only a GET without a body can open a WebSocket, when all requests before are answered."
            )
            raise ValueError(self._fault)

    def _is_answering(self) -> bool:
        return bool(self._waiting) or (self._current is not None and not self._current.response_complete)

    def send_400_response(self, msg: str) -> None:
        """Answer 400, or what the head is refused with, and close the connection; say what is wrong if it is known.

        What follows requests that are not answered yet is not answered: the connection closes after their answers. Nor
        is a body that breaks after its answer.
        """
        self.flush()
        if not self._in_body and self._is_answering():
            self._close_after_answers()
        elif self._in_body and self.cycle is not None and self.cycle.response_complete:
            super().close()
        elif self._refusal:
            self.hang_up(self._refusal)
        else:
            super().send_400_response(self._fault or msg)
            self._patience.watch_reading()

    def _is_full(self) -> bool:
        return len(self._waiting) >= _MAX_WAITING

    def _close_after_answers(self) -> None:
        self._deaf = True
        self.cycle.keep_alive = False

    def give_up(self) -> None:
        """End the connection of a client that is too slow, or has too many; with 408 if it has begun a request."""
        waited_for = self._patience.waiting
        self._patience.settle()
        cycle = self.cycle
        if waited_for == "body" and cycle is not None and not cycle.response_started and not self._deaf:
            self._deaf = True
            cycle.end_late()
            self.loop.call_later(
                _LATE_ANSWER_SECONDS, self.close
            )  # if the application does not answer 408 by then
        elif waited_for == "answer":
            self.abort()
        elif waited_for == "head" and self._is_answering():
            self._close_after_answers()
        elif self._in_head and not self._hung_up:
            self.hang_up(TOO_SLOW)
        else:
            self.close()

    def give_way(self) -> None:
        """End at once the connection of one that has not sent its request, or does not read: its file is needed."""
        waited_for = self._patience.waiting
        self._patience.settle()
        if waited_for == "answer":  # it would stay for what is not read
            self.abort()
            return
        if self._current is None or not self._current.response_started:
            self.write(TOO_SLOW)
        super().close()

    def address_key(self) -> str | None:
        """Return under which address the connection counts; None for a proxy's whose client is not known yet."""
        headers = None if self._current is None or self._in_head else self.headers
        return counted_address(self.client, headers, self._limits.trusted)

    def close(self) -> None:
        """Close the connection once everything is written; a body that is still coming must not cost the answer."""
        if self._in_body and not self._hung_up:
            self.hang_up()
        else:
            super().close()

    @property
    def idle_since(self) -> float | None:
        """When the last answer was complete; None for a connection with anything to do, or none to do any more."""
        busy = self._patience.waiting or self._current is None or self._is_answering() or self.is_ending()
        return None if busy else self._idle_since

    @property
    def waits_since(self) -> float | None:
        """When it began to wait for its client; None if it does not."""
        return self._patience.since if self._patience.waiting and not self.is_ending() else None

    def on_body(self, body: bytes) -> None:
        """Pass a part of the body on."""
        self._parts += 1
        self._bodyless_bytes = max(0, self._bodyless_bytes - _FRAMING_PER_BYTE * len(body))
        self._reported += len(body)
        if self._current is not None:  # no upgrade
            self.cycle.add_body(body)
            if self.cycle.response_complete:
                self._unasked_bytes += len(body)
                if self._unasked_bytes > self._limits.unasked_body_bytes:
                    super().close()

    def on_message_complete(self) -> None:
        """Note that the request's body is complete."""
        if not self._unread_body or self._replaying:
            self._in_body = False
            if self.cycle is not None and not (self.parser.should_upgrade() and self._should_upgrade()):
                self.cycle.end_body()

    def on_response_complete(self) -> None:
        """Go on with the next request, or begin to be idle."""
        self.server_state.total_requests += 1
        if self._current is not None:
            self._current.let_go()
        if self.is_ending():
            return
        self.flow.resume_reading()
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait_idle(self.timeout_keep_alive)
        if self._waiting and not self._starting:
            self.pace.do_later(self._start_next, _SECONDS_OF_PIPED)
        self._go_on_reading()
        if self.has_ended and not (self._rest or self._is_answering()):
            self.close()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer whoever has only ended sending, unless the application waits to hear that the client has left.

        Who has closed the connection looks the same until something is written to them.
        """
        listens = self._current is not None and self._current.listens
        if self._in_body or listens or self.is_ending():
            return False
        self.has_ended = True
        if not (self._rest or self._is_answering()):
            self.close()
        return True

    def _wait_idle(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if nothing has happened on it since its last answer; look again later if it has."""
        self.timeout_keep_alive_task = None
        if (
            self.transport.is_closing()
            or self._in_head
            or (self._current and not self._current.response_complete)
        ):
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._wait_idle(left)
        else:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers; tell the requests that wait for an answer."""
        self.connections.discard(self)
        for cycle in (self._current, self.cycle, *(waiting for waiting, _ in self._waiting)):
            if cycle is not None:
                cycle.disconnect()
        self._waiting.clear()
        self._unwritten.clear()
        self._rest = b""
        self._current = self.cycle = None
        self.flow.resume_writing()
        self._stop_timers()
        if exc is None:
            self.transport.close()
        self.parser = None  # type: ignore[assignment]

    def _stop_timers(self) -> None:
        self._patience.end()
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()

    def _refuse_head(self) -> None:
        self._waiting.clear()
        self._patience.settle()
        self.logger.warning("Request head too large.")
        self.hang_up(TOO_LARGE)
        self._in_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeout of the first head, unless there are too many connections."""
        super().connection_made(transport)
        if self._crowd.make_room(self.connections):
            self._patience.await_head()
            if self.received_elsewhere:  # before anything that arrives from now on
                self.data_received(self.received_elsewhere)
        elif self._crowd.may_be_told(self.connections):
            self.hang_up(TOO_MANY)
        else:
            self.abort()
