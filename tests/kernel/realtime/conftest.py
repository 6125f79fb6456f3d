"""Real servers in processes of their own, and clients that implement the wire protocol themselves."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from websockets.asyncio.client import connect as open_websocket

import colonnade.kernel.db
from colonnade.kernel.testing import SocketClient
from colonnade.kernel.testing.nursery import ForkedProcess, Nursery

HERE = Path(__file__).parent
CLIENTS = HERE.parents[1] / "clients"
MIGRATION = Path(colonnade.kernel.db.__file__).parent / "migrations" / "0010_realtime.sql"
SECONDS = 15
NURSERY = Nursery(HERE / "server.py", "tests.kernel.realtime.server:main_program", folder=HERE.parents[2])


class ServerProcess:
    """One server; `stderr` is its unexpected output."""

    def __init__(self, process: ForkedProcess, port: int, config: dict[str, Any]) -> None:
        self.process = process
        self.port = port
        self.config = config
        self.url = f"http://127.0.0.1:{port}"

    async def stop(self) -> str:
        """Stop it gracefully; return its error output."""
        self.process.terminate()
        await asyncio.to_thread(self.process.wait, 30)
        assert self.process.stderr is not None
        return self.process.stderr.read()

    async def kill(self) -> None:
        """Kill it (SIGKILL)."""
        self.process.kill()
        await asyncio.to_thread(self.process.wait, 30)


StartServer = Callable[..., Awaitable[ServerProcess]]
Connect = Callable[..., Awaitable[SocketClient]]


@pytest.fixture(scope="session")
async def realtime_dsn(fresh_database: Callable[[], Awaitable[str]]) -> str:
    """Create a database with the tables of the realtime kernel."""
    dsn = await fresh_database()
    connection = await asyncpg.connect(dsn)
    await connection.execute(MIGRATION.read_text())
    await connection.close()
    return dsn


async def launch(config: dict[str, Any]) -> ServerProcess:
    process = await asyncio.to_thread(NURSERY.start, [json.dumps(config)], env=os.environ, cwd=HERE)
    assert process.stdout is not None
    assert process.stderr is not None
    line = await asyncio.wait_for(asyncio.to_thread(process.stdout.readline), 30)
    if not line:
        raise AssertionError(process.stderr.read())
    return ServerProcess(process, json.loads(line)["port"], config)


@pytest.fixture(scope="session")
async def server(realtime_dsn: str) -> AsyncIterator[ServerProcess]:
    """Start a server without Redis, for tests that need no other settings."""
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
        await process.kill()


@pytest.fixture
async def pair(start_server: StartServer, redis_url: str) -> tuple[ServerProcess, ServerProcess]:
    """Start two processes of one installation, which share PostgreSQL and Redis."""
    shared = {"redis": redis_url, "namespace": f"rt-{uuid.uuid4().hex[:8]}"}
    return await start_server(**shared), await start_server(**shared)


@pytest.fixture
async def connect(server: ServerProcess) -> AsyncIterator[Connect]:
    """Open clients by WebSocket; they are closed after the test."""
    opened: list[SocketClient] = []

    async def open_client(
        to: ServerProcess | None = None,
        *,
        auth: Any = None,
        namespace: str = "/",
        path: str = "/socket.io/",
        wait: bool = True,
    ) -> SocketClient:
        url = f"ws://127.0.0.1:{(to or server).port}{path}?EIO=4&transport=websocket"
        ws = await open_websocket(url, max_size=None, ping_interval=None)
        hello = await ws.recv()
        assert isinstance(hello, str)
        assert hello.startswith("0{")
        client = SocketClient(ws, namespace)
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
    """Return a room name of the test's own."""
    return f"room-{uuid.uuid4().hex[:8]}"
