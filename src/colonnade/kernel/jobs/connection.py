"""A worker's connection: one asyncpg connection that is reopened whenever it is lost.

A statement whose connection is lost is sent again on the next one, so handlers keep running while PostgreSQL
restarts, and their outcome is stored afterwards. All statements of the queue are idempotent: they name the worker,
and a job that was taken by a statement whose answer was lost is taken again.

Out of scope: the statements of handlers, which use the product's pool.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from colonnade.kernel.observe import get_logger

__all__ = ["CONNECTION_ERRORS", "Connection"]

_log = get_logger("colonnade.jobs")

_LOST_CONNECTION = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)
CONNECTION_ERRORS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

# The queue may be empty one minute and full the next, so the planner must not rely on statistics in between. Every
# statement here has an index: its plan is made once, and is never a scan of the table.
_SETTINGS = {
    "timezone": "UTC",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
}


class Connection:
    """Statements and notifications over one dedicated connection, one statement at a time.

    Statements wait while PostgreSQL is down. After `give_up` the next failure to connect is raised instead.
    `on_notification` is called with the payload of each notification on `channel`, and with an empty one each time
    the connection was opened, since notifications may have been missed.
    """

    def __init__(
        self,
        dsn: str,
        channel: str,
        on_notification: Callable[[str], None],
        *,
        application_name: str,
        command_timeout_seconds: float = 15.0,
    ) -> None:
        self._dsn = dsn
        self._channel = channel
        self._on_notification = on_notification
        self._name = application_name
        self._command_timeout = command_timeout_seconds
        self._connection: Any = None
        self._lock = asyncio.Lock()
        self._giving_up = asyncio.Event()
        self._revival: asyncio.Task[Any] | None = None

    @property
    def connected(self) -> bool:
        """Whether the connection is open."""
        return self._connection is not None and not self._connection.is_closed()

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Return all rows of a statement."""
        rows: list[Any] = await self._run(lambda connection: connection.fetch(sql, *args))
        return rows

    def give_up(self) -> None:
        """Stop waiting for a PostgreSQL that is down."""
        self._giving_up.set()

    async def close(self) -> None:
        """Close the connection."""
        self.give_up()
        if self._revival is not None:
            self._revival.cancel()
        connection, self._connection = self._connection, None
        if connection is None or connection.is_closed():
            return
        connection.remove_termination_listener(self._on_termination)
        try:
            await connection.close(timeout=1)
        except CONNECTION_ERRORS:
            connection.terminate()

    async def _run(self, statement: Callable[[Any], Awaitable[Any]]) -> Any:
        async with self._lock:
            while True:
                connection = await self._connect()
                try:
                    return await statement(connection)
                except Exception as error:
                    if not connection.is_closed() and not isinstance(error, _LOST_CONNECTION):
                        raise
                    connection.terminate()
                    self._connection = None

    async def _connect(self) -> Any:
        """Return the open connection, or open one with a backoff of up to 5 s between attempts."""
        if self.connected:
            return self._connection
        delay = 0.1
        logged = False
        while True:
            try:
                return await self._open()
            except CONNECTION_ERRORS as error:
                if self._giving_up.is_set():
                    raise
                if not logged:
                    _log.warning("worker waits for PostgreSQL", error=type(error).__name__)
                    logged = True
            try:
                async with asyncio.timeout(delay * random.uniform(0.75, 1.25)):  # noqa: S311 - spreads load
                    await self._giving_up.wait()
            except TimeoutError:
                delay = min(delay * 2, 5.0)

    async def _open(self) -> Any:
        connection = await asyncpg.connect(
            self._dsn,
            timeout=5,
            command_timeout=self._command_timeout,
            server_settings={"application_name": self._name, **_SETTINGS},
        )
        try:
            await connection.add_listener(self._channel, self._relay)
        except BaseException:
            connection.terminate()
            raise
        connection.add_termination_listener(self._on_termination)
        self._connection = connection
        self._on_notification("")
        return connection

    def _relay(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        self._on_notification(str(payload))

    def _on_termination(self, _: Any) -> None:
        """Reconnect at once rather than with the next statement: notifications would be missed in between."""
        if not self._giving_up.is_set() and (self._revival is None or self._revival.done()):
            self._revival = asyncio.ensure_future(self._revive())

    async def _revive(self) -> None:
        try:
            await self.fetch("SELECT 1")
        except CONNECTION_ERRORS:
            pass
