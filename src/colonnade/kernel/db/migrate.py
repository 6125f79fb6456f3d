"""Migrations: raw SQL files, ordered and recorded by Alembic, run over asyncpg.

`needs_migration` is cheap (two small queries and a directory listing) and safe to ask at every start.
`migrate` asks Alembic for the plan in a short subprocess (see `alembic_plan`) and runs each file in a
transaction of its own together with Alembic's bookkeeping, so a file is applied wholly or not at all. There
are no downgrades: a mistake is undone by the next migration (expand, then contract).

A file with the line `-- migrate:no-transaction` runs statement by statement outside a transaction, for
`CREATE INDEX CONCURRENTLY`; when it fails halfway it is run again from its first statement, so it must bear
that: `DROP INDEX CONCURRENTLY IF EXISTS x; CREATE INDEX CONCURRENTLY x …`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

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
]

_ADVISORY_LOCK = 0x636F6C6F6E6E6164  # "colonnad": one migrator at a time in a database
_LOG_TABLE = """
CREATE TABLE IF NOT EXISTS migration_log (
    revision text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now(),
    duration_ms integer NOT NULL
)"""


class DatabaseAhead(Exception):
    """The database holds revisions this code does not know: newer code, or another product, migrated it."""


class MigrationBusy(Exception):
    """Another process has been migrating this database for longer than we wait."""


class MigrationFailed(Exception):
    """A revision could not be applied; the message names the file and PostgreSQL's complaint."""


class Progress(msgspec.Struct, frozen=True):
    """Revision `number` of `total` (from 1) is about to run."""

    revision: str
    title: str
    number: int
    total: int


class _Step(msgspec.Struct, frozen=True):
    revision: str
    sql: str


async def needs_migration(connection: Any, branches: Branches) -> bool:
    """Whether a revision on disk is not in the database. Raises DatabaseAhead, BadRevision."""
    revisions = find_revisions(branches)
    heads = await _read_heads(connection)
    _check_known(heads, revisions)
    return _newest(revisions) != heads


async def pending(dsn: str, branches: Branches) -> list[str]:
    """The ids of the revisions that `migrate` would run, in order. Raises DatabaseAhead, BadRevision."""
    connection = await _connect(dsn, lock_timeout_seconds=5)
    try:
        revisions = find_revisions(branches)
        heads = await _read_heads(connection)
        _check_known(heads, revisions)
        return [revision.id for revision in _after(heads, revisions)]
    finally:
        await connection.close()


async def migrate(
    dsn: str,
    branches: Branches,
    *,
    progress: Callable[[Progress], None] | None = None,
    lock_timeout_seconds: float = 5.0,
    attempts: int = 5,
    wait_seconds: float = 120.0,
) -> list[str]:
    """Bring the database to the newest revision of every branch; gives the ids of what was run.

    Several processes may call this at once: one works, the others wait up to `wait_seconds` and then find
    nothing to do. A statement that waits longer than `lock_timeout_seconds` for a table somebody uses gives
    up, so that it does not queue everybody behind it, and its file is tried again, `attempts` times in all.
    Raises DatabaseAhead, BadRevision, MigrationBusy, MigrationFailed.
    """
    connection = await _connect(dsn, lock_timeout_seconds)
    try:
        revisions = find_revisions(branches)
        await _take_turn(connection, wait_seconds)
        heads = await _read_heads(connection)
        _check_known(heads, revisions)
        if _newest(revisions) == heads:
            return []
        await connection.execute(_LOG_TABLE)
        await _check_not_skipped(connection, heads, revisions)
        if not heads:  # Alembic creates its table when nothing has been applied
            await connection.execute("DROP TABLE IF EXISTS alembic_version")
        steps = await _plan(revisions, heads)
        by_id = {revision.id: revision for revision in revisions}
        for number, step in enumerate(steps, 1):
            revision = by_id[step.revision]
            if progress is not None:
                progress(Progress(revision.id, revision.title, number, len(steps)))
            await _apply_with_patience(connection, revision, step.sql, attempts)
        return [step.revision for step in steps]
    finally:
        await connection.close()


async def _connect(dsn: str, lock_timeout_seconds: float) -> Any:
    return await asyncpg.connect(
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


async def _take_turn(connection: Any, wait_seconds: float) -> None:
    """Hold the advisory lock until the connection closes.

    It is polled rather than waited for: a waiting statement holds a snapshot, and CREATE INDEX CONCURRENTLY
    in the process that has the lock waits for all snapshots, so both would wait for ever.
    """
    deadline = time.monotonic() + wait_seconds
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _ADVISORY_LOCK):
        if time.monotonic() >= deadline:
            raise MigrationBusy(
                f"another process is still migrating this database after {wait_seconds:.0f} s"
            )
        await asyncio.sleep(0.1)


async def _read_heads(connection: Any) -> set[str]:
    if await connection.fetchval("SELECT to_regclass('alembic_version') IS NULL"):
        return set()
    rows = await connection.fetch("SELECT version_num FROM alembic_version")
    return {row["version_num"] for row in rows}


def _newest(revisions: Iterable[Revision]) -> set[str]:
    return {revision.id for revision in {revision.branch: revision for revision in revisions}.values()}


def _after(heads: set[str], revisions: Iterable[Revision]) -> list[Revision]:
    reached = {branch: int(number) for branch, _, number in (head.rpartition("_") for head in heads)}
    return [revision for revision in revisions if revision.number > reached.get(revision.branch, -1)]


def _check_known(heads: set[str], revisions: list[Revision]) -> None:
    newest = {revision.branch: revision.id for revision in revisions}
    for head in sorted(heads - {revision.id for revision in revisions}):
        branch = head.rpartition("_")[0]
        if branch in newest:
            raise DatabaseAhead(
                f"the database is at {head}, but this version of the code ends at {newest[branch]}: "
                "run the newer version, or restore a backup taken before the upgrade"
            )
        raise DatabaseAhead(
            f"the database holds {head}, which is no part of {', '.join(newest) or 'this code'}: "
            "does it belong to another product?"
        )


async def _check_not_skipped(connection: Any, heads: set[str], revisions: list[Revision]) -> None:
    """A file numbered below what has been applied (two branches merged) would silently never run."""
    applied = {row["revision"] for row in await connection.fetch("SELECT revision FROM migration_log")}
    later = {revision.id for revision in _after(heads, revisions)}
    for revision in revisions:
        if revision.id not in applied and revision.id not in later:
            raise BadRevision(
                f"{revision.path.name} was added below revisions that are already applied: "
                "give it a higher number"
            )


async def _plan(revisions: list[Revision], heads: set[str]) -> list[_Step]:
    branches: dict[str, list[str]] = {}
    for revision in revisions:
        branches.setdefault(revision.branch, []).append(revision.id)
    request = msgspec.json.encode({"branches": list(branches.items()), "heads": sorted(heads)})
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # modules next to the script must not shadow others
        str(Path(__file__).with_name("alembic_plan.py")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    answer, errors = await process.communicate(request)
    if process.returncode != 0:
        raise MigrationFailed(
            f"Alembic could not plan the migration: {errors.decode(errors='replace').strip()}"
        )
    return msgspec.json.decode(answer, type=list[_Step])


async def _apply_with_patience(connection: Any, revision: Revision, bookkeeping: str, attempts: int) -> None:
    for attempt in range(1, attempts + 1):
        try:
            return await _apply(connection, revision, bookkeeping)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            if attempt == attempts:
                raise MigrationFailed(
                    f"{revision.path.name}: a table it changes stayed in use, {attempts} attempts ({error})"
                ) from error
            await asyncio.sleep(0.2 * 2**attempt)
        except asyncpg.PostgresError as error:
            raise MigrationFailed(_explain(revision, error)) from error
    raise AssertionError("unreachable")


async def _apply(connection: Any, revision: Revision, bookkeeping: str) -> None:
    sql = revision.read()
    started = time.monotonic()
    if is_transactional(sql):
        async with connection.transaction():
            await connection.execute(sql)
            await _record(connection, revision, bookkeeping, started)
        return
    for statement in split_statements(sql):
        await connection.execute(statement)
    async with connection.transaction():
        await _record(connection, revision, bookkeeping, started)


async def _record(connection: Any, revision: Revision, bookkeeping: str, started: float) -> None:
    await connection.execute("RESET search_path; RESET role")  # a file may have set them
    await connection.execute(bookkeeping)
    await connection.execute(
        "INSERT INTO migration_log (revision, duration_ms) VALUES ($1, $2)",
        revision.id,
        int((time.monotonic() - started) * 1000),
    )


def _explain(revision: Revision, error: asyncpg.PostgresError) -> str:
    place = ""
    position = getattr(error, "position", None)
    if position and is_transactional(revision.read()):
        place = f", line {revision.read().count(chr(10), 0, int(position) - 1) + 1}"
    hint = getattr(error, "hint", None)
    return f"{revision.path.name}{place}: {error.args[0] if error.args else error}" + (
        f" ({hint})" if hint else ""
    )
