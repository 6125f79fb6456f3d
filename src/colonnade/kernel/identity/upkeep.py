"""The nightly job that deletes expired and ended rows."""

from __future__ import annotations

from colonnade.kernel.db import Database
from colonnade.kernel.exports import prune_exports
from colonnade.kernel.http import prune_keys
from colonnade.kernel.identity.apikeys.queries import prune_api_keys
from colonnade.kernel.identity.codes import prune_codes
from colonnade.kernel.identity.sessions.queries import prune_sessions
from colonnade.kernel.identity.spending import prune_spent_tokens
from colonnade.kernel.jobs import cron

__all__ = ["prune_ended"]


@cron("41 3 * * *", name="kernel.prune")
async def prune_ended(db: Database) -> None:
    """Delete ended sessions, keys, tokens, codes and exports, and answers stored for repeated requests."""
    await prune_sessions(db)
    await prune_api_keys(db)
    await prune_keys(db)
    await prune_spent_tokens(db)
    await prune_codes(db)
    async with db.transaction() as tx:
        await prune_exports(tx)
