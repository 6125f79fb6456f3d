"""The WebSocket protocol given to uvicorn as `ws=`: frames are written to the transport, and messages come by calls.

It puts itself into the ASGI scope (`scope["extensions"]`) as a Wire, which writes frames that were encoded once,
measures the write buffer and aborts the transport of a slow reader. Once it is listened to, what arrives is passed on
without ASGI's queue, which would stop reading and wake a task for each message.

Out of scope: other ASGI applications, for which nothing changes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN

from colonnade.kernel.core.asgi import DETACH, duplicate_socket, request_head
from colonnade.kernel.realtime.limits import Meter

__all__ = ["UVICORN_OPTIONS", "WebSocketProtocol", "Wire", "encode_frame", "find_wire"]

_EXTENSION: Final = "colonnade.wire"
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
_SLICE_BYTES: Final = 8 * 1024
"""What is parsed in one turn of the event loop: at most 1,400 frames, or a part of one."""
_TURN_SECONDS: Final = 0.01
_FRAMES_PER_MINUTE: Final = 15_000
"""Frames that are no message: pings, pongs, continuations. Browsers send none of them."""
_CLOSE_SECONDS: Final = 3.0
"""How long a client may take to answer our close frame."""
_MAX_UNREAD_PONGS_BYTES: Final = 64 * 1024


class Wire(Protocol):
    """One WebSocket connection."""

    async def listen(self, on_message: Callable[[str | bytes], None], max_bytes: int) -> None:
        """Pass each message on, until the connection is gone; one larger than `max_bytes` ends it (1009)."""

    def write(self, frame: bytes, backlog_bytes: int) -> bool:
        """Pass a complete frame to the transport, unless the connection is closing.

        Return False, without writing, if more than `backlog_bytes` are still waiting for the peer.
        """

    def abort(self) -> None:
        """End the connection at once, discarding its buffers."""

    async def drained(self) -> None:
        """Wait until the write buffer is below its low-water mark, or the connection is gone."""

    async def finish(self, code: int) -> None:
        """Close with a WebSocket close frame; abort instead if the peer does not read."""


class _Turns:
    """Shares each turn of an event loop among its sockets: what is above 10 ms waits, in order, for the next one."""

    def __init__(self) -> None:
        self._ends = 0.0
        self._waiting: deque[Callable[[], None]] = deque()

    def has_time(self) -> bool:
        """Return whether this turn still has time for what has just arrived, and nothing waits before it."""
        self._end_in_time()
        return not self._waiting and time.monotonic() < self._ends

    def wait(self, work: Callable[[], None]) -> None:
        """Do `work` in one of the next turns."""
        self._end_in_time()
        self._waiting.append(work)

    def _end_in_time(self) -> None:
        if not self._ends:
            self._ends = time.monotonic() + _TURN_SECONDS
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        """Begin a turn with what waits."""
        self._ends = 0.0
        if self._waiting:
            self._end_in_time()
        while self._waiting and time.monotonic() < self._ends:
            self._waiting.popleft()()


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, _Turns] = WeakKeyDictionary()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's sans-I/O protocol, reachable from the ASGI scope as a Wire."""

    _on_message: Callable[[str | bytes], None] | None = None
    _gone: asyncio.Future[None] | None = None
    _unparsed = b""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._frames = Meter(_FRAMES_PER_MINUTE)
        self._turns = _turns.setdefault(self.loop, _Turns())
        self.close_timeout = _CLOSE_SECONDS

    def data_received(self, data: bytes) -> None:
        """Handle what has arrived, in slices and in turn, so that nobody else waits for a flood of small frames."""
        if self._unparsed:
            self._unparsed += data
            return
        if len(data) <= _SLICE_BYTES and self._turns.has_time():
            super().data_received(data)
            return
        self.transport.pause_reading()
        self._unparsed = data
        self._turns.wait(self._go_on)

    def _go_on(self) -> None:
        """Handle the next slice of what waits."""
        if self.disconnected or self.transport.is_closing():
            self._unparsed = b""
            return
        part, self._unparsed = self._unparsed[:_SLICE_BYTES], self._unparsed[_SLICE_BYTES:]
        super().data_received(part)
        if self._unparsed:
            self._turns.wait(self._go_on)
        elif not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def _count_frame(self) -> bool:
        """Count a frame that is no message; end the connection at too many, and return False."""
        if self._frames.spend():
            return True
        self.abort()
        return False

    def handle_ping(self) -> None:
        if not self._count_frame():
            return
        if self.transport.get_write_buffer_size() > _MAX_UNREAD_PONGS_BYTES:
            self.conn.data_to_send()  # whoever does not read gets no pongs on top
            return
        super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._count_frame():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        if self._count_frame():
            super().handle_cont(event)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        # A refused handshake (no 101) has no scope; otherwise the application's task has not started yet.
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"].update({_EXTENSION: self, DETACH: self.detach})

    def send_receive_event_to_app(self) -> None:
        if self._on_message is None:
            super().send_receive_event_to_app()
            return
        data = b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return
        try:
            message = data.decode() if self.curr_msg_data_type == "text" else data
        except UnicodeDecodeError:
            self.conn.send_close(1007)
            self.handle_parser_exception()
            return
        self._on_message(message)

    async def listen(self, on_message: Callable[[str | bytes], None], max_bytes: int) -> None:
        self.conn.max_message_size = max_bytes
        self._on_message = on_message
        self._gone = self.loop.create_future()
        if self.transport.is_closing():
            return
        if self.read_paused:
            self.read_paused = False
            if not self._unparsed:
                self.transport.resume_reading()
        await self._gone

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            self.handshake_complete = True  # refused; uvicorn would report that it was not completed

    def detach(self) -> tuple[socket.socket, bytes] | None:
        """Take the connection away before its handshake is answered (`core.asgi.DETACH`)."""
        taken = None if self.handshake_complete or self.disconnected else duplicate_socket(self.transport)
        if taken is None:
            return None
        self.transport.pause_reading()
        self.handshake_complete = self.close_sent = True  # for uvicorn there is nothing left to say
        self.transport.abort()
        return taken, request_head(self.scope, "GET")

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        # What would refer to itself for ever: only the collector would free it.
        self._on_message = None
        self.conn.parser.close()
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"].clear()

    def write(self, frame: bytes, backlog_bytes: int) -> bool:
        transport = self.transport
        if self.disconnected or self.conn.state is not OPEN:
            return True
        if transport.get_write_buffer_size() > backlog_bytes:
            return False
        # An uncompressed, unfragmented frame is valid whatever extensions were negotiated (RFC 7692, 6).
        transport.write(frame)
        return True

    def abort(self) -> None:
        # RST instead of FIN: the operating system then drops its send buffer too.
        raw = self.transport.get_extra_info("socket")
        if raw is not None:
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.transport.abort()

    async def drained(self) -> None:
        await self.writable.wait()

    async def finish(self, code: int) -> None:
        if not self.writable.is_set():
            self.abort()
            return
        with contextlib.suppress(ClientDisconnected, RuntimeError):
            await self.send({"type": "websocket.close", "code": code, "reason": ""})


UVICORN_OPTIONS: Final[dict[str, Any]] = {
    "ws": WebSocketProtocol,
    "ws_max_size": 1024 * 1024,
    "ws_per_message_deflate": False,
    "ws_ping_interval": None,
}
"""For `uvicorn.Config(...)`. Engine.IO sends its own pings; deflate triples the cost of a broadcast."""


def find_wire(scope: Any) -> Wire | None:
    """Return the Wire of a WebSocket's ASGI scope, or None under another server or protocol."""
    wire: Wire | None = (scope.get("extensions") or {}).get(_EXTENSION)
    return wire


def encode_frame(data: str | bytes) -> bytes:
    """Return a server's WebSocket frame (unmasked, final): text for str, binary for bytes."""
    if isinstance(data, str):
        return Frame(Opcode.TEXT, data.encode()).serialize(mask=False)
    return Frame(Opcode.BINARY, data).serialize(mask=False)
