"""All SQL of authenticator apps."""

from __future__ import annotations

from colonnade.kernel.db import Executor

__all__ = [
    "TOTP_OF",
    "confirm_totp",
    "delete_totp",
    "find_totp",
    "offer_totp",
    "take_step",
]

TOTP_OF = "SELECT created_at, confirmed_at FROM account_totp WHERE account_id = $1"
"""The authenticator app of an account, as its export shows them."""

PENDING_MINUTES = 15


async def offer_totp(db: Executor, account_id: int, secret: str) -> bool:
    """Store an unconfirmed secret in place of an earlier one; return False if a confirmed one exists."""
    tag = await db.execute(
        """
        INSERT INTO account_totp (account_id, secret) VALUES ($1, $2)
        ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, created_at = now(), last_step = 0
        WHERE account_totp.confirmed_at IS NULL
        """,
        account_id,
        secret,
    )
    return tag == "INSERT 0 1"


async def find_totp(db: Executor, account_id: int, *, confirmed: bool) -> str | None:
    """Return the account's encrypted secret, or None; an unconfirmed one lasts `PENDING_MINUTES`."""
    secret: str | None = await db.fetch_value(
        f"""
        SELECT secret FROM account_totp
        WHERE account_id = $1 AND (confirmed_at IS NOT NULL) = $2
            AND ($2 OR created_at > now() - interval '{PENDING_MINUTES} minutes')
        """,
        account_id,
        confirmed,
    )
    return secret


async def confirm_totp(db: Executor, account_id: int, secret: str, step: int) -> bool:
    """Confirm this secret, with `step` used up; return False if it is no longer the one offered."""
    tag = await db.execute(
        """
        UPDATE account_totp SET confirmed_at = now(), last_step = $3
        WHERE account_id = $1 AND secret = $2 AND confirmed_at IS NULL
        """,
        account_id,
        secret,
        step,
    )
    return tag == "UPDATE 1"


async def take_step(db: Executor, account_id: int, step: int) -> bool:
    """Use up a time step; return False if it or a later one was used already (RFC 6238, 5.2)."""
    tag = await db.execute(
        """
        UPDATE account_totp SET last_step = $2
        WHERE account_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2
        """,
        account_id,
        step,
    )
    return tag == "UPDATE 1"


async def delete_totp(db: Executor, account_id: int) -> bool:
    """Delete the confirmed secret; return False if there is none."""
    tag = await db.execute(
        "DELETE FROM account_totp WHERE account_id = $1 AND confirmed_at IS NOT NULL", account_id
    )
    return tag == "DELETE 1"
