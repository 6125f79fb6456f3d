"""Real servers in processes of their own, and a client that speaks the wire's protocol by hand."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed

import colonnade.kernel.db

HERE = Path(__file__).parent
CLIENTS = HERE.parents[1] / "clients"
MIGRATION = Path(colonnade.kernel.db.__file__).parent / "migrations" / "0010_realtime.sql"
SECONDS = 15


class ServerProcess:
    """One server; `stderr` is what it has said that it should not."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, config: dict[str, Any]) -> None:
        self.process = process
        self.port = port
        self.config = config
        self.url = f"http://127.0.0.1:{port}"

    async def stop(self) -> str:
        """End it in an orderly way; gives its error output."""
        if self.process.returncode is None:
            self.process.terminate()
        _, errors = await asyncio.wait_for(self.process.communicate(), 30)
        return errors.decode()

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        self.process.kill()
        await self.process.wait()


class RawClient:
    """A Socket.IO client without a library: what arrives is kept in `got`, as (event, data) in order."""

    def __init__(self, ws: ClientConnection, namespace: str) -> None:
        self.ws = ws
        self.namespace = namespace
        self.sid = ""
        self.refused: Any = None
        self.got: list[tuple[str, Any]] = []
        self.acks: dict[int, Any] = {}
        self.closed: str | None = None
        self._changed = asyncio.Condition()
        self._next_ack = 0
        self._reader: asyncio.Task[None] | None = None

    async def begin(self, auth: Any) -> None:
        prefix = "" if self.namespace == "/" else f"{self.namespace},"
        await self.ws.send(f"40{prefix}" + ("" if auth is None else json.dumps(auth)))
        self._reader = asyncio.create_task(self._read())
        await self.until(lambda: bool(self.sid) or self.refused is not None or self.closed is not None)

    async def _read(self) -> None:
        kept: list[str] = []
        try:
            async for raw in self.ws:
                async with self._changed:
                    assert isinstance(raw, str)
                    if raw == "2":
                        await self.ws.send("3")
                    elif raw[0] == "4":
                        self._take(raw[1:])
                    else:
                        kept.append(raw)
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

    async def until(self, condition: Callable[[], bool], seconds: float = SECONDS) -> None:
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def send(self, packet: str) -> None:
        """A Socket.IO packet as it is, such as `2["event",1]`."""
        await self.ws.send("4" + packet)

    async def emit(self, event: str, *data: Any) -> None:
        prefix = "" if self.namespace == "/" else f"{self.namespace},"
        await self.ws.send(f"42{prefix}" + json.dumps([event, *data]))

    async def call(self, event: str, *data: Any) -> Any:
        """Emit and give the acknowledgement (None when it has no argument)."""
        self._next_ack += 1
        number = self._next_ack
        prefix = "" if self.namespace == "/" else f"{self.namespace},"
        await self.ws.send(f"42{prefix}{number}" + json.dumps([event, *data]))
        await self.until(lambda: number in self.acks or self.closed is not None)
        answer = self.acks.pop(number)
        return answer[0] if answer else None

    def of(self, event: str) -> list[Any]:
        """The data of every event of that name so far."""
        return [data for name, data in self.got if name == event]

    async def wait_for(self, event: str, count: int = 1, seconds: float = SECONDS) -> list[Any]:
        """Wait for `count` events of that name; gives all of them."""
        await self.until(lambda: len(self.of(event)) >= count or self.closed is not None, seconds)
        assert len(self.of(event)) >= count, f"closed: {self.closed}, with {len(self.got)} events"
        return self.of(event)

    async def until_closed(self, seconds: float = SECONDS) -> str | None:
        await self.until(lambda: self.closed is not None, seconds)
        return self.closed

    async def close(self) -> None:
        await self.ws.close()
        if self._reader is not None:
            await self._reader


StartServer = Callable[..., Awaitable[ServerProcess]]
Connect = Callable[..., Awaitable[RawClient]]


@pytest.fixture(scope="session")
async def realtime_dsn(fresh_database: Callable[[], Awaitable[str]]) -> str:
    """A database with the tables of the realtime kernel."""
    dsn = await fresh_database()
    connection = await asyncpg.connect(dsn)
    await connection.execute(MIGRATION.read_text())
    await connection.close()
    return dsn


async def launch(config: dict[str, Any]) -> ServerProcess:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "server.py"),
        json.dumps(config),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 30)
    if not line:
        _, errors = await process.communicate()
        raise AssertionError(errors.decode())
    return ServerProcess(process, json.loads(line)["port"], config)


@pytest.fixture(scope="session")
async def server(realtime_dsn: str) -> AsyncIterator[ServerProcess]:
    """One server without Redis for the tests that need no other settings."""
    limits = {"messages_per_minute": 100_000, "packets_per_minute": 100_000, "sockets_per_address": 2_000}
    process = await launch({"dsn": realtime_dsn, "limits": limits})
    yield process
    await process.stop()


@pytest.fixture
async def start_server(realtime_dsn: str) -> AsyncIterator[StartServer]:
    """Start servers with settings of their own; they are killed after the test."""
    started: list[ServerProcess] = []

    async def start(**config: Any) -> ServerProcess:
        limits = {"messages_per_minute": 100_000, "packets_per_minute": 100_000, **config.pop("limits", {})}
        process = await launch({"dsn": realtime_dsn, "limits": limits, **config})
        started.append(process)
        return process

    yield start
    for process in started:
        if process.process.returncode is None:
            await process.kill()


@pytest.fixture
async def pair(start_server: StartServer, redis_url: str) -> tuple[ServerProcess, ServerProcess]:
    """Two processes of one installation, sharing PostgreSQL and Redis."""
    shared = {"redis": redis_url, "namespace": f"rt-{uuid.uuid4().hex[:8]}"}
    return await start_server(**shared), await start_server(**shared)


@pytest.fixture
async def connect(server: ServerProcess) -> AsyncIterator[Connect]:
    """Open clients by WebSocket; they are closed after the test."""
    opened: list[RawClient] = []

    async def open_client(
        to: ServerProcess | None = None,
        *,
        auth: Any = None,
        namespace: str = "/",
        path: str = "/socket.io/",
        wait: bool = True,
    ) -> RawClient:
        url = f"ws://127.0.0.1:{(to or server).port}{path}?EIO=4&transport=websocket"
        ws = await open_websocket(url, max_size=None, ping_interval=None)
        hello = await ws.recv()
        assert isinstance(hello, str)
        assert hello.startswith("0{")
        client = RawClient(ws, namespace)
        opened.append(client)
        beginning = client.begin(auth)
        if wait:
            await asyncio.wait_for(beginning, SECONDS)
        else:
            client.beginning = asyncio.create_task(beginning)  # type: ignore[attr-defined]
        return client

    yield open_client
    for client in opened:
        await client.close()


@pytest.fixture
def room() -> str:
    """A room name of the test's own."""
    return f"room-{uuid.uuid4().hex[:8]}"
