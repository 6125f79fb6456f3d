"""Who sends at a way in, and what a way in is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import httpx

__all__ = ["MEGABYTE", "Client", "Send", "WayIn"]

MEGABYTE = 1024**2


@dataclass(frozen=True)
class Client:
    """Who sends: an address of a server, and one who is signed in as `admin` or nobody."""

    port: int
    admin: httpx.AsyncClient
    visitor: httpx.AsyncClient

    async def send(self, *pieces: bytes, pause: float = 0.0) -> bytes:
        """Send pieces on a connection of its own, and return what comes until it ends, or for two seconds."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        answer = bytearray()

        async def listen() -> None:
            while part := await reader.read(65_536):
                answer.extend(part)

        listening = asyncio.create_task(listen())
        with suppress(OSError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
                if listening.done():
                    break
        await asyncio.wait([listening], timeout=2)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        writer.transport.abort()
        return bytes(answer)


Send = Callable[[Client], Awaitable[object]]


@dataclass(frozen=True)
class WayIn:
    """A way in: its bounds in words, its two inputs, which assert the answer, and the server's `megabytes`.

    Twenty send the worst at once, unless that is many already or has a budget (`together`).
    """

    name: str
    bytes: str
    seconds: str
    memory: str
    beyond: str
    worst: Send
    first_illegal: Send
    megabytes: int = 20
    slow: bool = False
    together: bool = True
