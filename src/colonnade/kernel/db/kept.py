"""Erases what is kept of answered requests with an `Idempotency-Key`, when what they say is erased.

All SQL of this is here. Out of scope: keeping answers, and giving them to repeats (`http.idempotency`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from colonnade.kernel.db.executor import Executor

__all__ = ["erase_all_kept", "erase_kept", "erase_kept_about"]


async def erase_kept_about(db: Executor, table: str, ids: Iterable[object]) -> None:
    """Erase the kept answers about rows of a table, whoever asked: `Attempt.answer` was told of them.

    The key stays used: a repeat of the request makes nothing again, and is told so. Whatever deletes or blanks what
    somebody has written calls this.
    """
    about = [f"{table}:{id_}" for id_ in ids]
    if about:
        await db.kernel.execute(
            "UPDATE idempotency_keys SET body = '', fingerprint = '' WHERE about && $1::text[]", about
        )


async def erase_kept(db: Executor, account_id: int, texts: Sequence[str]) -> None:
    """Erase an account's kept answers that have one of these texts, such as ids with the names of their fields.

    The key stays used: a repeat of the request makes nothing again, and is told so. All that the account asked for with
    a key on the last day is read.
    """
    await db.kernel.execute(
        """
        UPDATE idempotency_keys SET body = '', fingerprint = '' WHERE account_id = $1
            AND EXISTS (
                SELECT FROM unnest($2::text[]) AS t (text) WHERE position(convert_to(t.text, 'UTF8') IN body) > 0
            )
        """,
        account_id,
        list(texts),
    )


async def erase_all_kept(db: Executor, account_id: int) -> None:
    """Erase all kept answers of an account, and the keys, which are the client's words."""
    await db.kernel.execute("DELETE FROM idempotency_keys WHERE account_id = $1", account_id)
