"""Passes on what is open when a slot ends."""

from __future__ import annotations

from datetime import timedelta

import structlog

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import cron
from colonnade.products.radio.onair import actions, queries
from colonnade.products.radio.shared.schemas import StationSettings

__all__ = ["JOBS"]

RETENTION = timedelta(days=30)

log = structlog.get_logger(__name__)


@cron("* * * * *", name="onair.hand_over")
async def hand_over(db: Database, station: StationSettings) -> None:
    """Pass the open requests of ended broadcasts on, every minute."""
    async with db.transaction() as tx:
        count = await actions.hand_over(tx, station.zone)
    if count:
        log.info("requests handed over", count=count)


@cron("50 3 * * *", name="onair.prune", timezone="Asia/Jakarta")
async def prune(db: Database) -> None:
    """Forget who had requests that were closed a month ago."""
    await queries.delete_old(db, RETENTION)


JOBS = [hand_over, prune]
