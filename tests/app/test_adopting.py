"""Connections that another process has accepted: what it has read of them is served first."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvicorn
import uvloop

from colonnade.app.server import _Server
from colonnade.kernel.server import ConnectionLimits, serving


async def _tell_path(scope: Any, receive: Any, send: Any) -> None:
    body = scope["path"].encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
    )
    await send({"type": "http.response.body", "body": body})


async def _adopt(later: bytes) -> bytes:
    """Return what a client is answered that had sent one request, and then `later`, before it was adopted."""
    config = uvicorn.Config(_tell_path, lifespan="off", http=serving(ConnectionLimits()), proxy_headers=False)
    config.load()
    site: Any = None
    server = _Server(config, site, grace_seconds=1, shared=None, handover=None, ready=None)
    server.lifespan = config.lifespan_class(config)
    client, connection = socket.socketpair()
    with client:
        client.setblocking(False)
        connection.setblocking(False)
        client.sendall(later)
        await server._adopt(connection, b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
        loop, answer = asyncio.get_running_loop(), b""
        async with asyncio.timeout(5):
            while part := await loop.sock_recv(client, 4096):
                answer += part
    return answer


def test_what_was_read_before_comes_before_what_is_read_here() -> None:
    """uvloop, with which servers run, reads as soon as a connection is made."""
    second = b"GET /second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    _, first, last = uvloop.run(_adopt(second)).split(b"\r\n\r\n")
    assert (first, last) == (b"/firstHTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close", b"/second")
