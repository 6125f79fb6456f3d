"""Looks up the callers behind sessions: alone when nobody else asks, several in one statement when many do.

Every signed-in request looks its session up, so that a logout holds at once. Under load those look-ups would be most of
the statements. Whoever asks while two are under way shares the next one, which begins when one of them ends: it is
never older than the question. They are two, so that a connection that hangs holds nobody else up.
"""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from colonnade.kernel.db import Database, Record
from colonnade.kernel.identity import queries

__all__ = ["CallerLookup"]

MAX_UNDER_WAY: Final = 2


class CallerLookup:
    """The look-ups of one process; at most two statements are under way at a time.

    With `custom_roles` the rows hold the permissions of roles that were made at run time (see `queries.find_caller`).
    """

    def __init__(self, db: Database, *, custom_roles: bool) -> None:
        self._db = db
        self._custom_roles = custom_roles
        self._under_way = 0
        self._waiting: list[tuple[UUID, asyncio.Future[Record | None]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def find(self, session_id: UUID) -> Record | None:
        """Return the row of `queries.find_caller`, or None. Raise the database's errors."""
        if self._under_way == MAX_UNDER_WAY:
            answer: asyncio.Future[Record | None] = asyncio.get_running_loop().create_future()
            self._waiting.append((session_id, answer))
            return await answer
        self._under_way += 1
        try:
            return await queries.find_caller(self._db, session_id, custom_roles=self._custom_roles)
        except Exception as error:
            self._refuse(error)
            raise
        finally:
            self._go_on()

    def _go_on(self) -> None:
        """Begin the next look-up, for all who wait, in a task that none of them can cancel."""
        if not self._waiting:
            self._under_way -= 1
            return
        asked, self._waiting = self._waiting, []
        task = asyncio.get_running_loop().create_task(self._find_all(asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

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
