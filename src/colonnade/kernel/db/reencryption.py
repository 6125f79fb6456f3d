"""Rewrites encrypted columns with the current key, in small batches, while servers read and write them.

A batch is read without locks, decrypted and encrypted here, and written back only where the row still has the value
that was read (compare and set): a writer in between wins, and the next pass looks at its value. Progress shows in the
rows themselves, so that a run that was interrupted is resumed by starting it again. Every server must know the new
key (at any place in FIELD_KEYS) before one of them encrypts with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import msgspec

from colonnade.kernel.core import EncryptedColumn, FieldCipher, Undecryptable
from colonnade.kernel.db.database import Database
from colonnade.kernel.db.errors import is_retryable

__all__ = ["Reencrypted", "count_by_key", "reencrypt_column"]

MAX_PASSES = 5
WRITE_ATTEMPTS = 8


class Reencrypted(msgspec.Struct, frozen=True):
    """The result for a column: values rewritten, values that no key decrypts, and values still under older keys."""

    rewritten: int
    unreadable: int
    remaining: int


async def count_by_key(db: Database, column: EncryptedColumn) -> dict[str, int]:
    """Count the values under each key id; `?` counts values that are not in our form."""
    rows = await db.fetch(
        f"""
        SELECT coalesce(substring("{column.column}" FROM '^v1\\.([A-Za-z0-9_-]+)\\.'), '?') AS key, count(*) AS rows
        FROM "{column.table}" WHERE "{column.column}" IS NOT NULL GROUP BY 1 ORDER BY 1
        """
    )
    return {row["key"]: row["rows"] for row in rows}


async def reencrypt_column(
    db: Database,
    cipher: FieldCipher,
    column: EncryptedColumn,
    *,
    batch: int = 200,
    pause_seconds: float = 0.0,
    progress: Callable[[int], None] | None = None,
) -> Reencrypted:
    """Rewrite every value of `column` that is not under the current key; `progress` gets the number so far.

    Scan the table until a pass finds nothing more, MAX_PASSES times at most: a server that still writes with an old
    key would otherwise keep it going for ever. Raise the database's errors.
    """
    key_type = await _type_of_key(db, column)
    rewritten = unreadable = remaining = 0
    for _ in range(MAX_PASSES):
        unreadable = 0
        after: Any = None
        while rows := await _read(db, cipher, column, after, batch):
            after = rows[-1]["key"]
            fresh = _encrypt_again(cipher, column, rows)
            unreadable += len(rows) - len(fresh)
            rewritten += await _write(db, column, key_type, fresh)
            if progress is not None:
                progress(rewritten)
            await asyncio.sleep(pause_seconds)
        # Values that servers have written with an older key meanwhile, or changed between our read and write.
        remaining = max(0, await _count_older(db, cipher, column) - unreadable)
        if not remaining:
            break
    return Reencrypted(rewritten, unreadable, remaining)


async def _type_of_key(db: Database, column: EncryptedColumn) -> str:
    found: str | None = await db.fetch_value(
        """
        SELECT format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = to_regclass(quote_ident($1)) AND attname = $2 AND NOT attisdropped
        """,
        column.table,
        column.key,
    )
    if found is None:
        raise LookupError(f"there is no column {column.table}.{column.key}")
    return found


async def _read(
    db: Database, cipher: FieldCipher, column: EncryptedColumn, after: Any, batch: int
) -> list[Any]:
    later, args = ("", []) if after is None else (f'AND "{column.key}" > $3', [after])
    return await db.fetch(
        f"""
        SELECT "{column.key}" AS key, "{column.column}" AS value FROM "{column.table}"
        WHERE NOT starts_with("{column.column}", $1) {later} ORDER BY "{column.key}" LIMIT $2
        """,
        cipher.prefix,
        batch,
        *args,
    )


def _encrypt_again(
    cipher: FieldCipher, column: EncryptedColumn, rows: list[Any]
) -> list[tuple[Any, str, str]]:
    """Return the key, old and new value of each row that can be decrypted."""
    fresh = []
    for row in rows:
        place = column.place(row["key"])
        try:
            text = cipher.decrypt(row["value"], place=place)
        except Undecryptable:
            continue
        fresh.append((row["key"], row["value"], cipher.encrypt(text, place=place)))
    return fresh


async def _write(
    db: Database, column: EncryptedColumn, key_type: str, fresh: list[tuple[Any, str, str]]
) -> int:
    if not fresh:
        return 0
    keys, old, new = (list(values) for values in zip(*fresh, strict=True))
    for attempt in range(WRITE_ATTEMPTS):
        try:
            tag = await db.execute(
                f"""
                UPDATE "{column.table}" AS t SET "{column.column}" = fresh.new
                FROM unnest($1::{key_type}[], $2::text[], $3::text[]) AS fresh (key, old, new)
                WHERE t."{column.key}" = fresh.key AND t."{column.column}" = fresh.old
                """,
                keys,
                old,
                new,
            )
            return int(tag.rpartition(" ")[2])
        except asyncpg.PostgresError as error:
            busy = is_retryable(error) or isinstance(error, asyncpg.LockNotAvailableError)
            if not busy or attempt == WRITE_ATTEMPTS - 1:
                raise
            await asyncio.sleep(0.05 * (attempt + 1))
    raise AssertionError("unreachable")


async def _count_older(db: Database, cipher: FieldCipher, column: EncryptedColumn) -> int:
    count: int = await db.fetch_value(
        f'SELECT count(*) FROM "{column.table}" WHERE NOT starts_with("{column.column}", $1)', cipher.prefix
    )
    return count
