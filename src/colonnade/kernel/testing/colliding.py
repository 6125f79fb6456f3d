"""Lets requests of a test meet at one row, as they do where many write to it and others refer to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from colonnade.kernel.db import Database
from colonnade.kernel.testing.waiting import until_waiting

__all__ = ["collide"]

A = TypeVar("A")

_REFERRING_SECONDS = 0.3
"""How long those wait that lock the row against who refers to it: long enough for the others to be at it."""


async def collide(
    db: Database, column: str, id_: Any, request: Callable[[], Awaitable[A]], *, times: int = 4
) -> list[A]:
    """Make `request` so many times, and return what it returned, while others change and refer to one row.

    All wait for the row, whose `column` (`accounts.name`) is written meanwhile; somebody refers to it for a moment
    longer. That is where a statement that locks a row and changes it waits for those who wait for it: its snapshot has
    the row of before, which the next of them holds. Raise what the first that fails raises.
    """
    table, _, name = column.partition(".")
    async with db.transaction() as referring:
        await referring.execute(f"SELECT FROM {table} WHERE id = $1 FOR KEY SHARE", id_)
        async with db.transaction() as changing:
            await changing.execute(f"UPDATE {table} SET {name} = {name} WHERE id = $1", id_)
            tasks = [asyncio.ensure_future(request()) for _ in range(times)]
            await until_waiting(db, *tasks)
        await asyncio.wait(tasks, timeout=_REFERRING_SECONDS)
    return await asyncio.gather(*tasks)
