"""Looks up the callers behind sessions: alone when nobody else asks, several in one statement when many do.

Every signed-in request looks its session up, so that a logout holds at once. Under load those look-ups would be most of
the statements. Whoever asks while one is under way shares the next one, which begins when that ends: it is never older
than the question.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from colonnade.kernel.db import Database, Record
from colonnade.kernel.identity import queries

__all__ = ["CallerLookup"]


class CallerLookup:
    """The look-ups of one process; one statement is under way at a time.

    With `custom_roles` the rows hold the permissions of roles that were made at run time (see `queries.find_caller`).
    """

    def __init__(self, db: Database, *, custom_roles: bool) -> None:
        self._db = db
        self._custom_roles = custom_roles
        self._busy = False
        self._waiting: list[tuple[UUID, asyncio.Future[Record | None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def find(self, session_id: UUID) -> Record | None:
        """Return the row of `queries.find_caller`, or None. Raise the database's errors."""
        if self._busy:
            answer: asyncio.Future[Record | None] = asyncio.get_running_loop().create_future()
            self._waiting.append((session_id, answer))
            return await answer
        self._busy = True
        try:
            return await queries.find_caller(self._db, session_id, custom_roles=self._custom_roles)
        except Exception as error:
            self._refuse(error)
            raise
        finally:
            self._go_on()

    def _go_on(self) -> None:
        """Begin the next look-up, for all who wait, in a task that none of them can cancel."""
        asked, self._waiting = self._waiting, []
        self._busy = bool(asked)
        if asked:
            self._task = asyncio.get_running_loop().create_task(self._find_all(asked))

    async def _find_all(self, asked: list[tuple[UUID, asyncio.Future[Record | None]]]) -> None:
        try:
            ids = [session_id for session_id, _ in asked]
            found = await queries.find_callers(self._db, ids, custom_roles=self._custom_roles)
            for session_id, answer in asked:
                if not answer.done():
                    answer.set_result(found.get(session_id))
        except Exception as error:
            self._waiting = asked + self._waiting
            self._refuse(error)
        finally:
            self._go_on()

    def _refuse(self, error: Exception) -> None:
        """Raise `error` for all who wait: to wait once more for a database that does not answer helps nobody."""
        asked, self._waiting = self._waiting, []
        for _, answer in asked:
            if not answer.done():
                answer.set_exception(error)
