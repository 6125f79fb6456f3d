"""Expires undecided song requests, and redacts old ones."""

from __future__ import annotations

from datetime import timedelta

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import cron
from colonnade.products.radio.songs import actions, queries

__all__ = ["JOBS"]

CONTACT_RETENTION = timedelta(days=30)


@cron("*/5 * * * *", name="songs.expire")
async def expire(db: Database) -> None:
    """Expire requests that have been pending for six hours."""
    async with db.transaction() as tx:
        await actions.expire_requests(tx)
    await queries.forget_listeners(db, 2 * actions.REQUEST_PAUSE)


@cron("40 3 * * *", name="songs.redact", timezone="Asia/Jakarta")
async def redact(db: Database) -> None:
    """Erase the contacts of requests older than a month."""
    await queries.redact_contacts(db, CONTACT_RETENTION)


JOBS = [expire, redact]
