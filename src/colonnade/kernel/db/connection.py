"""One connection to PostgreSQL: its prepared statements, called directly, and the deadline of its current statement.

asyncpg's `connection.fetch(sql, …)` looks the statement up in a cache of its own, starts a timer and passes through
five more calls on its way to the socket. Here each statement is prepared once per connection (`prepare`, public) and
its object is called from then on. The deadline is a number that the pool's watchdog compares with the clock: see
docs/adr/0033.

What a statement was prepared for may change under it, by a migration or by a stranger's DEALLOCATE. Outside a
transaction such a statement is prepared and run again, where it has certainly not run; elsewhere the error is raised
(`errors.is_retryable`).

Out of scope: opening and lending connections (`pool`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any, Final

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from colonnade.kernel.core import Unavailable
from colonnade.kernel.db.acting import NAME, SET_ACTOR, Actor
from colonnade.kernel.db.errors import NotSent, is_lost, was_not_sent

__all__ = ["FETCH", "FETCH_ROW", "FETCH_TAG", "FETCH_VALUE", "Call", "Connection"]

Call = Callable[..., Awaitable[Any]]
"""What is done with a prepared statement and its parameters."""

FETCH: Final[Call] = PreparedStatement.fetch
FETCH_ROW: Final[Call] = PreparedStatement.fetchrow
FETCH_VALUE: Final[Call] = PreparedStatement.fetchval


async def _fetch_tag(statement: Any, *args: Any) -> str:
    await statement.fetch(*args)
    tag: str = statement.get_statusmsg()
    return tag


FETCH_TAG: Final[Call] = _fetch_tag
"""Runs the statement and returns its command tag."""

MAX_PREPARED: Final = 512
"""Statements prepared per connection; of more, those that were used least recently are deallocated."""
ROLLBACK_SECONDS: Final = 2.0

# Found before anything has run: the plan is checked, and the statement looked up, when parameters are bound.
_STALE = (asyncpg.InvalidCachedStatementError, asyncpg.InvalidSQLStatementNameError)


class Connection:
    """An open asyncpg connection with its prepared statements; it runs one statement at a time.

    `deadline` (by `time.monotonic`) is when the current statement is given up, `inf` while there is none; `idle_since`
    is the pool's. The methods are those of asyncpg that are needed here. They raise asyncpg's errors, NotSent if the
    connection was lost before the statement was sent, and Unavailable after `give_up`, and where a statement has run
    outside of a transaction whose answer cannot be read because a type has changed.
    """

    __slots__ = (
        "_answer_seconds",
        "_given_up",
        "_prepared",
        "_raw",
        "_serial",
        "_set_actor",
        "deadline",
        "idle_since",
    )

    def __init__(self, raw: Any, answer_seconds: float) -> None:
        self._raw = raw
        self._answer_seconds = answer_seconds
        self._prepared: OrderedDict[str, Any] = OrderedDict()
        self._serial = 0
        self._set_actor: Any = None
        self._given_up = False
        self.deadline = inf
        self.idle_since = inf

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Return all rows."""
        rows: list[Any] = await self.run(FETCH, sql, args)
        return rows

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """Return the first column of the first row, or None."""
        return await self.run(FETCH_VALUE, sql, args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement (without `args` also several) and return the last command tag."""
        tag: str = await self.run(FETCH_TAG if args else None, sql, args)
        return tag

    async def run(self, call: Call | None, sql: str, args: Sequence[Any], actor: Actor | None = None) -> Any:
        """Call the prepared statement `sql`: one round trip, and one more when it has to be prepared.

        With None for `call`, `sql` is a `command`. With an `actor` it, and what follows in the same transaction, is run
        for that one.
        """
        if call is None:
            return await self.command(sql)
        self.deadline = monotonic() + self._answer_seconds
        known = True
        try:
            statement = self._prepared.get(sql)
            if statement is None:
                known = False
                statement = await self._prepare(sql)
            else:
                self._prepared.move_to_end(sql)
            if actor is not None:
                return await self._act(actor, call, statement, args)
            return await call(statement, *args)
        except _STALE:
            del self._prepared[sql]
            if not known or self._raw.is_in_transaction():
                raise
        except asyncpg.OutdatedSchemaCacheError as error:
            # A type has changed; the statement has run. asyncpg has dropped what it knew of all types.
            self._prepared.clear()
            if self._raw.is_in_transaction():
                raise
            raise Unavailable from error  # it is committed: nobody may run it again
        except Exception as error:
            if not known:
                await self._end_preparation()
            self._check_lost(error)
            raise
        finally:
            self.deadline = inf
        return await self.run(call, sql, args, actor)

    async def _act(self, actor: Actor, call: Call, statement: Any, args: Sequence[Any]) -> Any:
        """Call a statement for `actor`, in one round trip: see `acting`."""
        if self._set_actor is None:
            try:
                self._set_actor = await self._raw.prepare(SET_ACTOR, name=NAME)
            except Exception as error:
                if is_lost(error):
                    raise NotSent from error
                raise
        # asyncpg writes the statement before it first waits, so nothing comes between.
        self._raw._transport.write(actor.messages)
        try:
            return await call(statement, *args)
        except Exception as error:
            if getattr(error, "severity", None) is None:
                await self._end_acting(actor)
            raise
        except BaseException:
            self.terminate()
            raise

    async def _end_acting(self, actor: Actor) -> None:
        """Give `actor` an end where the statement was not sent, for a value does not fit.

        Otherwise the next one, which may be anybody's, would be run in the same transaction.
        """
        try:
            await self._set_actor.fetch(actor.role, actor.claims)
        except Exception:  # the error that the caller is about to raise says more
            self.terminate()

    async def command(self, sql: str, *, within_seconds: float | None = None) -> str:
        """Send `sql` as it is: one or several statements without parameters; return the last command tag."""
        self.deadline = monotonic() + (within_seconds or self._answer_seconds)
        try:
            tag: str = await self._raw.execute(sql)
        except Exception as error:
            self._check_lost(error)
            raise
        finally:
            self.deadline = inf
        return tag

    async def roll_back(self) -> None:
        """Roll back; if that fails, or is not answered within 2 s, terminate, which rolls back as well."""
        if self.is_closed():
            return
        try:
            await self.command("ROLLBACK", within_seconds=ROLLBACK_SECONDS)
        except BaseException:
            self.terminate()

    def give_up(self) -> None:
        """Terminate the connection because its statement is overdue."""
        self._given_up = True
        self._raw.terminate()

    def is_closed(self) -> bool:
        """Return whether the connection is closed."""
        closed: bool = self._raw.is_closed()
        return closed

    def is_in_transaction(self) -> bool:
        """Return whether a transaction is open."""
        inside: bool = self._raw.is_in_transaction()
        return inside

    def terminate(self) -> None:
        """Close the connection without a farewell."""
        self._raw.terminate()

    async def close(self, timeout_seconds: float) -> None:
        """Close the connection; terminate it if PostgreSQL does not say good-bye in time."""
        try:
            await self._raw.close(timeout=timeout_seconds)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            self._raw.terminate()

    async def _prepare(self, sql: str) -> Any:
        self._serial += 1
        try:
            statement = await self._raw.prepare(sql, name=f"c{self._serial}")
        except Exception as error:
            if is_lost(error):
                raise NotSent from error
            raise
        self._prepared[sql] = statement
        if len(self._prepared) > MAX_PREPARED:
            # asyncpg deallocates it with the next one that is prepared.
            self._prepared.popitem(last=False)
        return statement

    async def _end_preparation(self) -> None:
        """End what PostgreSQL began when it prepared a statement that was then not sent, for a value does not fit.

        asyncpg leaves that to the next statement: PostgreSQL's statement timeout goes on until then, and meets it.
        """
        with suppress(Exception):  # the error that the caller is about to raise says more
            await self._raw.execute("")

    def _check_lost(self, error: Exception) -> None:
        """Raise Unavailable if the statement was given up, NotSent if it cannot have run."""
        if self._given_up:
            raise Unavailable("The database did not answer in time.") from error
        if was_not_sent(error):
            raise NotSent from error
