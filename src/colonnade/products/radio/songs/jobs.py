"""Song requests that nobody decided on, and what is forgotten afterwards."""

from __future__ import annotations

from datetime import timedelta

from colonnade.kernel.jobs import cron
from colonnade.kernel.product import Services
from colonnade.products.radio.songs import actions, queries

__all__ = ["JOBS"]

CONTACTS_KEPT = timedelta(days=30)


@cron("*/5 * * * *", name="songs.expire")
async def expire(services: Services) -> None:
    """End requests that have waited for six hours."""
    async with services.db.transaction() as tx:
        await actions.expire_requests(tx)
    await queries.forget_listeners(services.db, 2 * actions.PAUSE)


@cron("40 3 * * *", name="songs.redact", timezone="Asia/Jakarta")
async def redact(services: Services) -> None:
    """Forget the contacts of requests older than a month."""
    await queries.redact_contacts(services.db, CONTACTS_KEPT)


JOBS = [expire, redact]
