"""Accepting: many connections in one turn of the event loop, so that slow turns leave nobody waiting."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvloop

from colonnade.kernel.testing import LiveServer

CONNECTIONS = 64
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_connections_that_wait_together_are_taken_in_a_few_turns() -> None:
    """uvloop's own server takes one in each."""
    called = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal called
        called += 1
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def take_all() -> int:
        turns = 0
        async with LiveServer(app) as server:
            clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(CONNECTIONS)]
            for client in clients:
                client.sendall(REQUEST)
            while called < CONNECTIONS:
                await asyncio.sleep(0)
                turns += 1
            for client in clients:
                client.close()
        return turns

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        turns = runner.run(asyncio.wait_for(take_all(), 30))
    assert turns <= CONNECTIONS / 4
