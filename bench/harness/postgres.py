"""One PostgreSQL for all servers of a run: the embedded one that Colonnade ships with, unchanged.

The data directory is kept between runs, so that the 20,000 articles are loaded once. It is not tuned: both servers
read the same database with the same settings.
"""

from __future__ import annotations

import asyncio
import time
from types import TracebackType

import asyncpg

from colonnade.kernel.db.embedded import start_postgres
from harness import processes, settings

QUIET_CHECKS = 4


class Postgres:
    """A running server. Use as a context manager; stopped at the end."""

    def __init__(self) -> None:
        settings.HOME.mkdir(parents=True, exist_ok=True)
        settings.HOME.chmod(0o755)
        self._server = start_postgres(settings.HOME)

    def __enter__(self) -> Postgres:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def dsn(self, database: str) -> str:
        """Return the connection string of `database` (Unix socket), as the role that owns it."""
        return self._server.dsn(database)

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of PostgreSQL so far, ended backends included."""
        return processes.cpu_seconds(self._server.pid)

    async def create(self, database: str, template: str | None = None) -> bool:
        """Create `database`, as a copy of `template` if there is one; return False if it exists already."""
        connection = await asyncpg.connect(self.dsn("postgres"))
        try:
            if await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
                return False
            copied = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
            await connection.execute(f'CREATE DATABASE "{database}"{copied}')
            return True
        finally:
            await connection.close()

    async def drop_stale(self, prefix: str, keep: str) -> None:
        """Drop the databases without connections whose names begin with `prefix`, except `keep`."""
        connection = await asyncpg.connect(self.dsn("postgres"))
        try:
            stale = await connection.fetch(
                "SELECT datname FROM pg_database d WHERE starts_with(datname, $1) AND datname <> $2"
                " AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)",
                prefix,
                keep,
            )
            for record in stale:
                await connection.execute(f'DROP DATABASE "{record["datname"]}"')
        finally:
            await connection.close()

    async def drop(self, database: str) -> None:
        """Drop `database` if it exists, and end its connections."""
        connection = await asyncpg.connect(self.dsn("postgres"))
        try:
            await connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        finally:
            await connection.close()

    async def wait_idle(self, timeout_seconds: float = 60.0) -> None:
        """Wait until no client has been busy for a moment: the remains of one round must not slow the next.

        An open transaction counts as busy between its statements too, and another may wait for its connection.
        """
        connection = await asyncpg.connect(self.dsn("postgres"))
        deadline = time.monotonic() + timeout_seconds
        quiet = 0
        try:
            while quiet < QUIET_CHECKS:
                busy = await connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE state <> 'idle' AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
                )
                quiet = 0 if busy else quiet + 1
                if time.monotonic() > deadline:
                    raise TimeoutError(f"PostgreSQL is still busy after {timeout_seconds:g} s")
                await asyncio.sleep(0.05)
        finally:
            await connection.close()
