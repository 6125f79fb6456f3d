"""One request of Engine.IO, or a WebSocket's handshake, as ASGI brings it, and its answer.

Out of scope: what is asked (`engine`), and headers that the edge of HTTP adds to other answers.
"""

from __future__ import annotations

import contextlib
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from colonnade.kernel.realtime.packets import Malformed, TooLarge

__all__ = ["Exchange", "Refusal"]

_MAX_QUERY_BYTES: Final = 4096
_PLAIN: Final = b"text/plain; charset=UTF-8"
_JSON: Final = b"application/json"


class Refusal(msgspec.Struct, frozen=True):
    """Why a request is not served, as Engine.IO's clients know it."""

    code: int
    message: str
    status: int = 400


class Exchange:
    """One request, or a WebSocket's handshake, and its answer."""

    def __init__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        self.transport = "websocket" if scope["type"] == "websocket" else "polling"
        self._receive = receive
        self._send = send
        self._headers = [
            (b"cache-control", b"no-store"),
            (b"vary", b"Origin"),
            (b"x-content-type-options", b"nosniff"),
        ]
        query = scope["query_string"]
        self.query = dict(parse_qsl(query[:_MAX_QUERY_BYTES].decode("latin-1")))

    @property
    def address(self) -> str:
        """The client's address, as the server, or the proxy middleware before it, put it into the scope."""
        client = self.scope.get("client")
        return str(client[0]) if client else "unknown"

    def header(self, name: bytes) -> str:
        """Return a request header; an empty string if there is none."""
        for key, value in self.scope["headers"]:
            if key.lower() == name:
                return str(value.decode("latin-1"))
        return ""

    def extension(self, name: str) -> Any:
        """Return one of the server's extensions, or None."""
        return (self.scope.get("extensions") or {}).get(name)

    def allow(self, origin: str, *, credentials: bool) -> None:
        """Let pages of `origin` read the answer (CORS)."""
        self._headers.append((b"access-control-allow-origin", origin.encode("latin-1")))
        if credentials:
            self._headers.append((b"access-control-allow-credentials", b"true"))
        if self.scope.get("method") == "OPTIONS":
            self._headers.append((b"access-control-allow-methods", b"GET, POST"))
            if wanted := self.header(b"access-control-request-headers"):
                self._headers.append((b"access-control-allow-headers", wanted.encode("latin-1")))

    async def body(self, max_bytes: int) -> bytes:
        """Return the request's body. Raise TooLarge, or Malformed if it is not complete."""
        parts = bytearray()
        while True:
            message = await self._receive()
            if message["type"] != "http.request":
                raise Malformed("not complete")
            parts += message.get("body", b"")
            if len(parts) > max_bytes:
                raise TooLarge("too large")
            if not message.get("more_body", False):
                return bytes(parts)

    async def disconnected(self) -> None:
        """Wait until the client has gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def accept(self) -> None:
        """Open the WebSocket."""
        await self._receive()
        await self._send({"type": "websocket.accept"})

    async def answer(self, status: int, body: bytes, content_type: bytes = _PLAIN) -> None:
        """Answer; a WebSocket is refused with it."""
        kind = "http.response"
        if self.scope["type"] == "websocket":
            await self._receive()
            if "websocket.http.response" not in (self.scope.get("extensions") or {}):
                await self._send({"type": "websocket.close", "code": 1008})
                return
            kind = "websocket.http.response"
        of_content = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
        headers = [*(of_content if status != 204 else ()), *self._headers]
        with contextlib.suppress(OSError):  # the client is gone
            await self._send({"type": f"{kind}.start", "status": status, "headers": headers})
            await self._send({"type": f"{kind}.body", "body": body})

    async def refuse(self, refusal: Refusal) -> None:
        """Say why this is not served."""
        content = msgspec.json.encode({"code": refusal.code, "message": refusal.message})
        await self.answer(refusal.status, content, _JSON)
