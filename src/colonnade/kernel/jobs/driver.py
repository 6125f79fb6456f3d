"""A PgQueuer driver on one asyncpg connection that it opens again whenever it is lost.

A statement that met a lost connection is sent again on the next one, so handlers that are running while
PostgreSQL restarts keep running and their end is noted afterwards. All of PgQueuer's statements bear being
sent twice; a job taken by a lost answer is taken again once its heartbeat is too old.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from pgqueuer.core.tm import TaskManager
from pgqueuer.ports.driver import Driver, NotifyCallback

from colonnade.kernel.jobs.queue import wake_up
from colonnade.kernel.observe import get_logger

__all__ = ["ReconnectingDriver"]

_log = get_logger("colonnade.jobs")

_LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)
_CANNOT_CONNECT = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class ReconnectingDriver(Driver):
    """Statements and notifications over one dedicated connection, one statement at a time.

    Statements wait while PostgreSQL is away. After `give_up` the next failure to connect is raised instead.
    """

    def __init__(
        self, dsn: str, *, application_name: str = "colonnade-worker", command_timeout_seconds: float = 15.0
    ) -> None:
        self._dsn = dsn
        self._name = application_name
        self._command_timeout = command_timeout_seconds
        self._connection: Any = None
        self._lock = asyncio.Lock()
        self._listeners: list[tuple[str, NotifyCallback]] = []
        self._shutdown = asyncio.Event()
        self._giving_up = asyncio.Event()
        self._revival: asyncio.Task[Any] | None = None

    @property
    def connected(self) -> bool:
        """Whether the connection is open."""
        return self._connection is not None and not self._connection.is_closed()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """All rows of a statement."""
        rows = await self._run(lambda connection: connection.fetch(query, *args))
        return [dict(row) for row in rows]

    async def execute(self, query: str, *args: object) -> str:
        """The command tag of a statement."""
        tag: str = await self._run(lambda connection: connection.execute(query, *args))
        return tag

    async def notify(self, channel: str, payload: str) -> None:
        """Send a notification."""
        await self.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Call `callback` with each notification on `channel`, on this connection and those after it."""
        await self._run(lambda connection: _listen(connection, channel, callback))
        self._listeners.append((channel, callback))

    def give_up(self) -> None:
        """Do not wait for PostgreSQL any more."""
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
        except _CANNOT_CONNECT:
            connection.terminate()

    @property
    def shutdown(self) -> asyncio.Event:
        """Part of PgQueuer's protocol; unused."""
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        """Part of PgQueuer's protocol; unused."""
        return TaskManager()

    async def __aenter__(self) -> ReconnectingDriver:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def _run(self, statement: Callable[[Any], Awaitable[Any]]) -> Any:
        async with self._lock:
            while True:
                connection = await self._connect()
                try:
                    return await statement(connection)
                except Exception as error:
                    if not connection.is_closed() and not isinstance(error, _LOST):
                        raise
                    connection.terminate()
                    self._connection = None

    async def _connect(self) -> Any:
        """The open connection, or the next one; PostgreSQL is asked at growing intervals of up to 5 s."""
        if self.connected:
            return self._connection
        delay = 0.1
        complained = False
        while True:
            try:
                return await self._open()
            except _CANNOT_CONNECT as error:
                if self._giving_up.is_set():
                    raise
                if not complained:
                    _log.warning("worker waits for PostgreSQL", error=type(error).__name__)
                    complained = True
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
            server_settings={"application_name": self._name, "timezone": "UTC", "jit": "off"},
        )
        try:
            for channel, callback in self._listeners:
                await _listen(connection, channel, callback)
        except BaseException:
            connection.terminate()
            raise
        connection.add_termination_listener(self._on_termination)
        self._connection = connection
        for _, callback in self._listeners:  # notifications may have been missed meanwhile
            callback(wake_up())
        return connection

    def _on_termination(self, _: Any) -> None:
        """Reconnect at once rather than with the next statement: nothing is heard in between."""
        if not self._giving_up.is_set() and (self._revival is None or self._revival.done()):
            self._revival = asyncio.ensure_future(self._revive())

    async def _revive(self) -> None:
        try:
            await self.execute("SELECT 1")
        except _CANNOT_CONNECT:
            pass


async def _listen(connection: Any, channel: str, callback: NotifyCallback) -> None:
    def relay(_connection: Any, _pid: int, _channel: str, payload: str) -> None:
        callback(payload)

    await connection.add_listener(channel, relay)
