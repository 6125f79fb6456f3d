"""Migrations: raw SQL files, in order, each applied once.

`needs_migration` is cheap (two small queries and the files) and safe to call at every start. `migrate` runs each
file in a transaction of its own together with its row in `migration_log`, so a file is applied completely or not at
all. There are no downgrades: a mistake is undone by the next migration (expand, then contract). `planning` decides
which files run, and in which order. Why no tool does it: docs/adr/0009-migrations-without-a-tool.md.

A file with the line `-- migrate:no-transaction` runs statement by statement outside a transaction, for
`CREATE INDEX CONCURRENTLY`; if it fails halfway it is run again from its first statement, so it must be idempotent:
`DROP INDEX CONCURRENTLY IF EXISTS x; CREATE INDEX CONCURRENTLY x …`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec

from colonnade.kernel.db.migration_log import MigrationLog, adoption, read_log, record
from colonnade.kernel.db.planning import DatabaseAhead, plan
from colonnade.kernel.db.revisions import (
    BadRevision,
    Branches,
    Revision,
    find_revisions,
    is_transactional,
    split_statements,
)

__all__ = [
    "BadRevision",
    "Branches",
    "DatabaseAhead",
    "MigrationBusy",
    "MigrationFailed",
    "Progress",
    "Revision",
    "find_revisions",
    "migrate",
    "needs_migration",
    "pending",
    "read_state",
]

ADVISORY_LOCK = 0x636F6C6F6E6E6164
"""The letters "colonnad": the lock that admits one migrator at a time to a database."""
LOCK_TIMEOUT_SECONDS = 5.0
"""How long a statement waits for a table that is in use, by default."""


class MigrationBusy(Exception):
    """Another process has been migrating this database for longer than `wait_seconds`."""


class MigrationFailed(Exception):
    """A revision could not be applied; the message names the file and PostgreSQL's error."""


class Progress(msgspec.Struct, frozen=True):
    """Revision `number` of `total` (from 1) is about to run."""

    revision: str
    title: str
    number: int
    total: int


async def needs_migration(connection: Any, branches: Branches) -> bool:
    """Return whether `migrate` has something to do. Raise DatabaseAhead, BadRevision."""
    revisions, log = find_revisions(branches), await read_log(connection)
    return bool(plan(revisions, log) or adoption(log, revisions))


async def pending(dsn: str, branches: Branches) -> list[str]:
    """Return the ids of the revisions that `migrate` would run, in order. Raise DatabaseAhead, BadRevision."""
    revisions = find_revisions(branches)
    return [revision.id for revision in plan(revisions, await read_state(dsn))]


async def read_state(dsn: str) -> MigrationLog:
    """Return the revisions that a database records as applied; changes nothing."""
    async with _connected(dsn, LOCK_TIMEOUT_SECONDS) as connection:
        return await read_log(connection)


async def migrate(
    dsn: str,
    branches: Branches,
    *,
    to: str | None = None,
    progress: Callable[[Progress], None] | None = None,
    lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS,
    attempts: int = 5,
    wait_seconds: float = 120.0,
) -> list[str]:
    """Bring the database to the newest revision of every branch (or to `to`); return the ids of those applied.

    Several processes may call this at once: one migrates, the others wait up to `wait_seconds` and then find
    nothing to do. A statement that waits longer than `lock_timeout_seconds` for a table in use is given up, so that
    other statements do not queue behind it, and its file is retried, `attempts` times in all.
    Raise DatabaseAhead, BadRevision, MigrationBusy, MigrationFailed.
    """
    async with _connected(dsn, lock_timeout_seconds) as connection:
        revisions = find_revisions(branches)
        await _take_turn(connection, wait_seconds)
        log = await read_log(connection)
        steps = plan(revisions, log, to=to)
        async with connection.transaction():
            for statement in adoption(log, revisions):
                await connection.execute(statement)
        for number, revision in enumerate(steps, 1):
            if progress is not None:
                progress(Progress(revision.id, revision.title, number, len(steps)))
            await _apply_with_retries(connection, revision, attempts)
        return [revision.id for revision in steps]


@asynccontextmanager
async def _connected(dsn: str, lock_timeout_seconds: float) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(
        dsn,
        timeout=10,
        server_settings={
            "application_name": "colonnade-migrate",
            "timezone": "UTC",
            "client_min_messages": "warning",
            "lock_timeout": str(int(lock_timeout_seconds * 1000)),
            "statement_timeout": "0",
            "idle_in_transaction_session_timeout": "0",
        },
    )
    try:
        yield connection
    finally:
        await connection.close()


async def _take_turn(connection: Any, wait_seconds: float) -> None:
    """Take the advisory lock, which is held until the connection closes.

    It is polled rather than waited for: a waiting statement holds a snapshot, and CREATE INDEX CONCURRENTLY in the
    process that holds the lock waits for all snapshots, so the two would deadlock.
    """
    deadline = time.monotonic() + wait_seconds
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", ADVISORY_LOCK):
        if time.monotonic() >= deadline:
            raise MigrationBusy(
                f"another process is still migrating this database after {wait_seconds:.0f} s"
            )
        await asyncio.sleep(0.1)


async def _apply_with_retries(connection: Any, revision: Revision, attempts: int) -> None:
    for attempt in range(1, attempts + 1):
        try:
            return await _apply(connection, revision)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            if attempt == attempts:
                raise MigrationFailed(
                    f"{revision.path.name}: a table it changes stayed in use, {attempts} attempts ({error})"
                ) from error
            await asyncio.sleep(0.2 * 2**attempt)
        except asyncpg.PostgresError as error:
            raise MigrationFailed(_explain(revision, error)) from error
    raise AssertionError("unreachable")


async def _apply(connection: Any, revision: Revision) -> None:
    sql = revision.read()
    started = time.monotonic()
    if is_transactional(sql):
        async with connection.transaction():
            await connection.execute(sql)
            await _record(connection, revision, started)
        return
    for statement in split_statements(sql):
        await connection.execute(statement)
    async with connection.transaction():
        await _record(connection, revision, started)


async def _record(connection: Any, revision: Revision, started: float) -> None:
    await connection.execute("RESET search_path; RESET role")  # a file may have set them
    await connection.execute(record(revision, duration_ms=int((time.monotonic() - started) * 1000)))


def _explain(revision: Revision, error: asyncpg.PostgresError) -> str:
    place = ""
    position = getattr(error, "position", None)
    if position and is_transactional(revision.read()):
        place = f", line {revision.read().count(chr(10), 0, int(position) - 1) + 1}"
    hint = getattr(error, "hint", None)
    return f"{revision.path.name}{place}: {error.args[0] if error.args else error}" + (
        f" ({hint})" if hint else ""
    )
