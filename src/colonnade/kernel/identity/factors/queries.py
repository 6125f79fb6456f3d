"""SQL over all kinds of second factors of an account, and all SQL of recovery codes."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.kernel.db import Executor, Record

__all__ = [
    "delete_factors",
    "delete_recovery_codes",
    "fetch_factors",
    "insert_recovery_codes",
    "take_recovery_code",
]


async def fetch_factors(db: Executor, account_id: int) -> Record:
    """Return totp (confirmed or not), the numbers of passkeys and unused recovery_codes, and password_mark.

    The mark changes with the password and reveals nothing about it (64 bits of a hash of the hash).
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


async def delete_factors(db: Executor, account_id: int) -> Record:
    """Delete all second factors; return totp (whether a confirmed one was deleted) and the number of passkeys."""
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
    """Insert recovery codes."""
    await db.execute(
        "INSERT INTO account_recovery_codes (account_id, code_hash) SELECT $1, unnest($2::bytea[])",
        account_id,
        list(hashes),
    )


async def take_recovery_code(db: Executor, account_id: int, code_hash: bytes) -> bool:
    """Use up a code; return False if it is unknown or was used. Of concurrent uses one wins."""
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
    """Delete the account's recovery codes, used and unused."""
    await db.execute("DELETE FROM account_recovery_codes WHERE account_id = $1", account_id)
