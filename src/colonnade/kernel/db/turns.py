"""A caller's turn in the line for a connection: for the connection itself, or for what one statement answers on it.

Who waits for a connection to send one statement would be woken up twice, for the connection and for the answer, and
the connection would be idle in between. Here whoever gives a connection back sends the next statement in line on it;
its caller is woken up once, with the answer. A statement whose caller may not leave it (`SingleStatement`) is sent in
the same way on an idle connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any, Final

from colonnade.kernel.db.connection import Connection
from colonnade.kernel.db.errors import NotSent

__all__ = ["PLACE", "Turn", "Work"]

Work = Callable[[Connection], Coroutine[Any, Any, Any]]
"""What is to be done with the connection: one statement."""

PLACE: Final = object()
"""The right to open a connection in the place of a lost one."""


class Turn:
    """One caller in line until `deadline` (by `time.monotonic`), who waits for `ended` and then takes the `result`.

    That is a connection, PLACE or, with `work`, what it returns or raises. It is kept beside `ended`, which a cancelled
    caller leaves behind, and lets go of an error, whose traceback refers to this object. `release` takes the connection
    back when the work is done.
    """

    __slots__ = (
        "_context",
        "_error",
        "_release",
        "_running",
        "connection",
        "deadline",
        "ended",
        "given",
        "work",
    )

    def __init__(self, deadline: float, work: Work | None, release: Callable[[Connection], None]) -> None:
        self.deadline = deadline
        self.work = work
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.given: Any = None
        self.connection: Connection | None = None
        """The connection on which the work is being done."""
        self._error: BaseException | None = None
        self._running: Coroutine[Any, Any, Any]
        self._release = release
        self._context = copy_context()  # whoever gives the connection back does this caller's work

    def take(self, connection: Connection | None) -> bool:
        """Take a connection, or the place of one; return False if it is free again: the work has failed at once."""
        if self.work is None or connection is None:
            self.end(PLACE if connection is None else connection)
            return True
        self._running = self.work(connection)
        return self._go_on(connection)

    def end(self, given: Any, error: BaseException | None = None) -> None:
        """Wake the caller up, to whom `given` is given, or `error` raised."""
        self.given, self._error = given, error
        if not self.ended.done():
            self.ended.set_result(None)

    def result(self) -> Any:
        """Return what was given, or raise the error; once."""
        if self._error is None:
            return self.given
        try:
            raise self._error
        finally:
            self._error = None

    def _go_on(self, connection: Connection) -> bool:
        """Do the work up to where it waits for PostgreSQL, as a task would; return False if it has ended."""
        try:
            awaited = self._context.run(self._running.send, None)
        except StopIteration as end:
            self.end(end.value)
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, NotSent):
                connection.terminate()
            # Without our frame, which refers to asyncpg's future, and that to the error.
            below = error.__traceback__ and error.__traceback__.tb_next
            self.end(None, error.with_traceback(below))
        else:
            self.connection = connection
            awaited.add_done_callback(self._answered)
            return True
        self.connection = None
        return False

    def _answered(self, _: object) -> None:
        connection = self.connection
        assert connection is not None
        if not self._go_on(connection):
            self._release(connection)
