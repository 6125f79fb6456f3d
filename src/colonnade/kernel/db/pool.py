"""A small pool of asyncpg connections: last in, first out, no reset between uses.

asyncpg's own pool resets a connection at every release (a round trip); here session state is only ever set with SET
LOCAL inside a transaction, so there is nothing to reset. A connection that is released closed or inside a transaction
is discarded. Connections are opened on demand only, so that after a restart of PostgreSQL the next request connects
again without any supervision.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import Any

import asyncpg
import msgspec

from colonnade.kernel.core import Unavailable

__all__ = ["Pool", "PoolSettings"]


class PoolSettings(msgspec.Struct, frozen=True):
    """The size and the timeouts of a pool; times in seconds."""

    max_size: int = 10
    acquire_timeout_seconds: float = 2.0
    connect_timeout_seconds: float = 2.0
    statement_timeout_seconds: float = 5.0
    lock_timeout_seconds: float = 2.0
    idle_in_transaction_timeout_seconds: float = 10.0
    application_name: str = "colonnade"


_encoder = msgspec.json.Encoder()


def _encode_json(value: Any) -> str:
    return _encoder.encode(value).decode()


async def _prepare_connection(connection: Any) -> None:
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
        self._idle: list[Any] = []
        self._waiters: deque[asyncio.Future[Any]] = deque()
        self._size = 0
        self._closed = False

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
        return len(self._waiters)

    async def acquire(self) -> Any:
        """Return a connection, to be given back with `release`."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._size -= 1
        deadline = time.monotonic() + self.settings.acquire_timeout_seconds
        while True:
            if self._closed:
                raise Unavailable("The server is shutting down.")
            if self._size < self.settings.max_size:
                return await self._open(deadline)
            connection = await self._wait(deadline)
            if connection is not None:
                return connection

    def release(self, connection: Any) -> None:
        """Take `connection` back, or drop it if it is closed or still inside a transaction.

        A caller that was cancelled during a statement terminates the connection first: asyncpg may not know the
        server's state yet.
        """
        if connection.is_closed() or connection.is_in_transaction() or self._closed:
            if not connection.is_closed():
                connection.terminate()
            self._drop()
            return
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self._idle.append(connection)

    async def close(self) -> None:
        """Close the idle connections; those in use are closed when they are released."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection in idle:
            self._size -= 1
            try:
                await connection.close(timeout=1)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                connection.terminate()

    def _drop(self) -> None:
        """Account for a lost connection: the caller that has waited longest may open another."""
        self._size -= 1
        self._let_open()

    def _let_open(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    async def _wait(self, deadline: float) -> Any:
        """Wait for a released connection and return it, or None if there is room to open one."""
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                connection = await waiter
        except BaseException as error:
            # A connection that arrived at the same moment goes to the next caller in line.
            if waiter.done() and not waiter.cancelled():
                if waiter.result() is None:
                    self._let_open()
                else:
                    self.release(waiter.result())
            else:
                waiter.cancel()
                with suppress(ValueError):  # already skipped
                    self._waiters.remove(waiter)
            if isinstance(error, TimeoutError):
                raise Unavailable("The database is busy. Please try again in a moment.") from None
            raise
        if connection is not None and connection.is_closed():
            self._size -= 1
            return None
        return connection

    async def _open(self, deadline: float) -> Any:
        self._size += 1
        try:
            connection = await self._connect(
                min(self.settings.connect_timeout_seconds, max(0.05, deadline - time.monotonic()))
            )
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            self._drop()
            raise Unavailable("The database cannot be reached.") from error
        except BaseException:
            self._drop()
            raise
        return connection

    async def _connect(self, timeout_seconds: float) -> Any:
        limits = self.settings
        async with asyncio.timeout(timeout_seconds):
            connection = await asyncpg.connect(
                self.dsn,
                timeout=timeout_seconds,
                command_timeout=limits.statement_timeout_seconds + 5,
                statement_cache_size=512,
                max_cached_statement_lifetime=0,
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
                await _prepare_connection(connection)
            except BaseException:
                connection.terminate()
                raise
        return connection
