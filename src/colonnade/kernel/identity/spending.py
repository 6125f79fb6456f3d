"""Signed tokens that are good once: the first transaction to spend one wins, whatever the process.

Tokens that nobody uses leave no row, so strangers who ask for many cost no storage.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from colonnade.kernel.core import Conflict
from colonnade.kernel.db import Executor

__all__ = ["TokenSpent", "check_unspent", "prune_spent_tokens", "spend_token"]


class TokenSpent(Conflict):
    """This token was good once and has been used."""

    code = "TOKEN_SPENT"
    message = "This step was completed already. Please start again."


async def spend_token(db: Executor, claims: dict[str, Any]) -> None:
    """Use up the verified token with these claims, as part of the transaction; raises TokenSpent.

    Of parallel spends one goes on; the others wait for its end and fail if it committed.
    """
    tag = await db.execute(
        "INSERT INTO spent_tokens (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        claims["jti"],
        datetime.fromtimestamp(claims["exp"], UTC),
    )
    if tag != "INSERT 0 1":
        raise TokenSpent


async def check_unspent(db: Executor, claims: dict[str, Any]) -> None:
    """Raise TokenSpent when the token was used already; does not use it."""
    if await db.fetch_value("SELECT 1 FROM spent_tokens WHERE id = $1", claims["jti"]) is not None:
        raise TokenSpent


async def prune_spent_tokens(db: Executor) -> None:
    """Forget tokens that have expired; an hour is kept for clocks that differ."""
    await db.execute("DELETE FROM spent_tokens WHERE expires_at < now() - interval '1 hour'")
