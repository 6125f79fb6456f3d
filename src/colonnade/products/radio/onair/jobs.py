"""Passes on what is open when a slot ends."""

from __future__ import annotations

import structlog

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import cron
from colonnade.products.radio.onair import actions
from colonnade.products.radio.shared.schemas import StationSettings

__all__ = ["JOBS"]

log = structlog.get_logger(__name__)


@cron("* * * * *", name="onair.hand_over")
async def hand_over(db: Database, station: StationSettings) -> None:
    """Pass the open requests of ended broadcasts on, every minute."""
    async with db.transaction() as tx:
        count = await actions.hand_over(tx, station.zone)
    if count:
        log.info("requests handed over", count=count)


JOBS = [hand_over]
