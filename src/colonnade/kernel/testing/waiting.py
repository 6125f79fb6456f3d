"""Waits until requests of a test are held up by a lock that the test holds."""

from __future__ import annotations

import asyncio
from typing import Any

from colonnade.kernel.db import Database

__all__ = ["until_waiting"]

_BOUND_SECONDS = 20
_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def until_waiting(db: Database, *requests: asyncio.Future[Any]) -> None:
    """Poll the database until each of `requests` waits for a lock; no other session of it may wait for one meanwhile.

    `db` is not a transaction, because PostgreSQL shows a transaction all sessions as they were at its first look. Raise
    AssertionError as soon as one of `requests` has ended, TimeoutError after 20 s.
    """
    async with asyncio.timeout(_BOUND_SECONDS):
        while await db.fetch_value(_WAITING) < len(requests):
            assert not any(request.done() for request in requests)
            await asyncio.sleep(0.01)
