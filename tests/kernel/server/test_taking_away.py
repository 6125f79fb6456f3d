"""Connections that an application takes away, to give them to another process: never with a request left behind."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from colonnade.kernel.core.asgi import DETACH
from colonnade.kernel.testing import LiveServer

REQUEST = b"GET /one HTTP/1.1\r\nHost: x\r\n\r\n"
BEHIND = {
    "a whole request": b"GET /two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a part of one": b"GET /two HTTP/1.1\r\nHost: x\r\nConn",
}
REST = b"ection: close\r\n\r\n"


class Taker:
    """Takes the connection of every request away; answers where it cannot."""

    def __init__(self) -> None:
        self.taken: list[tuple[socket.socket, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        found = scope["extensions"][DETACH]() if scope["path"] == "/one" else None
        if found is not None:
            self.taken.append(found)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": scope["path"].encode()})


@pytest.mark.parametrize("behind", BEHIND)
async def test_a_connection_with_more_to_answer_stays(behind: str) -> None:
    app = Taker()
    async with LiveServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(REQUEST + BEHIND[behind])
        async with asyncio.timeout(5):
            assert b"/one" in await reader.readuntil(b"/one")
        if behind == "a part of one":
            writer.write(REST)
        async with asyncio.timeout(5):
            assert (await reader.read()).endswith(b"/two")
        writer.close()
    assert app.taken == []


async def test_one_with_a_single_request_is_taken_with_its_head() -> None:
    app = Taker()
    async with LiveServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(REQUEST)
        async with asyncio.timeout(5):
            while not app.taken:
                await asyncio.sleep(0.001)
        ((taken, head),) = app.taken
        assert head.startswith(b"GET /one HTTP/1.1\r\n")
        taken.sendall(b"given")
        taken.close()
        async with asyncio.timeout(5):
            assert await reader.read() == b"given"
        writer.close()
