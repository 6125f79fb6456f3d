"""A Socket.IO client for tests that implements the wire protocol itself and keeps every event."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

__all__ = ["Refused", "SocketClient"]

TIMEOUT_SECONDS = 15.0


class Refused(Exception):
    """The server refused the connection; `data` is its reason: {message, data: {message, code}}."""

    def __init__(self, data: Any) -> None:
        self.data = data
        super().__init__(str(data))


class SocketClient:
    """A client of one namespace over WebSocket.

    `got` has every event as (name, data), in order, `acknowledged` what `call` has returned, by event.
    """

    def __init__(self, ws: ClientConnection, namespace: str = "/") -> None:
        self.ws = ws
        self.namespace = namespace
        self.got: list[tuple[str, Any]] = []
        self.acknowledged: list[tuple[str, Any]] = []
        self.acks: dict[int, Any] = {}
        self.refused: Any = None
        self.closed: str | None = None
        self.sid = ""
        self._prefix = "" if namespace == "/" else f"{namespace},"
        self._changed = asyncio.Condition()
        self._next_ack = 0
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str, auth: Any = None, path: str = "/socket.io") -> SocketClient:
        """Connect to the server at `url` (http://…) with `auth`. Raise Refused."""
        address = f"{url.replace('http', 'ws', 1)}{path}/?EIO=4&transport=websocket"
        ws = await connect(address, max_size=None, ping_interval=None, compression=None)
        client = cls(ws)
        await ws.recv()
        await client.begin(auth)
        if client.refused is not None or not client.sid:
            await client.close()
            raise Refused(client.refused)
        return client

    async def begin(self, auth: Any = None) -> None:
        """Join the namespace over the open connection; `sid` or `refused` tells how that went."""
        await self.send(f"0{self._prefix}" + ("" if auth is None else json.dumps(auth)))
        self._reader = asyncio.create_task(self._read())
        await self.until(lambda: bool(self.sid or self.closed) or self.refused is not None)

    async def _read(self) -> None:
        try:
            async for raw in self.ws:
                assert isinstance(raw, str)
                if raw == "2":
                    await self.ws.send("3")
                elif raw.startswith("4"):
                    async with self._changed:
                        self._take(raw[1:])
                        self._changed.notify_all()
        except ConnectionClosed:
            pass
        async with self._changed:
            self.closed = self.closed or "transport"
            self._changed.notify_all()

    def _take(self, text: str) -> None:
        kind, rest = text[0], text[1:]
        if rest.startswith("/"):
            namespace, _, rest = rest.partition(",")
            assert namespace == self.namespace
        if kind == "0":
            self.sid = json.loads(rest)["sid"]
        elif kind == "1":
            self.closed = "server"
        elif kind == "2":
            event, *data = json.loads(rest)
            self.got.append((event, data[0] if data else None))
        elif kind == "3":
            start = rest.index("[")
            self.acks[int(rest[:start])] = json.loads(rest[start:])
        elif kind == "4":
            self.refused = json.loads(rest)

    async def until(self, condition: Callable[[], bool], seconds: float = TIMEOUT_SECONDS) -> None:
        """Wait until `condition` is true. Raise TimeoutError."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def send(self, packet: str) -> None:
        """Send a Socket.IO packet as it is, such as `2["event",1]`."""
        await self.ws.send("4" + packet)

    async def emit(self, event: str, *data: Any) -> None:
        """Send an event without waiting for an answer."""
        await self.send(f"2{self._prefix}" + json.dumps([event, *data]))

    async def call(self, event: str, *data: Any) -> Any:
        """Send an event and return the first argument of its acknowledgement."""
        self._next_ack += 1
        number = self._next_ack
        await self.send(f"2{self._prefix}{number}" + json.dumps([event, *data]))
        await self.until(lambda: number in self.acks or self.closed is not None)
        answer = self.acks.pop(number)
        said = answer[0] if answer else None
        self.acknowledged.append((event, said))
        return said

    def of(self, event: str) -> list[Any]:
        """Return the data of every event of that name so far."""
        return [data for name, data in self.got if name == event]

    async def wait_for(self, event: str, count: int = 1, seconds: float = TIMEOUT_SECONDS) -> list[Any]:
        """Wait until there were `count` events of that name; return the data of all."""
        await self.until(lambda: len(self.of(event)) >= count or self.closed is not None, seconds)
        assert len(self.of(event)) >= count, f"closed ({self.closed}) with {self.got}"
        return self.of(event)

    async def until_closed(self, seconds: float = TIMEOUT_SECONDS) -> str:
        """Wait until the connection is closed; return by whom: `server` or `transport`."""
        await self.until(lambda: self.closed is not None, seconds)
        assert self.closed is not None
        return self.closed

    async def close(self) -> None:
        """Close the connection."""
        await self.ws.close()
        if self._reader is not None:
            await self._reader
