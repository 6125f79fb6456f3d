"""Deletes claims that have run out."""

from __future__ import annotations

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import cron
from colonnade.products.radio.desk import queries

__all__ = ["JOBS"]


@cron("25 * * * *", name="desk.prune")
async def prune(db: Database) -> None:
    """Delete claims that have run out, every hour."""
    await queries.delete_old_claims(db)


JOBS = [prune]
