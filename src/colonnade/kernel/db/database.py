"""One product's database: statements on any free connection, and transactions.

A handler opens a transaction with `async with db.transaction(caller) as tx:`; leaving the block commits, an
exception rolls back. Whatever must follow the commit is handed to the transaction: jobs become rows in the same
transaction (`enqueue`), events are dispatched after it (`after_commit`). There is no ORM here: SQL is SQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, Literal, Protocol

import asyncpg

from colonnade.kernel.core import Event, Unavailable
from colonnade.kernel.core.providing import provided
from colonnade.kernel.db.errors import is_lost, was_not_sent
from colonnade.kernel.db.pool import Pool, PoolSettings

__all__ = [
    "Database",
    "Enqueue",
    "Executor",
    "Isolation",
    "Record",
    "Signer",
    "Transaction",
    "mark_as_background",
]

Record = Any
"""An asyncpg.Record: values by name or position."""

Isolation = Literal["read committed", "repeatable read", "serializable"]


class Executor(Protocol):
    """Runs SQL: a Database (each statement on its own) or a Transaction."""

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """Return all rows."""

    async def fetch_row(self, sql: str, *args: Any) -> Record | None:
        """Return the first row, or None."""

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """Return the first column of the first row, or None."""

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement; return its command tag, such as `UPDATE 1`."""


class Enqueue(Protocol):
    """Queues a job through the given connection, inside its transaction."""

    async def __call__(
        self,
        connection: Any,
        job: Any,
        payload: Any,
        *,
        delay: timedelta | None,
        key: str | None,
        priority: int | None,
    ) -> Any:
        """Insert the job."""


class Signer(Protocol):
    """Signs data that must provably come from this application, with a key that is not in the database."""

    def sign(self, data: bytes) -> str:
        """Return the signature of `data`."""

    def check(self, data: bytes, signature: str) -> bool | None:
        """Return whether `signature` was made for `data`; None if its key is unknown here."""


_background: ContextVar[bool] = ContextVar("background", default=False)


def mark_as_background() -> None:
    """Mark this task as background work: its statements do not count towards a request."""
    _background.set(True)


class Transaction:
    """One open transaction; an Executor whose statements commit or fail together."""

    __slots__ = ("_database", "caller", "connection", "events")

    def __init__(self, database: Database, connection: Any, caller: Any) -> None:
        self._database = database
        self.connection = connection
        self.caller = caller
        self.events: list[Event] = []

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """Return all rows."""
        self._database.count_statement()
        rows: list[Record] = await self.connection.fetch(sql, *args)
        return rows

    async def fetch_row(self, sql: str, *args: Any) -> Record | None:
        """Return the first row, or None."""
        self._database.count_statement()
        return await self.connection.fetchrow(sql, *args)

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """Return the first column of the first row, or None."""
        self._database.count_statement()
        return await self.connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement; return its command tag, such as `UPDATE 1`."""
        self._database.count_statement()
        tag: str = await self.connection.execute(sql, *args)
        return tag

    @property
    def signer(self) -> Signer:
        """The database's signer."""
        return self._database.signer

    async def enqueue(
        self,
        job: Any,
        payload: Any,
        *,
        delay: timedelta | None = None,
        key: str | None = None,
        priority: int | None = None,
    ) -> None:
        """Add `job` to the queue as part of this transaction; it runs after the commit, or never."""
        self._database.count_statement()
        await self._database.enqueue(self.connection, job, payload, delay=delay, key=key, priority=priority)

    def after_commit(self, event: Event) -> None:
        """Dispatch `event` once this transaction has committed; drop it on rollback."""
        self.events.append(event)


async def _no_jobs(connection: Any, job: Any, payload: Any, *, delay: Any, key: Any, priority: Any) -> None:
    raise RuntimeError("this Database was opened without a job queue")


class _NoSigner:
    def sign(self, data: bytes) -> str:
        raise RuntimeError("this Database was opened without a signer")

    def check(self, data: bytes, signature: str) -> bool | None:
        return None


async def _no_events(events: Sequence[Event]) -> None:
    return None


_BEGIN: dict[str, str] = {
    "read committed": "BEGIN",
    "repeatable read": "BEGIN ISOLATION LEVEL REPEATABLE READ",
    "serializable": "BEGIN ISOLATION LEVEL SERIALIZABLE",
}


@provided("db")
class Database:
    """Statements and transactions on one PostgreSQL database.

    `statements` counts the statements sent since start, without BEGIN, COMMIT and those of background tasks
    (`mark_as_background`); tests read it.
    """

    def __init__(
        self,
        dsn: str,
        settings: PoolSettings | None = None,
        *,
        enqueue: Enqueue = _no_jobs,
        dispatch: Callable[[Sequence[Event]], Awaitable[None]] = _no_events,
        signer: Signer | None = None,
    ) -> None:
        self.dsn = dsn
        self.pool = Pool(dsn, settings)
        self.enqueue = enqueue
        self.signer: Signer = signer or _NoSigner()
        self.statements = 0
        self._dispatch = dispatch

    async def close(self) -> None:
        """Close the idle connections; those in use are closed when they are released."""
        await self.pool.close()

    def count_statement(self) -> None:
        """Count one statement, unless this task is background work."""
        if not _background.get():
            self.statements += 1

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """Return all rows."""
        rows: list[Record] = await self._run(asyncpg.Connection.fetch, sql, args)
        return rows

    async def fetch_row(self, sql: str, *args: Any) -> Record | None:
        """Return the first row, or None."""
        return await self._run(asyncpg.Connection.fetchrow, sql, args)

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """Return the first column of the first row, or None."""
        return await self._run(asyncpg.Connection.fetchval, sql, args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement; return its command tag, such as `UPDATE 1`."""
        tag: str = await self._run(asyncpg.Connection.execute, sql, args)
        return tag

    async def _run(self, call: Callable[..., Awaitable[Any]], sql: str, args: Sequence[Any]) -> Any:
        self.count_statement()
        for _ in self._connections():
            connection = await self.pool.acquire()
            try:
                return await call(connection, sql, *args)
            except asyncio.CancelledError:
                connection.terminate()
                raise
            except asyncpg.InternalClientError as error:
                connection.terminate()
                if not was_not_sent(error):
                    raise
            finally:
                self.pool.release(connection)
        raise Unavailable("The database cannot be reached.")

    def _connections(self) -> range:
        """Return one attempt for each connection of the pool, since all may be lost, and one for a new connection."""
        return range(self.pool.settings.max_size + 1)

    async def _begin(self, isolation: Isolation) -> Any:
        """Begin a transaction on a connection and return it; connections that turn out to be lost are skipped."""
        for _ in self._connections():
            connection = await self.pool.acquire()
            try:
                await connection.execute(_BEGIN[isolation])
            except BaseException as error:
                connection.terminate()
                self.pool.release(connection)
                if not is_lost(error):
                    raise
            else:
                return connection
        raise Unavailable("The database cannot be reached.")

    @asynccontextmanager
    async def transaction(
        self, caller: Any = None, *, isolation: Isolation = "read committed"
    ) -> AsyncIterator[Transaction]:
        """Open a transaction that commits when the block ends and rolls back when it raises.

        Raise RuntimeError if the block has swallowed the error of a statement: nothing was committed then.
        """
        connection = await self._begin(isolation)
        tx = Transaction(self, connection, caller)
        try:
            try:
                yield tx
            except BaseException:
                await _roll_back(connection)
                raise
            # A cancelled COMMIT would leave the outcome unknown: wait until it has finished.
            commit = asyncio.ensure_future(connection.execute("COMMIT"))
            try:
                _check_committed(await asyncio.shield(commit))
            except asyncio.CancelledError:
                _check_committed(await commit)
                await self._dispatch(tx.events)
                raise
        finally:
            self.pool.release(connection)
        await self._dispatch(tx.events)


def _check_committed(tag: str) -> None:
    """Raise unless `tag` is COMMIT: after a failed statement PostgreSQL answers ROLLBACK, without an error."""
    if tag != "COMMIT":
        raise RuntimeError("the error of a statement was swallowed: the transaction was rolled back")


async def _roll_back(connection: Any) -> None:
    """Roll back; if that fails, terminate the connection, which rolls back as well."""
    if connection.is_closed():
        return
    try:
        async with asyncio.timeout(2):
            await connection.execute("ROLLBACK")
    except BaseException:
        connection.terminate()
