"""uvicorn's HTTP protocol with one write per answer instead of two.

uvicorn writes an answer's head when it starts and the body when it comes: two system calls, which together were
two fifths of the CPU of a cached answer. Here the head waits for the first piece of the body. A contract test
holds the two places of uvicorn that this relies on.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["OneWriteProtocol"]


class _OneWrite:
    """A transport that holds an answer's head back until the next write, or until it is flushed."""

    __slots__ = ("_head", "inner")

    def __init__(self, inner: asyncio.Transport) -> None:
        self.inner = inner
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        head = self._head
        if head is not None:
            self._head = None
            self.inner.write(head + data)
        elif data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 100"):
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


class OneWriteProtocol(HttpToolsProtocol):
    """For `uvicorn.Config(http=OneWriteProtocol)`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put our transport in front of the connection's own."""
        super().connection_made(_OneWrite(transport))  # type: ignore[arg-type]

    def on_response_complete(self) -> None:
        """An answer without a body ends here; its head must not wait any longer."""
        if isinstance(self.transport, _OneWrite):
            self.transport.flush()
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        """A WebSocket writes for itself."""
        if isinstance(self.transport, _OneWrite):
            self.transport.flush()
            self.transport = self.transport.inner
        super().handle_websocket_upgrade()
