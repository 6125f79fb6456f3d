"""The nightly job that deletes expired and ended rows."""

from __future__ import annotations

from datetime import timedelta

from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.exports import prune_exports
from colonnade.kernel.http import prune_keys
from colonnade.kernel.identity.apikeys.queries import prune_api_keys
from colonnade.kernel.identity.codes import prune_codes
from colonnade.kernel.identity.queries import ACCOUNTS
from colonnade.kernel.identity.sessions.queries import prune_sessions
from colonnade.kernel.identity.spending import prune_spent_tokens
from colonnade.kernel.jobs import cron, prune_held
from colonnade.kernel.observe import get_logger
from colonnade.kernel.search import keep_words

__all__ = ["prune_ended"]

_log = get_logger("colonnade.identity")


@cron("41 3 * * *", name="kernel.prune")
async def prune_ended(db: Database, settings: Settings) -> None:
    """Delete ended sessions, keys, tokens, codes and exports, answers stored for repeated requests, old held jobs."""
    await prune_sessions(db)
    await prune_api_keys(db)
    await prune_keys(db)
    await prune_spent_tokens(db)
    await prune_codes(db)
    await keep_words(db, ACCOUNTS)
    async with db.transaction() as tx:
        await prune_exports(tx)
    removed = await prune_held(db, timedelta(days=settings.held_job_days))
    if removed:
        _log.warning("held jobs removed", count=removed, older_than_days=settings.held_job_days)
