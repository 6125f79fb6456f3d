"""`until_waiting`: returns when all requests wait for a lock, and does not wait for one that has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from colonnade.kernel.db import Database
from colonnade.kernel.testing import until_waiting


async def test_all_wait_or_one_has_ended(fresh_database: Callable[[], Awaitable[str]]) -> None:
    db = Database(await fresh_database())
    async with db.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock(7)")
        held = [asyncio.create_task(db.fetch_value("SELECT pg_advisory_lock(7)::text")) for _ in range(2)]
        await until_waiting(db, *held)
        free = asyncio.create_task(db.fetch_value("SELECT 7"))
        assert await free == 7
        async with asyncio.timeout(5):
            with pytest.raises(AssertionError):
                await until_waiting(db, *held, free)
        assert not any(task.done() for task in held)
        for task in held:
            task.cancel()
        await asyncio.wait(held)
    await db.close()
