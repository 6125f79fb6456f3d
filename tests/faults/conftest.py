"""A station for faults: one or two servers with a PostgreSQL and a Redis of their own."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from colonnade.kernel.core.process import is_alive
from colonnade.kernel.core.valkey import EmbeddedValkey, start_valkey
from colonnade.kernel.testing.command import Installation, RunningCommand, new_installation

SECONDS = 40.0


class Patient:
    """An installation whose parts may be killed and frozen."""

    def __init__(self, installation: Installation, redis: EmbeddedValkey) -> None:
        self.installation = installation
        self.redis = redis

    async def up(self, *arguments: str, **environment: str) -> RunningCommand:
        """Start a server of the installation."""
        return await asyncio.to_thread(self.installation.up, "radio", *arguments, **environment)

    @contextmanager
    def frozen_database(self) -> Iterator[None]:
        """Suspend PostgreSQL while connections stay open, as with a hanging disk."""
        postmaster = self.installation.postgres_pid()
        assert postmaster is not None
        pids = [postmaster, *_children(postmaster)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in reversed(pids):
                if is_alive(pid):
                    os.kill(pid, signal.SIGCONT)


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(entry.name))
            except (OSError, ValueError):
                continue
    return found


@pytest.fixture(scope="module")
def patient(room: Path, templates: Callable[[str], Path]) -> Iterator[Patient]:
    """Provide one installation for all tests of a module; each must leave it working."""
    if not Path("/proc").is_dir():
        pytest.skip("looks into /proc")
    with new_installation(room) as installation, start_valkey(installation.base / "redis") as redis:
        installation.copy_from(templates("radio"))
        installation.environment["REDIS_URL"] = redis.url
        yield Patient(installation, redis)


@pytest.fixture
async def stopped_afterwards() -> AsyncIterator[Callable[[RunningCommand], RunningCommand]]:
    """Provide `stopped_afterwards(server)`: the server must shut down cleanly after the test."""
    servers: list[RunningCommand] = []

    def remember(server: RunningCommand) -> RunningCommand:
        servers.append(server)
        return server

    yield remember
    for server in servers:
        assert await asyncio.to_thread(server.stop) == 0
        assert "Traceback" not in server.stderr.replace("\\n", "\n")


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]:
    """Provide `await eventually(question)`, which polls until the answer is true."""

    async def ask(question: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(SECONDS):
            while not await question():
                await asyncio.sleep(0.05)

    return ask
