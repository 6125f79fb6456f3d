"""What the chat forgets by itself."""

from __future__ import annotations

from datetime import timedelta

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import cron
from colonnade.kernel.realtime import prune_events
from colonnade.products.radio.livechat.queries import guests as guest_queries

__all__ = ["JOBS"]

EVENTS_KEPT = timedelta(days=7)
"""A client that was away for longer loads the history again."""
ADDRESSES_KEPT = timedelta(days=30)


@cron("20 3 * * *", name="livechat.prune", timezone="Asia/Jakarta")
async def prune(db: Database) -> None:
    """Shorten the rooms' logs; forget where guests came from and sessions in which nothing happened."""
    await prune_events(db, EVENTS_KEPT)
    await guest_queries.forget_addresses(db, ADDRESSES_KEPT)
    await guest_queries.delete_old_sessions(db, ADDRESSES_KEPT)


JOBS = [prune]
