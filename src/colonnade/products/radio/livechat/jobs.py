"""The retention of the chat's data."""

from __future__ import annotations

from datetime import timedelta

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import cron
from colonnade.kernel.realtime import prune_events
from colonnade.products.radio.livechat.queries import guests as guest_queries

__all__ = ["JOBS"]

EVENT_RETENTION = timedelta(days=7)
"""A client that was disconnected for longer loads the history again."""
ADDRESS_RETENTION = timedelta(days=30)


@cron("20 3 * * *", name="livechat.prune", timezone="Asia/Jakarta")
async def prune(db: Database) -> None:
    """Prune the rooms' logs; delete guests' addresses and empty sessions after their retention."""
    await prune_events(db, EVENT_RETENTION)
    await guest_queries.forget_addresses(db, ADDRESS_RETENTION)
    await guest_queries.delete_old_sessions(db, ADDRESS_RETENTION)


JOBS = [prune]
