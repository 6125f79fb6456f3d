"""A pytest plugin: one PostgreSQL and one Valkey for all worker processes of a run, and databases for tests.

All tests share these servers; those that stop, kill or restart a server start their own. Loaded by
`colonnade.app.testing`; needs pytest and pytest-asyncio with event loops of session scope.
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

__all__ = ["fresh_database", "postgres_dsn", "redis_url", "roomy_directory", "servers_home"]


def roomy_directory() -> Path:
    """Memory where there is plenty, else the disk: a new cluster is written four times as fast in memory.

    Everybody may enter it, as the account must that root lends to PostgreSQL; pytest's own directories are closed.
    """
    memory = Path("/dev/shm")  # noqa: S108 - the home made in it belongs to this user alone
    if "TMPDIR" not in os.environ and memory.is_dir() and shutil.disk_usage(memory).free >= 8 * 2**30:
        return memory
    return Path(tempfile.gettempdir())


@pytest.fixture(scope="session")
def servers_home() -> Iterator[Path]:
    """Create the COLONNADE_HOME of the servers that the run's worker processes share; the last one removes it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    # Directly below such a directory, which the account that root lends to PostgreSQL can reach.
    home = roomy_directory() / f"colonnade-test-{run[:12]}"
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
    """Start a throw-away PostgreSQL (or use TEST_DATABASE_URL); return the DSN of its maintenance database.

    Its role may create databases and is not a superuser, as in production.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with start_postgres(servers_home, durable=False) as server:
        yield server.dsn()


@pytest.fixture(scope="session")
def redis_url(servers_home: Path) -> Iterator[str]:
    """Start a throw-away Valkey (or use TEST_REDIS_URL); return its URL. Processes share it: choose keys per test."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    with start_valkey(servers_home) as server:
        yield server.url


@pytest.fixture(scope="session")
async def fresh_database(postgres_dsn: str) -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Return a factory of databases: each call creates one, empty or a copy of `like`, and returns its DSN."""
    admin = await asyncpg.connect(postgres_dsn)

    async def create(like: str | None = None) -> str:
        name = f"t_{uuid.uuid4().hex[:12]}"
        template = "" if like is None else f' TEMPLATE "{urlsplit(like).path[1:]}"'
        await admin.execute(f'CREATE DATABASE "{name}"{template}')
        base, _, query = postgres_dsn.partition("?")
        return f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")

    yield create
    await admin.close()
