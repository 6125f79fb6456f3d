"""Purges the trash; every product has the job (`product.KERNEL_JOBS`)."""

from __future__ import annotations

from datetime import timedelta

import structlog

from colonnade.kernel.core import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import cron
from colonnade.kernel.trash.queries import purge_older

__all__ = ["purge_trash"]

log = structlog.get_logger(__name__)

BATCH = 500


@cron("25 3 * * *", name="trash.purge")
async def purge_trash(db: Database, settings: Settings) -> None:
    """Delete for good what has been in the trash for TRASH_DAYS."""
    purged, age = 0, timedelta(days=settings.trash_days)
    while number := await purge_older(db, age, BATCH):
        purged += number
    if purged:
        log.info("trash purged", items=purged)
