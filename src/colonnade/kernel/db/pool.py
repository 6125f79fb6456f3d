"""A small pool of connections: last in, first out, no reset between uses, and one watchdog for all deadlines.

asyncpg's own pool resets a connection at every release (a round trip); here session state is only ever set with SET
LOCAL inside a transaction, so there is nothing to reset. A connection that is released closed or inside a transaction
is discarded. Connections are opened on demand only, so that after a restart of PostgreSQL the next request connects
again without any supervision.

Whoever waits is served in order: a connection that is given back, or the right to open another in the place of a lost
one, goes to the caller who has waited longest, never to one who comes meanwhile. A statement that waits is sent as soon
as a connection is given back (`turns`).

A connection that nobody has needed for `idle_seconds` is closed: of those that a rush has opened, the last in are
the first out, and the others go. PostgreSQL, which all processes and products share, has room for so many only.

No statement and no wait has a timer. While a connection is lent, one timer per pool fires every quarter of a second
and ends what is overdue: a caller's wait, and a statement that got no answer at all. (PostgreSQL itself cancels slow
statements; the watchdog is for a network that swallows packets.)
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any, Final

import asyncpg
import msgspec

from colonnade.kernel.core import Unavailable
from colonnade.kernel.db.acting import Actor
from colonnade.kernel.db.connection import Call, Connection
from colonnade.kernel.db.errors import NotSent
from colonnade.kernel.db.turns import PLACE, Turn, Work

__all__ = ["Pool", "PoolSettings"]

WATCH_SECONDS: Final = 0.25
"""How often the watchdog looks: how much later than its deadline a statement may be given up."""
_MAX_LATE_SECONDS: Final = 1.0
"""A watchdog that comes later than this missed what arrived while the event loop stood still: it looks once more."""


class PoolSettings(msgspec.Struct, frozen=True):
    """The size and the timeouts of a pool; times in seconds.

    A statement is given up `answer_grace_seconds` after PostgreSQL should have cancelled it, and a connection closed
    after `idle_seconds` without use.
    """

    max_size: int = 10
    acquire_timeout_seconds: float = 2.0
    connect_timeout_seconds: float = 2.0
    statement_timeout_seconds: float = 5.0
    answer_grace_seconds: float = 5.0
    lock_timeout_seconds: float = 2.0
    idle_in_transaction_timeout_seconds: float = 10.0
    idle_seconds: float = 300.0
    application_name: str = "colonnade"


_encoder = msgspec.json.Encoder()


def _encode_json(value: Any) -> str:
    return _encoder.encode(value).decode()


async def _set_codecs(connection: Any) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=_encode_json, decoder=msgspec.json.decode, format="text"
        )


class Pool:
    """Lends connections to one PostgreSQL database.

    `acquire` raises Unavailable (503) if no connection is free within the acquire timeout or PostgreSQL cannot be
    reached. Waiting and connecting share that timeout.
    """

    def __init__(self, dsn: str, settings: PoolSettings | None = None) -> None:
        self.dsn = dsn
        self.settings = settings or PoolSettings()
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._line: deque[Turn] = deque()
        self._size = 0
        self._closed = False
        self._watchdog: asyncio.TimerHandle | None = None
        self._next_look = 0.0
        self._sweeper: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def size(self) -> int:
        """Connections open or being opened."""
        return self._size

    @property
    def idle(self) -> int:
        """Open connections that are not in use."""
        return len(self._idle)

    @property
    def waiting(self) -> int:
        """Callers that wait for a connection."""
        return len(self._line)

    def take(self) -> Connection | None:
        """Return an idle connection, to be given back with `release`, or None: then `acquire` one."""
        idle = self._idle
        while idle:
            connection = idle.pop()
            if not connection.is_closed():
                if self._watchdog is None:
                    self._watch()
                return connection
            self._open.discard(connection)
            self._size -= 1
        return None

    async def acquire(self) -> Connection:
        """Return a connection, to be given back with `release`; wait or connect if none is idle."""
        connection = self.take()
        if connection is not None:
            return connection
        found: Connection = await self._turn(None)
        return found

    async def run(self, call: Call | None, sql: str, args: Sequence[Any], actor: Actor | None = None) -> Any:
        """Run a statement, as `Connection.run` does, on the next free connection.

        Connections that turn out to have been lost before it was sent are skipped.
        """
        attempts = self.settings.max_size + 1  # all may be lost, and then a new one is opened
        while attempts:
            attempts -= 1
            connection = self.take()
            if connection is None:
                try:
                    found = await self._turn(lambda given: given.run(call, sql, args, actor))
                except NotSent:
                    continue
                if not isinstance(found, Connection):
                    return found
                connection = found
            try:
                return await connection.run(call, sql, args, actor)
            except asyncio.CancelledError:
                connection.terminate()
                raise
            except NotSent:
                connection.terminate()
            finally:
                self.release(connection)
        raise Unavailable("The database cannot be reached.")

    def begin(self, call: Call, sql: str, args: Sequence[Any], actor: Actor | None = None) -> Turn | None:
        """Send a statement on an idle connection; return None if there is none.

        The statement goes on whatever happens to the caller, who waits for the turn to end. Its result raises NotSent
        if the connection turned out to be lost before.
        """
        connection = self.take()
        if connection is None:
            return None
        turn = Turn(inf, lambda given: given.run(call, sql, args, actor), self.release)
        if not turn.take(connection):
            self.release(connection)
        return turn

    async def _turn(self, work: Work | None) -> Any:
        """Return a new connection, or wait in line for one, or for what `work` returns on it."""
        if self._closed:
            raise Unavailable("The server is shutting down.")
        deadline = monotonic() + self.settings.acquire_timeout_seconds
        if self._size < self.settings.max_size:
            self._size += 1
            return await self._connect(deadline)
        turn = Turn(deadline, work, self.release)
        self._line.append(turn)
        if self._watchdog is None:
            self._watch()
        try:
            await turn.ended
        except BaseException:
            self._leave(turn)
            raise
        found = turn.result()
        if work is None and found is not PLACE and found.is_closed():
            self._open.discard(found)  # it was lost while it was handed over: its place is the caller's
            found = PLACE
        return await self._connect(deadline) if found is PLACE else found

    def release(self, connection: Connection) -> None:
        """Take `connection` back, or drop it if it is closed or still inside a transaction.

        A caller that was cancelled during a statement terminates the connection first: asyncpg may not know the
        server's state yet.
        """
        if connection.is_closed() or connection.is_in_transaction() or self._closed:
            if not connection.is_closed():
                connection.terminate()
            self._open.discard(connection)
            self._give_place()
            return
        if self._line and self._serve(connection):
            return
        connection.idle_since = monotonic()
        self._idle.append(connection)
        if self._sweeper is None:
            self._sweep_in(self.settings.idle_seconds)

    async def close(self) -> None:
        """Close the idle connections; those in use are closed when they are released."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection in idle:
            self._open.discard(connection)
            self._size -= 1
            await connection.close(timeout_seconds=1)
        if self._closing:
            await asyncio.wait(self._closing)
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        if self._watchdog is not None and not self._size:
            self._watchdog.cancel()
            self._watchdog = None

    def _serve(self, connection: Connection | None) -> bool:
        """Give the caller who has waited longest `connection`, or a place; return False if it is still free."""
        while self._line:
            turn = self._line.popleft()
            if turn.ended.done():
                continue
            if turn.take(connection):
                return True
            if connection is not None and connection.is_closed():
                self._open.discard(connection)
                self._give_place()
                return True
        return False

    def _give_place(self) -> None:
        """Let the next caller in line connect in the place of a lost connection."""
        if not self._serve(None):
            self._size -= 1

    def _leave(self, turn: Turn) -> None:
        """Take a caller who is cancelled out of the line; what has arrived meanwhile goes to the next one in it."""
        if turn.connection is not None:
            turn.connection.terminate()  # its statement is on the way: nobody knows the server's state
        elif turn.given is PLACE:
            self._give_place()
        elif isinstance(turn.given, Connection):
            self.release(turn.given)
        else:
            with suppress(ValueError):  # it had its turn
                self._line.remove(turn)

    def _sweep_in(self, seconds: float) -> None:
        self._sweeper = asyncio.get_running_loop().call_later(seconds, self._sweep)

    def _sweep(self) -> None:
        """Close what has been idle for too long, which are the first in the list; look again when the next one is."""
        self._sweeper = None
        begin = monotonic() - self.settings.idle_seconds
        while self._idle and self._idle[0].idle_since <= begin:
            connection = self._idle.pop(0)
            self._open.discard(connection)
            self._size -= 1
            if not connection.is_closed():
                task = asyncio.get_running_loop().create_task(connection.close(timeout_seconds=1))
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)
        if self._idle:
            self._sweep_in(max(0.01, self._idle[0].idle_since - begin))

    def _watch(self) -> None:
        delay = WATCH_SECONDS
        if self._line:
            delay = min(delay, max(0.0, self._line[0].deadline - monotonic()))
        self._next_look = monotonic() + delay
        self._watchdog = asyncio.get_running_loop().call_later(delay, self._look)

    def _look(self) -> None:
        """End what is overdue; look again later while a connection is lent or wanted."""
        self._watchdog = None
        moment = monotonic()
        if moment - self._next_look < _MAX_LATE_SECONDS:
            for connection in self._open:
                if connection.deadline < moment:
                    connection.give_up()
            while self._line and self._line[0].deadline <= moment:
                busy = Unavailable("The database is busy. Please try again in a moment.")
                self._line.popleft().end(None, busy)
        if self._line or self._size > len(self._idle):
            self._watch()

    async def _connect(self, deadline: float) -> Connection:
        """Connect in the place that the caller has; give it to the next in line if that fails."""
        seconds = min(self.settings.connect_timeout_seconds, max(0.05, deadline - monotonic()))
        try:
            if self._closed:
                raise Unavailable("The server is shutting down.")
            connection = Connection(
                await self._connect_within(seconds),
                self.settings.statement_timeout_seconds + self.settings.answer_grace_seconds,
            )
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            self._give_place()
            raise Unavailable("The database cannot be reached.") from error
        except BaseException:
            self._give_place()
            raise
        self._open.add(connection)
        if self._watchdog is None:
            self._watch()
        return connection

    async def _connect_within(self, seconds: float) -> Any:
        limits = self.settings
        async with asyncio.timeout(seconds):
            connection = await asyncpg.connect(
                self.dsn,
                timeout=seconds,
                command_timeout=None,  # the watchdog's
                statement_cache_size=0,  # statements are prepared by `Connection`
                server_settings={
                    "application_name": limits.application_name,
                    "timezone": "UTC",
                    "statement_timeout": str(int(limits.statement_timeout_seconds * 1000)),
                    "lock_timeout": str(int(limits.lock_timeout_seconds * 1000)),
                    "idle_in_transaction_session_timeout": str(
                        int(limits.idle_in_transaction_timeout_seconds * 1000)
                    ),
                    "jit": "off",
                },
            )
            try:
                await _set_codecs(connection)
            except BaseException:
                connection.terminate()
                raise
        return connection
