"""SQL of exports."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.kernel.exports.schemas import MAKE_KEY, RETENTION, StoredExport
from colonnade.kernel.jobs import key_in_use
from colonnade.kernel.storage import delete_files

__all__ = [
    "EXPORTS_OF",
    "erase_exports",
    "fetch_reader",
    "find_export",
    "finish_export",
    "insert_export",
    "list_exports",
    "prune_exports",
    "remove_failed",
]

EXPORTS_OF = """
SELECT id, state, size_bytes, created_at, expires_at FROM personal_exports WHERE account_id = $1
ORDER BY created_at, id
"""
"""The exports of an account, as its export shows them."""

# The job says whether an export is still being made. The column cannot: nothing would change it when the job is held or
# cancelled.
_KEY = f"'{MAKE_KEY}' || e.id"
_IS_STUCK = f"e.state = 'pending' AND NOT {key_in_use(_KEY)}"

_EXPORT = f"""e.id, e.account_id, CASE WHEN {_IS_STUCK} THEN 'failed' ELSE e.state END AS state, e.language,
    e.storage_key, e.size_bytes, e.created_at, e.expires_at"""
MAX_LISTED = 20


async def insert_export(tx: Executor, account_id: int, language: str) -> StoredExport | None:
    """Insert a pending export; return None while another one of this account is pending.

    Its job must be enqueued in the same transaction, with the key that begins with MAKE_KEY: without it, the export
    counts as failed.
    """
    row = await tx.fetch_row(
        """
        INSERT INTO personal_exports (account_id, language, expires_at) VALUES ($1, $2, now() + $3::interval)
        ON CONFLICT (account_id) WHERE state = 'pending' DO NOTHING
        RETURNING id, account_id, state, language, storage_key, size_bytes, created_at, expires_at
        """,
        account_id,
        language,
        RETENTION,
    )
    return StoredExport(**row) if row else None


async def remove_failed(tx: Executor, account_id: int) -> None:
    """Remove an account's export whose job was held or cancelled, or ended without having made it."""
    await tx.execute(f"DELETE FROM personal_exports AS e WHERE e.account_id = $1 AND {_IS_STUCK}", account_id)


async def list_exports(db: Executor, account_id: int) -> list[StoredExport]:
    """Return the latest exports of an account, newest first."""
    rows = await db.fetch(
        f"""
        SELECT {_EXPORT} FROM personal_exports AS e WHERE e.account_id = $1 AND e.expires_at > now()
        ORDER BY e.created_at DESC, e.id LIMIT {MAX_LISTED}
        """,
        account_id,
    )
    return [StoredExport(**row) for row in rows]


async def find_export(db: Executor, export_id: UUID) -> StoredExport | None:
    """Return an export that has not expired and whose account is active, or None."""
    row = await db.fetch_row(
        f"""
        SELECT {_EXPORT} FROM personal_exports AS e WHERE e.id = $1 AND e.expires_at > now()
            AND EXISTS (SELECT FROM accounts AS a WHERE a.id = e.account_id AND a.is_active)
        """,
        export_id,
    )
    return StoredExport(**row) if row else None


async def finish_export(tx: Executor, export_id: UUID, *, storage_key: str, size_bytes: int) -> bool:
    """Mark a pending export as ready for a week; return False if it is gone or already finished."""
    tag = await tx.execute(
        """
        UPDATE personal_exports
        SET state = 'ready', storage_key = $2, size_bytes = $3, expires_at = now() + $4::interval
        WHERE id = $1 AND state = 'pending'
        """,
        export_id,
        storage_key,
        size_bytes,
        RETENTION,
    )
    return tag == "UPDATE 1"


async def fetch_reader(db: Executor, account_id: int) -> Record | None:
    """Return e-mail and, if that is confirmed, name of an active account, or None."""
    return await db.fetch_row(
        "SELECT CASE WHEN email_verified_at IS NOT NULL THEN name END AS name, email FROM accounts "
        "WHERE id = $1 AND is_active",
        account_id,
    )


async def erase_exports(tx: Transaction, account_id: int) -> None:
    """Remove every export of an account, files included."""
    await _remove(tx, "account_id = $1", account_id)


async def prune_exports(tx: Transaction) -> None:
    """Remove exports that have expired, files included."""
    await _remove(tx, "expires_at < now()")


async def _remove(tx: Transaction, condition: str, *values: object) -> None:
    rows = await tx.fetch(f"DELETE FROM personal_exports WHERE {condition} RETURNING storage_key", *values)
    await delete_files(tx, [row["storage_key"] for row in rows if row["storage_key"] is not None])
