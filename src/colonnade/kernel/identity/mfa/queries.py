"""All SQL of authenticator apps and recovery codes."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.kernel.db import Executor, Record

__all__ = [
    "confirm_totp",
    "delete_factors",
    "delete_recovery_codes",
    "delete_totp",
    "fetch_factors",
    "find_totp",
    "insert_recovery_codes",
    "lock_account",
    "offer_totp",
    "take_recovery_code",
    "take_step",
]

PENDING_MINUTES = 15


async def fetch_factors(db: Executor, account_id: int) -> Record:
    """Of one account: totp (confirmed), passkeys and recovery_codes (how many), and a mark of its password.

    The mark changes with the password and tells nothing about it (64 bits of a hash of the hash).
    """
    row = await db.fetch_row(
        """
        SELECT
            EXISTS (SELECT FROM account_totp WHERE account_id = a.id AND confirmed_at IS NOT NULL) AS totp,
            (SELECT count(*) FROM account_passkeys WHERE account_id = a.id)::int AS passkeys,
            (SELECT count(*) FROM account_recovery_codes
                WHERE account_id = a.id AND used_at IS NULL)::int AS recovery_codes,
            left(encode(sha256(convert_to(coalesce(a.password_hash, ''), 'UTF8')), 'hex'), 16) AS password_mark
        FROM accounts a WHERE a.id = $1
        """,
        account_id,
    )
    assert row is not None
    return row


async def lock_account(db: Executor, account_id: int) -> None:
    """Hold the account's row: changes of its factors happen one after the other."""
    await db.execute("SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE", account_id)


async def offer_totp(db: Executor, account_id: int, secret: str) -> bool:
    """Keep an unconfirmed secret in place of an earlier one; False when a confirmed one is there."""
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
    """The account's encrypted secret, confirmed or (not too old) waiting for its first code."""
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
    """Let this very secret count from now on, its first step used; False when it is no longer the one offered."""
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
    """Use up a time step; False when it, or a later one, was used already (RFC 6238, 5.2)."""
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
    """Forget the secret; False when no confirmed one was there."""
    tag = await db.execute(
        "DELETE FROM account_totp WHERE account_id = $1 AND confirmed_at IS NOT NULL", account_id
    )
    return tag == "DELETE 1"


async def delete_factors(db: Executor, account_id: int) -> Record:
    """Forget everything that is a second factor; gives totp (whether it was confirmed) and passkeys (how many)."""
    row = await db.fetch_row(
        """
        WITH app AS (DELETE FROM account_totp WHERE account_id = $1 RETURNING confirmed_at),
            keys AS (DELETE FROM account_passkeys WHERE account_id = $1 RETURNING id),
            codes AS (DELETE FROM account_recovery_codes WHERE account_id = $1)
        SELECT EXISTS (SELECT FROM app WHERE confirmed_at IS NOT NULL) AS totp,
            (SELECT count(*) FROM keys)::int AS passkeys
        """,
        account_id,
    )
    assert row is not None
    return row


async def insert_recovery_codes(db: Executor, account_id: int, hashes: Sequence[bytes]) -> None:
    """Add recovery codes."""
    await db.execute(
        "INSERT INTO account_recovery_codes (account_id, code_hash) SELECT $1, unnest($2::bytea[])",
        account_id,
        list(hashes),
    )


async def take_recovery_code(db: Executor, account_id: int, code_hash: bytes) -> bool:
    """Use up a code; False when it is unknown or was used. Of parallel uses one wins."""
    tag = await db.execute(
        """
        UPDATE account_recovery_codes SET used_at = now()
        WHERE account_id = $1 AND code_hash = $2 AND used_at IS NULL
        """,
        account_id,
        code_hash,
    )
    return tag == "UPDATE 1"


async def delete_recovery_codes(db: Executor, account_id: int) -> None:
    """Forget all codes, used and unused."""
    await db.execute("DELETE FROM account_recovery_codes WHERE account_id = $1", account_id)
