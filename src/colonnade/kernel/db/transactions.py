"""Transactions: several statements that commit or fail together, and one statement that is a transaction of its own.

What each costs is counted in round trips to PostgreSQL: on the way of a request they are most of the cost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from colonnade.kernel.core import Event, Unavailable
from colonnade.kernel.db.acting import OWNER, Actor
from colonnade.kernel.db.connection import FETCH, FETCH_ROW, FETCH_TAG, FETCH_VALUE, Call, Connection
from colonnade.kernel.db.errors import NotSent, is_lost
from colonnade.kernel.db.executor import Executor, Isolation, Record, Signer
from colonnade.kernel.db.turns import Turn
from colonnade.kernel.observe import timed

if TYPE_CHECKING:
    from types import TracebackType

    from colonnade.kernel.db.database import Database

__all__ = ["SingleStatement", "Transaction"]

T = TypeVar("T")

_BEGIN: dict[Isolation, str] = {
    "read committed": "BEGIN",
    "repeatable read": "BEGIN ISOLATION LEVEL REPEATABLE READ",
    "serializable": "BEGIN ISOLATION LEVEL SERIALIZABLE",
}


class Transaction:
    """One open transaction; an Executor whose statements commit or fail together.

    `async with` begins it, and commits or rolls back at the end of the block (see `Database.transaction`). Each
    statement is one round trip. With an `actor` PostgreSQL runs them for that one, and what the kernel writes beside
    them (`kernel`) for the tables' owner.
    """

    __slots__ = ("_actor", "_database", "_in_force", "_isolation", "caller", "connection", "events")

    def __init__(
        self, database: Database, caller: Any, isolation: Isolation, actor: Actor | None = None
    ) -> None:
        self._database = database
        self._isolation = isolation
        self._actor = actor
        self._in_force: Actor | None = None
        self.caller = caller
        self.connection: Connection
        self.events: list[Event] = []

    async def __aenter__(self) -> Transaction:
        self.connection = await timed(self._begin(), "BEGIN")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._database.count_command()
        if error is None:
            # Cancelled, a COMMIT would leave the outcome unknown, and its events unsent: wait for both.
            await timed(_run_to_the_end(self._finish()), "COMMIT")
            return
        try:
            await self.connection.roll_back()
        finally:
            self._database.pool.release(self.connection)

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """Return all rows."""
        rows: list[Record] = await timed(self._run(FETCH, sql, args), sql, callers=1)
        return rows

    async def fetch_row(self, sql: str, *args: Any) -> Record | None:
        """Return the first row, or None."""
        return await timed(self._run(FETCH_ROW, sql, args), sql, callers=1)

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """Return the first column of the first row, or None."""
        return await timed(self._run(FETCH_VALUE, sql, args), sql, callers=1)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement; return its command tag, such as `UPDATE 1`."""
        call = FETCH_TAG if args or self._actor is not None else None
        tag: str = await timed(self._run(call, sql, args), sql, callers=1)
        return tag

    def _run(self, call: Call | None, sql: str, args: tuple[Any, ...]) -> Coroutine[Any, Any, Any]:
        self.count_statement()
        return self.run_for(self._actor, call, sql, args)

    def run_for(
        self, actor: Actor | None, call: Call | None, sql: str, args: tuple[Any, ...]
    ) -> Coroutine[Any, Any, Any]:
        """Run a statement for `actor`, or for the owner; PostgreSQL is told only where that changes."""
        change = None if actor is self._in_force else actor or OWNER
        self._in_force = actor
        return self.connection.run(call, sql, args, change)

    def count_statement(self) -> None:
        """Count one statement of this transaction."""
        self._database.count_statement()

    @property
    def kernel(self) -> Executor:
        """This transaction, for what the kernel writes in it: run for the tables' owner, whoever acts in the rest."""
        return self if self._actor is None else _KernelPart(self)

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
        """Add `job` to the queue as part of this transaction; it runs after the commit, or never. One round trip."""
        self._database.count_statement()
        queue = self._database.enqueue
        await timed(
            queue(
                self.kernel if self._actor else self.connection,
                job,
                payload,
                delay=delay,
                key=key,
                priority=priority,
            ),
            "INSERT",
            callers=1,
        )

    async def enqueue_all(
        self,
        job: Any,
        payloads: Sequence[Any],
        *,
        delay: timedelta | None = None,
        priority: int | None = None,
    ) -> None:
        """Do what `enqueue` does for each of `payloads`, in their order. One round trip, none without payloads."""
        if not payloads:
            return
        self._database.count_statement()
        queue = self._database.enqueue_all
        await timed(
            queue(
                self.kernel if self._actor else self.connection, job, payloads, delay=delay, priority=priority
            ),
            "INSERT",
            callers=1,
        )

    def after_commit(self, event: Event) -> None:
        """Dispatch `event` once this transaction has committed; drop it on rollback."""
        self.events.append(event)

    async def _finish(self) -> None:
        """Commit, then dispatch the events."""
        try:
            # After a failed statement PostgreSQL answers ROLLBACK, without an error.
            if await self.connection.command("COMMIT") != "COMMIT":
                raise RuntimeError("the error of a statement was swallowed: the transaction was rolled back")
        except asyncio.CancelledError:
            self.connection.terminate()
            raise
        finally:
            self._database.pool.release(self.connection)
        if self.events and (rest := self._database.dispatch(self.events)) is not None:
            await rest

    async def _begin(self) -> Connection:
        """Begin the transaction on a connection and return it; connections that turn out to be lost are skipped."""
        pool = self._database.pool
        self._database.count_command()
        attempts = pool.settings.max_size + 1
        while attempts:
            attempts -= 1
            connection = pool.take() or await pool.acquire()
            try:
                await connection.command(_BEGIN[self._isolation])
            except BaseException as error:
                connection.terminate()
                pool.release(connection)
                if not is_lost(error):
                    raise
            else:
                return connection
        raise Unavailable("The database cannot be reached.")


class _KernelPart:
    """What the kernel writes in a transaction in which somebody acts; an Executor."""

    __slots__ = ("_transaction",)

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """Return all rows."""
        rows: list[Record] = await timed(self._run(FETCH, sql, args), sql, callers=1)
        return rows

    async def fetch_row(self, sql: str, *args: Any) -> Record | None:
        """Return the first row, or None."""
        return await timed(self._run(FETCH_ROW, sql, args), sql, callers=1)

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """Return the first column of the first row, or None."""
        return await timed(self._run(FETCH_VALUE, sql, args), sql, callers=1)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement; return its command tag, such as `UPDATE 1`."""
        tag: str = await timed(self._run(FETCH_TAG, sql, args), sql, callers=1)
        return tag

    @property
    def kernel(self) -> Executor:
        """Itself."""
        return self

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """Do what `fetch_value` does for the job queue, which is counted already."""
        return await self._transaction.run_for(None, FETCH_VALUE, sql, args)

    def _run(self, call: Call, sql: str, args: tuple[Any, ...]) -> Coroutine[Any, Any, Any]:
        self._transaction.count_statement()
        return self._transaction.run_for(None, call, sql, args)


class SingleStatement:
    """One statement that is a transaction of its own, and what follows its commit; an Executor that runs once.

    See `Database.single_statement`. A second statement raises RuntimeError before it is sent.
    """

    __slots__ = ("_actor", "_cancelled", "_database", "_events", "_used", "caller")

    def __init__(self, database: Database, caller: Any, actor: Actor | None = None) -> None:
        self._database = database
        self._actor = actor
        self._events: list[Event] = []
        self._used = False
        self._cancelled: asyncio.CancelledError | None = None
        self.caller = caller

    @property
    def kernel(self) -> Executor:
        """This block: its one statement is the kernel's or somebody's."""
        return self

    async def __aenter__(self) -> SingleStatement:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None and self._events and (rest := self._database.dispatch(self._events)) is not None:
            await _run_to_the_end(rest)
        if self._cancelled is not None:
            raise self._cancelled

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """Return all rows."""
        rows: list[Record] = await timed(self._run(FETCH, sql, args), sql, callers=1)
        return rows

    async def fetch_row(self, sql: str, *args: Any) -> Record | None:
        """Return the first row, or None."""
        return await timed(self._run(FETCH_ROW, sql, args), sql, callers=1)

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """Return the first column of the first row, or None."""
        return await timed(self._run(FETCH_VALUE, sql, args), sql, callers=1)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run the statement; return its command tag, such as `UPDATE 1`."""
        tag: str = await timed(self._run(FETCH_TAG, sql, args), sql, callers=1)
        return tag

    def after_commit(self, event: Event) -> None:
        """Dispatch `event` at the end of the block; drop it if the block raises."""
        self._events.append(event)

    async def _run(self, call: Call, sql: str, args: tuple[Any, ...]) -> Any:
        if self._used:
            raise RuntimeError("a second statement needs a transaction")
        self._used = True
        self._database.count_statement()
        # Cancelled, it would leave the outcome unknown: wait for it; the block's end raises the cancellation.
        pool = self._database.pool
        turn = pool.begin(call, sql, args, self._actor)
        if turn is not None:
            try:
                return await self._wait(turn)
            except NotSent:
                pass
        result, cancelled = await _wait_for_the_end(pool.run(call, sql, args, self._actor))
        self._cancelled = self._cancelled or cancelled
        return result

    async def _wait(self, turn: Turn) -> Any:
        try:
            await turn.ended
        except asyncio.CancelledError as cancelled:
            self._cancelled = cancelled
            if turn.connection is not None:  # its statement is on the way
                turn.ended = asyncio.get_running_loop().create_future()
                await turn.ended
        return turn.result()


async def _run_to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end although the caller is cancelled meanwhile; then raise the cancellation."""
    result, cancelled = await _wait_for_the_end(work)
    if cancelled is not None:
        raise cancelled
    return result


async def _wait_for_the_end(work: Coroutine[Any, Any, T]) -> tuple[T, asyncio.CancelledError | None]:
    """Run `work` in a task, to its end; return its result, and the cancellation of the caller meanwhile.

    A second cancellation cancels `work`. (`asyncio.shield` does the same at twice the cost.)
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    ended: asyncio.Future[None] = loop.create_future()

    def end(_: object) -> None:
        if not ended.done():
            ended.set_result(None)

    task.add_done_callback(end)
    try:
        await ended
    except asyncio.CancelledError as cancelled:
        return await task, cancelled
    else:
        return task.result(), None
    finally:
        del task  # its error refers to this frame
