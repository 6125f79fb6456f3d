"""The writing half of the protocol: one write at the end of a turn, and endings that the client gets to read.

Out of scope: what is read (`protocol`), and how long a client may take to accept what is written (`patience`).
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from colonnade.kernel.core.asgi import duplicate_socket
from colonnade.kernel.server.crowd import Crowd
from colonnade.kernel.server.pace import Pace
from colonnade.kernel.server.patience import ConnectionLimits, Patience

__all__ = ["OTHER_VERSION", "TOO_LARGE", "TOO_MANY", "TOO_SLOW", "WritingProtocol"]

_LINGER_SECONDS = 1.0
_MAX_DEFERRED_BYTES = 64 * 1024
_UNSENT_BYTES = 128 * 1024
"""What the system takes of an answer beyond what is on its way; of its own accord it takes megabytes."""


def _plain(status: bytes, text: bytes) -> bytes:
    return (
        b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
        % (status, len(text), text)
    )


TOO_LARGE = _plain(b"431 Request Header Fields Too Large", b"Request header fields too large")
OTHER_VERSION = _plain(b"505 HTTP Version Not Supported", b"This server speaks HTTP/1.1.")
TOO_SLOW = _plain(b"408 Request Timeout", b"The request did not arrive in time.")
TOO_MANY = _plain(
    b"503 Service Unavailable", b"The server has too many connections. Please try again in a moment."
)


class WritingProtocol(HttpToolsProtocol):
    """What answers are written with; `limits` are this server's."""

    written_bytes = 0  # of answers, passed to the transport
    _hung_up = False  # the last answer is written: nothing is read any more, nothing is executed
    _defaults: tuple[Any, bytes] = (None, b"")

    def __init__(
        self, *args: Any, limits: ConnectionLimits, crowd: Crowd, pace: Pace, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.pace = pace
        self._limits = limits
        self._crowd = crowd
        self._unwritten: list[bytes] = []
        self._patience = Patience(self, limits, crowd)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keep in our own memory, which is counted, what the client does not read."""
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        if connection is not None and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            with suppress(OSError):  # it is no TCP, or gone already
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)

    def write(self, data: bytes) -> None:
        """Write a small answer at the end of this turn of the event loop, as all connections do.

        Each write may wake the client up, and one that runs answers at once: together they cost a quarter less.
        """
        if self._hung_up:
            return
        if not self._unwritten:
            self.loop.call_soon(self.flush)
        self._unwritten.append(data)
        if len(data) > _MAX_DEFERRED_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits to be written; to be called before anything is written or closed without `write`."""
        if self._unwritten:
            data = self._unwritten[0] if len(self._unwritten) == 1 else b"".join(self._unwritten)
            self._unwritten.clear()
            if not self.transport.is_closing():
                self.written_bytes += len(data)
                self.transport.write(data)

    def is_closing(self) -> bool:
        """Return whether the connection is closed or about to be."""
        return self.transport.is_closing()

    def is_ending(self) -> bool:
        """Return whether the last answer is written, or the connection closed."""
        return self._hung_up or self.transport.is_closing()

    def close(self) -> None:
        """Close the connection once everything is written, or the client has not read for too long."""
        self.flush()
        if not self.transport.is_closing():
            self.transport.close()
            self._patience.watch_reading()

    def take_away(self) -> socket.socket | None:
        """Give the connection up and return it; None if an answer is still to be written, or TLS ends here."""
        self.flush()
        if self.transport.is_closing() or self.transport.get_write_buffer_size():
            return None
        taken = duplicate_socket(self.transport)
        if taken is not None:
            self.transport.pause_reading()
            self.transport.abort()
        return taken

    def abort(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def hang_up(self, answer: bytes = b"") -> None:
        """Write the last answer and read on for a moment: closing at once would reset the connection and lose it."""
        self.flush()
        self._hung_up = True
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if answer:
            self.transport.write(answer)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.close)

    def shutdown(self) -> None:
        """Close the connection, or let it close after the answer that is being made (uvicorn)."""
        self.flush()
        super().shutdown()

    def pause_writing(self) -> None:
        """Stop answering until the client has read, and look whether it does."""
        super().pause_writing()
        self._patience.watch_reading()

    def default_lines(self) -> bytes:
        """Return the lines of the headers that uvicorn adds to every answer (`date`), which change every second."""
        headers = self.server_state.default_headers
        if WritingProtocol._defaults[0] is not headers:
            lines = b"".join([b"%b: %b\r\n" % pair for pair in headers])
            WritingProtocol._defaults = (headers, lines)
        return WritingProtocol._defaults[1]
