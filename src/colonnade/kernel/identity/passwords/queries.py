"""SQL of passwords and of their history."""

from __future__ import annotations

from colonnade.kernel.db import Executor
from colonnade.kernel.identity.passwords.schemas import StoredPassword

__all__ = ["delete_identities", "find_password", "replace_password"]

_STORED = """
SELECT a.id AS account_id, a.email, a.name, a.password_hash,
       ARRAY(SELECT h.password_hash FROM password_history AS h WHERE h.account_id = a.id
             ORDER BY h.id DESC LIMIT $2) AS earlier_hashes
FROM accounts AS a WHERE a.id = $1 AND a.is_active
"""

# Replaces only the password that was checked; it joins the history, whose oldest entries are deleted.
REPLACE = """
WITH changed AS (
    UPDATE accounts SET password_hash = $3, updated_at = now()
    WHERE id = $1 AND is_active AND password_hash IS NOT DISTINCT FROM $2
    RETURNING id),
noted AS (
    INSERT INTO password_history (account_id, password_hash)
    SELECT id, $2 FROM changed WHERE $2::text IS NOT NULL),
forgotten AS (
    DELETE FROM password_history AS h USING changed
    WHERE h.account_id = changed.id AND h.id NOT IN (
        SELECT kept.id FROM password_history AS kept WHERE kept.account_id = $1
        ORDER BY kept.id DESC LIMIT greatest($4::integer - 1, 0)))
SELECT id FROM changed
"""


async def find_password(db: Executor, account_id: int, *, earlier: int) -> StoredPassword | None:
    """Return the password of an active account, and the last `earlier` ones before it, or None."""
    row = await db.fetch_row(_STORED, account_id, earlier)
    return StoredPassword(**row) if row else None


async def replace_password(
    tx: Executor, account_id: int, *, before: str | None, after: str, earlier: int
) -> bool:
    """Replace hash `before` and keep the last `earlier` ones; return False if it is no longer the stored one."""
    return await tx.fetch_value(REPLACE, account_id, before, after, earlier) is not None


async def delete_identities(tx: Executor, account_id: int) -> int:
    """Delete the links of an account to external accounts, which open it without a password; return their number."""
    tag = await tx.execute("DELETE FROM account_identities WHERE account_id = $1", account_id)
    return int(tag.removeprefix("DELETE "))
