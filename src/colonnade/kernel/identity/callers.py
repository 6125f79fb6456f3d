"""Looks up the callers behind sessions: alone when nobody else asks, several in one statement when many do.

Every signed-in request looks its session up, so that a logout holds at once. Under load those look-ups would be most of
the statements. Whoever asks while two are under way shares the next one, which begins when one of them ends: it is
never older than the question. Statements that hang hold nobody else up for longer than STALLED_SECONDS: those who wait
then get one of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final
from uuid import UUID

from colonnade.kernel.db import Database, Record
from colonnade.kernel.identity import queries

__all__ = ["CallerLookup"]

MAX_UNDER_WAY: Final = 2
STALLED_SECONDS: Final = 0.25


class CallerLookup:
    """The look-ups of one process; two statements are under way at a time, and more only if these are stalled.

    With `custom_roles` the rows hold the permissions of roles that were made at run time (see `queries.find_caller`).
    """

    def __init__(self, db: Database, *, custom_roles: bool) -> None:
        self._db = db
        self._custom_roles = custom_roles
        self._under_way = 0
        self._waiting: list[tuple[UUID, asyncio.Future[Record | None]]] = []
        self._waiting_since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def find(self, session_id: UUID) -> Record | None:
        """Return the row of `queries.find_caller`, or None. Raise the database's errors."""
        if self._under_way == MAX_UNDER_WAY:
            return await self._wait(session_id)
        self._under_way += 1
        try:
            return await queries.find_caller(self._db, session_id, custom_roles=self._custom_roles)
        finally:
            self._go_on()

    async def _wait(self, session_id: UUID) -> Record | None:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Record | None] = loop.create_future()
        if not self._waiting:
            self._waiting_since = loop.time()
        self._waiting.append((session_id, answer))
        if self._timer is None:
            self._timer = loop.call_later(STALLED_SECONDS, self._relieve)
        return await answer

    def _relieve(self) -> None:
        """Look up for those who wait if the statements under way are stalled; look again later if they are not."""
        self._timer = None
        if not self._waiting:
            return
        loop = asyncio.get_running_loop()
        left = self._waiting_since + STALLED_SECONDS - loop.time()
        if left > 0:
            self._timer = loop.call_later(left, self._relieve)
        else:
            self._start(self._find_all(self._take()))

    def _go_on(self) -> None:
        """Begin the next look-up, for all who wait, in a task that none of them can cancel."""
        if self._waiting:
            self._start(self._find_next(self._take()))
        else:
            self._under_way -= 1

    def _take(self) -> list[tuple[UUID, asyncio.Future[Record | None]]]:
        asked, self._waiting = self._waiting, []
        return asked

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _find_next(self, asked: list[tuple[UUID, asyncio.Future[Record | None]]]) -> None:
        try:
            await self._find_all(asked)
        finally:
            self._go_on()

    async def _find_all(self, asked: list[tuple[UUID, asyncio.Future[Record | None]]]) -> None:
        """Answer those who asked, with an error too."""
        found: Any = {}
        failed: Exception | None = None
        try:
            ids = [session_id for session_id, _ in asked]
            found = await queries.find_callers(self._db, ids, custom_roles=self._custom_roles)
        except Exception as error:
            failed = error
        for session_id, answer in asked:
            if answer.done():
                continue
            if failed is None:
                answer.set_result(found.get(session_id))
            else:
                answer.set_exception(failed)
