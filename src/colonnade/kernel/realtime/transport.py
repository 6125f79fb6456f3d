"""The WebSocket protocol given to uvicorn as `ws=`: it lets the fan-out write frames to the transport.

What it does: puts itself into the ASGI scope (`scope["extensions"]`) as a Wire, by which a frame that was
encoded once is written to many connections, their write buffers are measured, and the transport of a reader
that does not keep up is aborted. What it does not: change anything for other ASGI applications; a socket that
is served by another server or protocol simply has no wire and takes python-socketio's own way.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import Any, Final, Protocol

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN

__all__ = ["UVICORN_OPTIONS", "WebSocketProtocol", "Wire", "encode_frame", "find_wire"]

_EXTENSION: Final = "colonnade.wire"
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class Wire(Protocol):
    """One WebSocket connection as the fan-out sees it."""

    def write(self, frame: bytes, backlog_bytes: int) -> bool:
        """Hand a complete frame to the transport, unless the connection is closing.

        False, and nothing written, when more than `backlog_bytes` are still waiting for the peer.
        """

    def abort(self) -> None:
        """End the connection at once, forgetting what is buffered."""

    async def drained(self) -> None:
        """Return when the write buffer is below its low-water mark (or the connection is gone)."""

    async def finish(self, code: int) -> None:
        """Close with a WebSocket close frame; a peer that does not read is aborted instead."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's sans-I/O protocol, reachable from the ASGI scope as a Wire."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        # A refused handshake (no 101) has no scope; else the application's task has not begun yet.
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][_EXTENSION] = self

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"].pop(_EXTENSION, None)

    def write(self, frame: bytes, backlog_bytes: int) -> bool:
        transport = self.transport
        if self.disconnected or self.conn.state is not OPEN:
            return True
        if transport.get_write_buffer_size() > backlog_bytes:
            return False
        # An uncompressed, unfragmented frame is valid whatever extensions were agreed on (RFC 7692, 6).
        transport.write(frame)
        return True

    def abort(self) -> None:
        # RST instead of FIN: the kernel drops its send buffer too, not only ours.
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
"""For `uvicorn.Config(...)`. Engine.IO pings by itself; deflate triples the cost of a broadcast."""


def find_wire(scope: Any) -> Wire | None:
    """The wire of a WebSocket's ASGI scope, or None under another server or protocol."""
    wire: Wire | None = (scope.get("extensions") or {}).get(_EXTENSION)
    return wire


def encode_frame(data: str | bytes) -> bytes:
    """A server's WebSocket frame (unmasked, final): text for str, binary for bytes."""
    if isinstance(data, str):
        return Frame(Opcode.TEXT, data.encode()).serialize(mask=False)
    return Frame(Opcode.BINARY, data).serialize(mask=False)
