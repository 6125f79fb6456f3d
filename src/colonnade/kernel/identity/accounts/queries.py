"""SQL of suspending and deleting accounts."""

from __future__ import annotations

from colonnade.kernel.db import Executor, Transaction
from colonnade.kernel.identity.accounts.schemas import Suspension

__all__ = [
    "blank_account",
    "delete_what_belongs_to",
    "find_suspension",
    "hold_account",
    "is_deleted",
    "lift_suspension",
    "lock_references",
    "suspend_account",
]

# Foreign keys to accounts and their ON DELETE: c = CASCADE, n = SET NULL.
_REFERENCES = """
SELECT k.conrelid::regclass::text AS "table", quote_ident(a.attname) AS "column", k.confdeltype::text AS rule
FROM pg_constraint AS k JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
WHERE k.contype = 'f' AND k.confrelid = 'accounts'::regclass AND cardinality(k.conkey) = 1
  AND k.confdeltype IN ('c', 'n') AND k.conparentid = 0
ORDER BY 1, 2
"""

# Addresses are unique: one that could be guessed could be taken, and the deletion would fail.
BLANK = """
UPDATE accounts
SET email = 'deleted-' || gen_random_uuid() || '@deleted.invalid', name = 'Deleted account', password_hash = NULL,
    is_active = false, email_verified_at = NULL, last_login_at = NULL,
    suspended_at = NULL, suspended_reason = NULL, suspended_by = NULL,
    deleted_at = now(), updated_at = now()
WHERE id = $1
"""


# Locks of a row are no queue: who writes rows of an account goes on past who waits to delete it. This one is.
async def hold_account(tx: Transaction, account_id: int) -> None:
    """Let nobody delete the account until the transaction ends, but whoever waits to delete it go first.

    For those who write again and again, as the first statement: who holds other locks would be waited for.
    """
    await tx.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended('account', $1))", account_id)


async def lock_references(tx: Transaction, account_id: int) -> None:
    """Lock an account so that no row can begin to refer to it until the transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('account', $1))", account_id)
    await tx.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", account_id)


async def suspend_account(
    tx: Executor, account_id: int, *, reason: str, by_account_id: int | None
) -> Suspension | None:
    """Suspend an active account and return its suspension; None if it is not active."""
    row = await tx.fetch_row(
        """
        UPDATE accounts
        SET is_active = false, suspended_at = now(), suspended_reason = $2, suspended_by = $3, updated_at = now()
        WHERE id = $1 AND is_active
        RETURNING id AS account_id, suspended_reason AS reason, suspended_at, suspended_by
        """,
        account_id,
        reason,
        by_account_id,
    )
    return Suspension(**row) if row else None


async def lift_suspension(tx: Executor, account_id: int) -> bool:
    """Reactivate a suspended account; return False if it is not suspended."""
    tag = await tx.execute(
        """
        UPDATE accounts
        SET is_active = true, suspended_at = NULL, suspended_reason = NULL, suspended_by = NULL, updated_at = now()
        WHERE id = $1 AND suspended_at IS NOT NULL
        """,
        account_id,
    )
    return tag == "UPDATE 1"


async def find_suspension(db: Executor, account_id: int) -> Suspension | None:
    """Return the suspension of an account, or None if it is not suspended."""
    row = await db.fetch_row(
        """
        SELECT id AS account_id, suspended_reason AS reason, suspended_at, suspended_by
        FROM accounts WHERE id = $1 AND suspended_at IS NOT NULL
        """,
        account_id,
    )
    return Suspension(**row) if row else None


async def delete_what_belongs_to(tx: Executor, account_id: int) -> None:
    """Apply to the rows that refer to the account what a DELETE of its row would.

    The foreign keys decide: ON DELETE CASCADE deletes, SET NULL sets null; a row with neither keeps referring to the
    account's row, which stays.
    """
    for reference in await tx.fetch(_REFERENCES):
        table, column = reference["table"], reference["column"]
        if reference["rule"] == "c":
            await tx.execute(f"DELETE FROM {table} WHERE {column} = $1", account_id)
        else:
            await tx.execute(f"UPDATE {table} SET {column} = NULL WHERE {column} = $1", account_id)


async def is_deleted(db: Executor, account_id: int) -> bool:
    """Return whether the account is deleted."""
    sql = "SELECT EXISTS (SELECT FROM accounts WHERE id = $1 AND deleted_at IS NOT NULL)"
    deleted: bool = await db.fetch_value(sql, account_id)
    return deleted


async def blank_account(tx: Executor, account_id: int) -> None:
    """Overwrite everything personal in an account's row, for good; its e-mail address becomes free."""
    await tx.execute(BLANK, account_id)
