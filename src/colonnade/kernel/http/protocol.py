"""uvicorn's HTTP protocol with one write per answer instead of two, and with limits on a request's head.

uvicorn writes an answer's head when it starts and the body when it comes: two system calls, which together were
two fifths of the CPU of a cached answer. Here the head waits for the first part of the body, and a cached answer,
whose head is bytes already, is written whole (the ASGI extension WHOLE_ANSWER). uvicorn also reads a request
line and headers of any length into memory, and waits for them without a timeout; here they are limited to 64 KiB
and 15 seconds. It accepts a request that names no host, or two, of which each layer may read another one; here it
is answered with 400 (RFC 9112, 3.2). A contract test holds the parts of uvicorn that this relies on.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from colonnade.kernel.cache import WHOLE_ANSWER

__all__ = ["OneWriteProtocol"]

MAX_HEAD_BYTES = 64 * 1024
HEAD_TIMEOUT_SECONDS = 15.0
_LINGER_SECONDS = 1.0
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 31\r\nconnection: close\r\n\r\nRequest header fields too large"
)


class _OneWrite:
    """A transport that buffers an answer's head until the next write, or until it is flushed."""

    __slots__ = ("_head", "inner")

    def __init__(self, inner: asyncio.Transport) -> None:
        self.inner = inner
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        head = self._head
        if head is not None:
            self._head = None
            self.inner.write(head + data)
        elif data.startswith(b"HTTP/1.1 ") and data.endswith(b"\r\n\r\n") and data[9:12] != b"100":
            self._head = data
        elif data:
            self.inner.write(data)

    def flush(self) -> None:
        head = self._head
        if head is not None:
            self._head = None
            self.inner.write(head)

    def is_closing(self) -> bool:
        return self.inner.is_closing()

    def close(self) -> None:
        self.flush()
        self.inner.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def _authority(url: bytes) -> bytes | None:
    """Return host and port of an address with a scheme, in lower case and without port 80; None for a path."""
    if url.startswith(b"/") or b"://" not in url:
        return None
    return _without_port(re.split(rb"[/?#]", url.partition(b"://")[2], maxsplit=1)[0])


def _without_port(host: bytes) -> bytes:
    return host.lower().removesuffix(b":80")


class _Whole:
    """Writes a complete answer to a GET: `whole(status line and headers, body)`; returns False if it cannot."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def __call__(self, head: bytes, body: bytes) -> bool:
        cycle = self._cycle
        if cycle.disconnected or cycle.response_started or not cycle.keep_alive or cycle.flow.write_paused:
            return False
        cycle.response_started = cycle.response_complete = True
        dated = b"".join(b"%b: %b\r\n" % pair for pair in cycle.default_headers)
        cycle.transport.write(b"%b%b\r\n%b" % (head, dated, body))
        cycle.message_event.set()
        cycle.on_response()
        return True


class OneWriteProtocol(HttpToolsProtocol):
    """The protocol for `uvicorn.Config(http=OneWriteProtocol)`."""

    transport: Any  # ours, until a WebSocket takes the connection over
    _fault = ""  # what is wrong with a head that the parser itself accepts
    _in_head = _in_body = _refused = False
    _head_bytes = 0
    _tail = b""  # the last bytes of an incomplete head, in which its end may have begun
    _head_timer: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Parse the data, unless the request's head is too large."""
        if self._refused:
            return
        if len(data) > MAX_HEAD_BYTES and not self._in_body:
            end = (self._tail + data).find(b"\r\n\r\n")
            if not 0 <= end <= MAX_HEAD_BYTES:
                self._refuse_head()
                return
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            self._tail = (self._tail + data)[-3:]
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse_head()
            elif self._head_timer is None:
                self._head_timer = self.loop.call_later(HEAD_TIMEOUT_SECONDS, self._give_up)

    def on_message_begin(self) -> None:
        """Begin to count the bytes of a request's head."""
        self._in_head, self._head_bytes, self._tail = True, 0, b""
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop the head's limits; offer the request's application to answer whole."""
        self._in_head, self._in_body, self._tail = False, True, b""
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        self._check_host()
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            # The application has not started: its task runs after this callback returns.
            whole: Any = _Whole(self.cycle)
            self.cycle.scope["extensions"] = {WHOLE_ANSWER: whole}

    def _check_host(self) -> None:
        """Raise ValueError, which the parser passes on as a broken request, unless the head names exactly one host."""
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or (not hosts and self.parser.get_http_version() != "1.0"):
            self._fault = "A request must have exactly one Host header."
        elif hosts and _authority(self.url) not in (None, _without_port(hosts[0].strip())):
            # The absolute form, for proxies: its authority would have to replace the header (RFC 9112, 3.2.2).
            self._fault = "The Host header names another host than the address of the request."
        if self._fault:
            raise ValueError(self._fault)

    def send_400_response(self, msg: str) -> None:
        """Answer 400 and close the connection; say what is wrong if it is known."""
        super().send_400_response(self._fault or msg)

    def on_message_complete(self) -> None:
        """Note that the request's body is complete."""
        self._in_body = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timeout of the head."""
        if self._head_timer is not None:
            self._head_timer.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        """Close a connection whose head did not arrive in time."""
        self.transport.close()

    def _refuse_head(self) -> None:
        """Answer, then read on for a moment: closing at once would reset the connection and lose the answer."""
        self._refused, self._in_head = True, False
        self.logger.warning("Request head too large.")
        self.transport.write(_TOO_LARGE)
        if isinstance(self.transport, _OneWrite):
            self.transport.flush()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wrap the connection's transport in ours, and start the timeout of the first head."""
        super().connection_made(_OneWrite(transport))  # type: ignore[arg-type]
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_SECONDS, self._give_up)

    def on_response_complete(self) -> None:
        """Write a head that still waits: the answer had no body."""
        if isinstance(self.transport, _OneWrite):
            self.transport.flush()
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        """Give a WebSocket the connection's own transport."""
        if isinstance(self.transport, _OneWrite):
            self.transport.flush()
            self.transport = self.transport.inner
        super().handle_websocket_upgrade()
