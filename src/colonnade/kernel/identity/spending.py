"""Single-use signed tokens (`spent_tokens`): the first transaction to spend one wins, in whatever process.

An unused token leaves no row, so strangers who request many cost no storage.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from colonnade.kernel.core import Conflict
from colonnade.kernel.db import Executor

__all__ = ["TokenSpent", "check_unspent", "prune_spent_tokens", "spend_token"]


class TokenSpent(Conflict):
    """This single-use token has been used."""

    code = "TOKEN_SPENT"
    message = "This step was completed already. Please start again."


async def spend_token(db: Executor, claims: dict[str, Any]) -> None:
    """Use up the verified token with these claims in the transaction. Raise TokenSpent if it was used before.

    Of concurrent spends one continues; the others wait for its transaction and fail if that commits.
    """
    tag = await db.execute(
        "INSERT INTO spent_tokens (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        claims["jti"],
        datetime.fromtimestamp(claims["exp"], UTC),
    )
    if tag != "INSERT 0 1":
        raise TokenSpent


async def check_unspent(db: Executor, claims: dict[str, Any]) -> None:
    """Raise TokenSpent if the token was used; leave it usable."""
    if await db.fetch_value("SELECT 1 FROM spent_tokens WHERE id = $1", claims["jti"]) is not None:
        raise TokenSpent


async def prune_spent_tokens(db: Executor) -> None:
    """Delete tokens that expired more than an hour ago; the hour allows for clocks that differ."""
    await db.execute("DELETE FROM spent_tokens WHERE expires_at < now() - interval '1 hour'")
