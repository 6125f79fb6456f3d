"""Redacts prayer requests after the station's retention time."""

from __future__ import annotations

import structlog

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import cron
from colonnade.products.radio.prayers import actions
from colonnade.products.radio.prayers.schemas import PrayerSettings

__all__ = ["JOBS"]

log = structlog.get_logger(__name__)


@cron("10 * * * *", name="prayers.redact")
async def redact(db: Database, settings: PrayerSettings) -> None:
    """Redact content, name and contact of requests older than PRAYER_RETENTION_DAYS, every hour."""
    async with db.transaction() as tx:
        count = await actions.redact_old(tx, days=settings.prayer_retention_days)
    if count:
        log.info("prayer requests redacted", count=count)


JOBS = [redact]
