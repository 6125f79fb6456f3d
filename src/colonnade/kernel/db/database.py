"""One product's database: statements on any free connection, and transactions.

A handler opens a transaction with `async with db.transaction(caller) as tx:`; leaving the block commits, an
exception rolls back. Whatever must follow the commit is handed to the transaction: jobs become rows in the same
transaction (`enqueue`), events are dispatched after it (`after_commit`). There is no ORM here: SQL is SQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

from colonnade.kernel.core import Event, Unavailable
from colonnade.kernel.core.probes import Probe
from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.turns import Turns
from colonnade.kernel.db.acting import Actor
from colonnade.kernel.db.connection import FETCH, FETCH_ROW, FETCH_TAG, FETCH_VALUE, Call
from colonnade.kernel.db.executor import Enqueue, EnqueueAll, Executor, Isolation, Record, Signer
from colonnade.kernel.db.pool import Pool, PoolSettings
from colonnade.kernel.db.transactions import SingleStatement, Transaction
from colonnade.kernel.observe import timed

__all__ = [
    "ActingDatabase",
    "Database",
    "Enqueue",
    "EnqueueAll",
    "Executor",
    "Isolation",
    "Record",
    "Signer",
    "mark_as_background",
]

MAX_WAITING = 200
"""Callers in a burst that wait for their turn; the next is refused."""

_background: ContextVar[bool] = ContextVar("background", default=False)


def mark_as_background() -> None:
    """Mark this task as background work: its statements do not count towards a request."""
    _background.set(True)


async def _no_jobs(*args: Any, **how: Any) -> None:
    raise RuntimeError("this Database was opened without a job queue")


class _NoSigner:
    def sign(self, data: bytes) -> str:
        raise RuntimeError("this Database was opened without a signer")

    def check(self, data: bytes, signature: str) -> bool | None:
        return None


def _no_events(events: Sequence[Event]) -> None:
    return None


@provided("db")
class Database:
    """Statements and transactions on one PostgreSQL database.

    `statements` counts the statements sent since start, `commands` the BEGIN, COMMIT and ROLLBACK beside them; both
    without those of background tasks (`mark_as_background`). Tests read them: each is a round trip.
    """

    def __init__(
        self,
        dsn: str,
        settings: PoolSettings | None = None,
        *,
        enqueue: Enqueue = _no_jobs,
        enqueue_all: EnqueueAll = _no_jobs,
        dispatch: Callable[[Sequence[Event]], Coroutine[Any, Any, None] | None] = _no_events,
        signer: Signer | None = None,
    ) -> None:
        self.dsn = dsn
        self.pool = Pool(dsn, settings)
        self._bursts = Turns(max(1, self.pool.settings.max_size // 2), MAX_WAITING)
        self.enqueue = enqueue
        self.enqueue_all = enqueue_all
        self.signer: Signer = signer or _NoSigner()
        self.statements = 0
        self.commands = 0
        self.dispatch = dispatch
        self.check = Probe(lambda: self.fetch_value("SELECT 1"))
        """Ask the database for an answer. Raise its errors."""

    async def close(self) -> None:
        """Close the idle connections; those in use are closed when they are released."""
        await self.pool.close()

    def count_statement(self) -> None:
        """Count one statement, unless this task is background work."""
        if not _background.get():
            self.statements += 1

    def count_command(self) -> None:
        """Count one command that begins or ends a transaction, unless this task is background work."""
        if not _background.get():
            self.commands += 1

    @property
    def kernel(self) -> Executor:
        """This database: its statements are the owner's."""
        return self

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """Return all rows. One round trip; so are the other three."""
        rows: list[Record] = await self.run(FETCH, sql, args)
        return rows

    async def fetch_row(self, sql: str, *args: Any) -> Record | None:
        """Return the first row, or None.

        It costs one round trip: a statement is a transaction of its own. The first use of a statement on a connection
        costs one more, which prepares it.
        """
        return await self.run(FETCH_ROW, sql, args)

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """Return the first column of the first row, or None."""
        return await self.run(FETCH_VALUE, sql, args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement (without `args` also several); return the last command tag, such as `UPDATE 1`."""
        tag: str = await self.run(FETCH_TAG if args else None, sql, args)
        return tag

    def run(
        self, call: Call | None, sql: str, args: Sequence[Any], actor: Actor | None = None
    ) -> Awaitable[Any]:
        """Run a statement on a free connection; see `Pool.run`. It is named after the caller's caller."""
        self.count_statement()
        return timed(self.pool.run(call, sql, args, actor), sql, callers=2)

    @asynccontextmanager
    async def in_turn(self, crowd: str, *, wait_seconds: float) -> AsyncIterator[None]:
        """Run a block that uses one connection when it is its turn: for callers that come in bursts and can wait.

        They use half of the pool at a time, so that others find a connection meanwhile, and wait here instead of in the
        pool's line, where each wait is short. Crowds take turns. Raise Unavailable after `wait_seconds`, or if too
        many wait.
        """
        try:
            async with asyncio.timeout(wait_seconds):
                await self._bursts.take(crowd, known=True)
        except TimeoutError:
            raise Unavailable from None
        try:
            yield
        finally:
            self._bursts.give_back()

    def transaction(
        self, caller: Any = None, *, isolation: Isolation = "read committed", actor: Actor | None = None
    ) -> Transaction:
        """Open a transaction (`async with`) that commits when the block ends and rolls back when it raises.

        It costs two round trips, BEGIN and COMMIT, beside those of its statements: the wire protocol could send them
        with the first and the last statement, but asyncpg sends one at a time. What one statement can do is cheaper
        as `single_statement`. With an `actor` PostgreSQL runs its statements for that one, at no further trip.

        Raise RuntimeError if the block has swallowed the error of a statement: nothing was committed then.
        """
        return Transaction(self, caller, isolation, actor)

    def single_statement(self, caller: Any = None, *, actor: Actor | None = None) -> SingleStatement:
        """Open a block (`async with`) for one statement, which is its own transaction: one round trip in all.

        A cancellation meanwhile is raised when the statement has ended and its events have been dispatched, as with
        the COMMIT of a transaction. If the statement fails, nothing was written, and another block may be opened.
        """
        return SingleStatement(self, caller, actor)


class ActingDatabase:
    """A product's database as one actor sees it; an Executor, each of whose statements is one round trip.

    What the actor may not see is not there, and what it may not write is refused by the policies of the tables
    (row-level security), whatever the statement says.
    """

    __slots__ = ("_actor", "_caller", "_database")

    def __init__(self, database: Database, actor: Actor, caller: Any = None) -> None:
        self._database = database
        self._actor = actor
        self._caller = caller

    @property
    def kernel(self) -> Executor:
        """The whole database, for the kernel's own tables."""
        return self._database

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """Return all rows."""
        rows: list[Record] = await self._database.run(FETCH, sql, args, self._actor)
        return rows

    async def fetch_row(self, sql: str, *args: Any) -> Record | None:
        """Return the first row, or None."""
        return await self._database.run(FETCH_ROW, sql, args, self._actor)

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """Return the first column of the first row, or None."""
        return await self._database.run(FETCH_VALUE, sql, args, self._actor)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement; return its command tag, such as `UPDATE 1`."""
        tag: str = await self._database.run(FETCH_TAG, sql, args, self._actor)
        return tag

    def transaction(self, *, isolation: Isolation = "read committed") -> Transaction:
        """Open a transaction of this actor, as `Database.transaction` does."""
        return self._database.transaction(self._caller, isolation=isolation, actor=self._actor)

    def single_statement(self) -> SingleStatement:
        """Open a block for one statement of this actor, as `Database.single_statement` does."""
        return self._database.single_statement(self._caller, actor=self._actor)
