"""A caller's turn in the line for a connection: for the connection itself, or for what one statement answers on it.

Who waits for a connection to send one statement would be woken up twice, for the connection and for the answer, and
the connection would be idle in between. Here whoever gives a connection back sends the next statement in line on it;
its caller is woken up once, with the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from colonnade.kernel.db.connection import Connection
from colonnade.kernel.db.errors import NotSent

__all__ = ["PLACE", "Turn", "Work"]

Work = Callable[[Connection], Coroutine[Any, Any, Any]]
"""What is to be done with the connection: one statement."""

PLACE: Final = object()
"""The right to open a connection in the place of a lost one."""


class Turn:
    """One caller in line until `deadline` (by `time.monotonic`).

    `outcome` becomes a connection, PLACE or, with `work`, what that returns or raises. `release` takes the connection
    back when the work is done.
    """

    __slots__ = ("_release", "_running", "connection", "deadline", "outcome", "work")

    def __init__(self, deadline: float, work: Work | None, release: Callable[[Connection], None]) -> None:
        self.deadline = deadline
        self.work = work
        self.outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.connection: Connection | None = None
        """The connection on which the work is being done."""
        self._running: Coroutine[Any, Any, Any]
        self._release = release

    def take(self, connection: Connection | None) -> bool:
        """Take a connection, or the place of one; return False if it is free again: the work has failed at once."""
        if self.work is None or connection is None:
            self.outcome.set_result(PLACE if connection is None else connection)
            return True
        self.connection = connection
        self._running = self.work(connection)
        return self._go_on()

    def _go_on(self) -> bool:
        """Do the work up to where it waits for PostgreSQL, as a task would; return False if it has ended."""
        outcome = self.outcome
        try:
            awaited = self._running.send(None)
        except StopIteration as end:
            if not outcome.done():
                outcome.set_result(end.value)
        except asyncio.CancelledError:
            outcome.cancel()
        except Exception as error:
            if isinstance(error, NotSent) and self.connection is not None:
                self.connection.terminate()
            if not outcome.done():
                outcome.set_exception(error)
        else:
            awaited.add_done_callback(self._answered)
            return True
        return False

    def _answered(self, _: object) -> None:
        if not self._go_on():
            connection, self.connection = self.connection, None
            assert connection is not None
            self._release(connection)
