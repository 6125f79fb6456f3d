"""Session-wide servers that tests share: one PostgreSQL and one Valkey for all worker processes of a run.

Tests that stop, kill or restart a server start one of their own; these two belong to everybody.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from colonnade.kernel.core.lease import Lease, file_lock
from colonnade.kernel.core.secrets import prepare_home
from colonnade.kernel.core.valkey import start_valkey
from colonnade.kernel.db.embedded import start_postgres
from colonnade.kernel.testing import NodeScript

CLIENTS = Path(__file__).parent / "clients"
LEFT_OUT = {
    "node": "COLONNADE_WITHOUT_NODE",
    "generator": "COLONNADE_WITHOUT_GENERATOR",
    "browser": "COLONNADE_WITHOUT_BROWSER",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine lacks; `make test` says so and puts the reason into these variables."""
    for mark, variable in LEFT_OUT.items():
        reason = os.environ.get(variable)
        if reason:
            for item in items:
                if item.get_closest_marker(mark):
                    item.add_marker(pytest.mark.skip(reason=reason))


def _roomy_directory() -> Path:
    """Memory where there is plenty: hundreds of small databases are made and removed; else the disk."""
    memory = Path("/dev/shm")
    if "TMPDIR" not in os.environ and memory.is_dir() and shutil.disk_usage(memory).free >= 8 * 2**30:
        return memory
    return Path(tempfile.gettempdir())


@pytest.fixture(scope="session")
def servers_home() -> Iterator[Path]:
    """COLONNADE_HOME of the servers that all worker processes of this run share; the last one removes it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    # Directly below such a directory: the account that root lends to PostgreSQL must get there.
    home = _roomy_directory() / f"colonnade-test-{run[:12]}"
    lock = home.with_suffix(".lock")
    with file_lock(lock):
        lease = Lease(prepare_home(home) / "run.lock")
        lease.take()
    yield home
    with file_lock(lock):
        if lease.give_back():
            shutil.rmtree(home, ignore_errors=True)
            lock.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def postgres_dsn(servers_home: Path) -> Iterator[str]:
    """DSN of the maintenance database of a throw-away PostgreSQL (or of TEST_DATABASE_URL).

    Its role may create databases and is no superuser, as in production.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with start_postgres(servers_home, durable=False) as server:
        yield server.dsn()


@pytest.fixture(scope="session")
def redis_url(servers_home: Path) -> Iterator[str]:
    """URL of a throw-away Valkey (or TEST_REDIS_URL); processes share it: choose keys per test."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    with start_valkey(servers_home) as server:
        yield server.url


@pytest.fixture(scope="session")
async def fresh_database(postgres_dsn: str) -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Factory of databases; each call gives the DSN of a new one: empty, or like the one whose DSN is given."""
    admin = await asyncpg.connect(postgres_dsn)

    async def create(like: str | None = None) -> str:
        name = f"t_{uuid.uuid4().hex[:12]}"
        template = "" if like is None else f' TEMPLATE "{urlsplit(like).path[1:]}"'
        await admin.execute(f'CREATE DATABASE "{name}"{template}')
        base, _, query = postgres_dsn.partition("?")
        return f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")

    yield create
    await admin.close()


@pytest.fixture(scope="session")
def node() -> str:
    """The node executable; skips where it, or the packages of tests/clients (`npm ci`), are missing."""
    executable = shutil.which(os.environ.get("NODE", "node"))
    if executable is None:
        pytest.skip("Node.js is not installed")
    if not (CLIENTS / "node_modules" / "socket.io-client").is_dir():
        pytest.skip("npm ci --prefix tests/clients has not been run")
    return executable


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's executable; skips where there is none."""
    for name in (os.environ.get("COLONNADE_CHROMIUM"), "chromium", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    pytest.skip("no Chromium or Chrome is installed")


@pytest.fixture
async def run_script(node: str) -> AsyncIterator[Callable[..., Awaitable[NodeScript]]]:
    """Start a script of tests/clients with arguments; killed after the test."""
    started: list[NodeScript] = []

    async def start(name: str, *arguments: str) -> NodeScript:
        started.append(await NodeScript.start(node, str(CLIENTS / name), *arguments))
        return started[-1]

    yield start
    for script in started:
        await script.end()
