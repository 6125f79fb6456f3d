"""Sweeps up after a deletion."""

from __future__ import annotations

from colonnade.kernel.db import Database
from colonnade.kernel.identity.accounts.accounts import Accounts
from colonnade.kernel.identity.accounts.schemas import SWEEP_DELETED, DeletedAccount
from colonnade.kernel.jobs import job

__all__ = ["sweep_deleted"]


@job(SWEEP_DELETED)
async def sweep_deleted(payload: DeletedAccount, db: Database, accounts: Accounts) -> None:
    """Delete what requests that were under way have written about an account while it was deleted."""
    async with db.transaction() as tx:
        await accounts.sweep(tx, payload.account_id)
