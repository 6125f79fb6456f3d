"""Two real server processes that share PostgreSQL and Redis, and the real socket.io-client."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from colonnade.kernel.core.valkey import start_valkey
from colonnade.kernel.testing import NO_TLS
from colonnade.kernel.testing.command import Installation, RunningCommand, new_installation

FOLDER = Path(__file__).parent
SECONDS = 60.0


class Listener:
    """listener.js as a child process: `await listener.ask("say", texts=[…])`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, what: str, **arguments: Any) -> Any:
        """Send a command and return its answer. Raises AssertionError if the script ends instead."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": what, **arguments}).encode() + b"\n")
        async with asyncio.timeout(SECONDS):
            line = await self._process.stdout.readline()
        assert line, f"listener.js ended on {what}"
        return json.loads(line)

    async def end(self) -> None:
        """Kill the script."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()


class Station:
    """Two servers, A and B, on one database and one Redis."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.servers: list[RunningCommand] = []
        self.staff: dict[str, str] = {}
        self._guests: dict[str, str] = {}
        self._listeners: list[Listener] = []

    @property
    def addresses(self) -> list[str]:
        return [server.url for server in self.servers]

    async def start(self) -> None:
        """Start both servers and sign the staff in."""
        self.servers.append(await asyncio.to_thread(self.installation.up, "radio"))
        self.servers.append(await asyncio.to_thread(self.installation.up, "radio"))
        for role in ("admin", "penyiar"):
            data = {"email": f"{role}@elshaddaifm.id", "password": f"{role}-elshaddai"}
            async with httpx.AsyncClient(verify=NO_TLS) as http:
                answer = await http.post(f"{self.addresses[0]}/auth/login", json=data)
            assert answer.status_code == 200, answer.text
            self.staff[role] = answer.json()["data"]["accessToken"]

    async def restart(self, index: int) -> None:
        """Restart a killed server at its old address."""
        command = self.installation.start("up", "radio", "--port", str(self.servers[index].port))
        await asyncio.to_thread(command.wait_until_ready)
        self.servers[index] = command

    async def http(self, method: str, path: str, *, server: int = 0, role: str = "", **more: Any) -> Any:
        """Send one request to a server; return the answer's `data`."""
        headers = {"authorization": f"Bearer {self.staff[role]}"} if role else {}
        async with httpx.AsyncClient(base_url=self.addresses[server], headers=headers, verify=NO_TLS) as http:
            answer = await http.request(method, path, **more)
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]

    async def history(self) -> list[dict[str, Any]]:
        """Return every public message, oldest first."""
        found: list[dict[str, Any]] = []
        async with httpx.AsyncClient(base_url=self.addresses[-1], verify=NO_TLS) as http:
            cursor: str | None = "1"
            while cursor:
                answer = (await http.get(f"/livechat/messages?after={cursor}&limit=100")).json()
                found += answer["data"]
                cursor = answer.get("nextCursor")
        return found

    async def listener(
        self, name: str, *, at: int = 0, upgraded: bool = False, role: str = "", **options: Any
    ) -> tuple[Listener, dict[str, Any]]:
        """Connect a guest called `name` to server `at` and join the room; return it with the answer to `open`.

        With a `role` it is one of the staff.
        """
        if not role and name not in self._guests:  # an address gets so many sessions an hour
            session = await self.http("POST", "/livechat/session", server=at, json={"name": name})
            self._guests[name] = session["token"]
        node = shutil.which("node")
        assert node is not None
        process = await asyncio.create_subprocess_exec(
            node,
            str(FOLDER / "listener.js"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        listener = Listener(process)
        self._listeners.append(listener)
        transports = ["polling", "websocket"] if upgraded else ["websocket"]
        opened = await listener.ask(
            "open",
            addresses=[*self.addresses[at:], *self.addresses[:at]],
            token=self.staff[role] if role else self._guests[name],
            upgraded=upgraded,
            options={"transports": transports, **options},
        )
        return listener, opened

    async def end_listeners(self) -> None:
        """Kill the clients of one test."""
        for listener in self._listeners:
            await listener.end()
        self._listeners.clear()


@pytest.fixture(scope="module")
async def running_station(room: Path, templates: Callable[[str], Path]) -> AsyncIterator[Station]:
    """Provide the servers themselves; use `station`."""
    if shutil.which("node") is None or not (FOLDER / "node_modules" / "socket.io-client").is_dir():
        pytest.skip("Node.js or the npm packages of tests/clients are not installed")
    with new_installation(room) as installation, start_valkey(installation.base / "redis") as redis:
        installation.copy_from(templates("radio"))
        installation.environment |= {
            "REDIS_URL": redis.url,
            "RATE_LIMIT_CHAT": "1000000/minute",
            "ACCESS_TOKEN_TTL_SECONDS": "3600",
        }
        station = Station(installation)
        await station.start()
        yield station


@pytest.fixture
async def station(running_station: Station) -> AsyncIterator[Station]:
    """Provide the station with both servers running and nobody connected."""
    yield running_station
    await running_station.end_listeners()
