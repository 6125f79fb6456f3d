"""Signs accounts in without a password: a session in the database, and an access token that our servers would issue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import asyncpg

from colonnade.app.catalog import load_product
from colonnade.kernel.identity import SigningKeys, Tokens
from colonnade.kernel.product import load_product_settings
from harness import settings


async def sign_in(dsn: str, product: str, role: str, account_ids: Iterable[int]) -> dict[int, str]:
    """Open a session of each account, all of one role, in the database of `product`; return tokens for a day."""
    connection = await asyncpg.connect(dsn)
    try:
        sessions = await connection.fetch(
            "INSERT INTO public.account_sessions (account_id, expires_at, ends_at, methods)"
            " SELECT id, now() + interval '7 days', now() + interval '30 days', ARRAY['password']"
            " FROM unnest($1::bigint[]) AS id RETURNING id, account_id",
            list(account_ids),
        )
        await connection.execute("VACUUM (ANALYZE) public.account_sessions")
    finally:
        await connection.close()
    ours = load_product_settings(
        load_product(product), Path("/nonexistent"), environ={}, jwt_secret=settings.JWT_SECRET
    )
    issuer = Tokens(SigningKeys.of(ours), issuer=ours.jwt_issuer, audience=product)
    return {
        row["account_id"]: issuer.issue(
            "access", str(row["account_id"]), timedelta(days=1), {"sid": str(row["id"]), "role": role}
        )
        for row in sessions
    }


async def end_sessions(dsn: str, account_id: int) -> None:
    """Revoke the sessions of an account, as a sign-out does."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "UPDATE public.account_sessions SET revoked_at = now(), end_reason = 'signed-out' WHERE account_id = $1",
            account_id,
        )
    finally:
        await connection.close()
