"""All SQL of the prayer requests. Texts are always encrypted here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Transaction
from colonnade.products.radio.prayers.schemas import (
    PrayerFilters,
    PrayerProgress,
    PrayerReceipt,
    PrayerStatus,
    SealedPrayer,
    Visibility,
)

__all__ = [
    "PRAYERS_OF",
    "READS_OF",
    "advance_prayer",
    "count_prayers",
    "erase_prayers",
    "fetch_prayer",
    "find_status",
    "forget_reader",
    "insert_prayer",
    "list_contacts",
    "list_prayers",
    "list_sealed",
    "record_reads",
    "redact_prayers",
]

READS_OF = """
SELECT prayer_id, with_contact, address, read_at FROM prayer_reads WHERE account_id = $1 ORDER BY id
"""
"""The requests that an account has read, as its export shows them."""

PRAYERS_OF = """
SELECT id, CASE WHEN prayed_by = $1 THEN prayed_at END AS prayed_at,
    CASE WHEN archived_by = $1 THEN archived_at END AS archived_at
FROM prayer_requests WHERE prayed_by = $1 OR archived_by = $1 ORDER BY created_at, id
"""
"""The requests that an account has marked, as its export shows them: without the texts of their senders."""

_SEALED = """id, content, name, contact, visibility, is_anonymous, status, prayed_by, prayed_at, archived_at,
    redacted_at, created_at"""


async def insert_prayer(
    tx: Transaction,
    prayer_id: UUID,
    *,
    content: str,
    name: str | None,
    contact: str | None,
    visibility: Visibility,
    is_anonymous: bool,
) -> PrayerReceipt:
    """Insert a request, with encrypted content, name and contact."""
    row = await tx.fetch_row(
        """
        INSERT INTO prayer_requests (id, content, name, contact, visibility, is_anonymous)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING id, status, visibility, created_at
        """,
        prayer_id,
        content,
        name,
        contact,
        visibility,
        is_anonymous,
    )
    assert row is not None
    return PrayerReceipt(**row)


def _where(filters: PrayerFilters, args: list[Any]) -> str:
    clauses = []
    for column, value in (("status", filters.status), ("visibility", filters.visibility)):
        if value is not None:
            args.append(value)
            clauses.append(f"{column} = ${len(args)}")
    return f"WHERE {' AND '.join(clauses)}" if clauses else ""


async def list_prayers(
    db: Executor, filters: PrayerFilters, *, limit: int, offset: int
) -> list[SealedPrayer]:
    """Return a page of requests, newest first, still encrypted."""
    args: list[Any] = [limit, offset]
    rows = await db.fetch(
        f"SELECT {_SEALED} FROM prayer_requests {_where(filters, args)} "
        "ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2",
        *args,
    )
    return [SealedPrayer(**row) for row in rows]


async def count_prayers(db: Executor, filters: PrayerFilters) -> int:
    """Count the requests that match `filters`."""
    args: list[Any] = []
    count: int = await db.fetch_value(f"SELECT count(*) FROM prayer_requests {_where(filters, args)}", *args)
    return count


async def fetch_prayer(db: Executor, prayer_id: UUID, visibility: Visibility | None) -> SealedPrayer:
    """Return one request, with this visibility if one is given. Raise NotFound."""
    row = await db.fetch_row(
        f"SELECT {_SEALED} FROM prayer_requests WHERE id = $1 AND ($2::text IS NULL OR visibility = $2)",
        prayer_id,
        visibility,
    )
    if row is None:
        raise NotFound("There is no such prayer request.")
    return SealedPrayer(**row)


async def record_reads(
    tx: Transaction, ids: Sequence[UUID], caller: Principal, *, with_contact: bool, address: str
) -> None:
    """Record that `caller` reads these requests now."""
    await tx.execute(
        """
        INSERT INTO prayer_reads (prayer_id, account_id, account_name, with_contact, address)
        SELECT read, $2, $3, $4, $5 FROM unnest($1::uuid[]) WITH ORDINALITY AS page (read, position) ORDER BY position
        """,
        list(ids),
        caller.id,
        caller.name,
        with_contact,
        address,
    )


async def advance_prayer(
    tx: Transaction,
    prayer_id: UUID,
    visibility: Visibility | None,
    *,
    before: PrayerStatus,
    after: PrayerStatus,
    account_id: int,
) -> PrayerProgress | None:
    """Advance a request from `before` to `after`; return None if its status or visibility is another.

    One whose text is erased is not marked as prayed.
    """
    column = "prayed" if after == "prayed" else "archived"
    row = await tx.fetch_row(
        f"""
        UPDATE prayer_requests SET status = $3, {column}_by = $4, {column}_at = now()
        WHERE id = $1 AND status = $2 AND ($5::text IS NULL OR visibility = $5)
            AND (redacted_at IS NULL OR $3 <> 'prayed')
        RETURNING id, status, prayed_by, prayed_at, archived_at
        """,
        prayer_id,
        before,
        after,
        account_id,
        visibility,
    )
    return PrayerProgress(**row) if row else None


async def find_status(
    db: Executor, prayer_id: UUID, visibility: Visibility | None
) -> tuple[PrayerStatus, bool] | None:
    """Return the status of a request and whether its text is erased; None if there is none (with this visibility)."""
    row = await db.fetch_row(
        """
        SELECT status, redacted_at IS NOT NULL AS erased FROM prayer_requests
        WHERE id = $1 AND ($2::text IS NULL OR visibility = $2)
        """,
        prayer_id,
        visibility,
    )
    return (row["status"], row["erased"]) if row else None


async def redact_prayers(tx: Transaction, older_than: timedelta) -> list[UUID]:
    """Erase content, name and contact of requests older than this; return their ids."""
    rows = await tx.fetch(
        """
        UPDATE prayer_requests SET content = NULL, name = NULL, contact = NULL, redacted_at = now()
        WHERE redacted_at IS NULL AND created_at < now() - $1::interval RETURNING id
        """,
        older_than,
    )
    return [row["id"] for row in rows]


async def forget_reader(tx: Executor, account_id: int) -> None:
    """Erase the addresses from which an account read requests; the reads stay on record."""
    await tx.execute(
        "UPDATE prayer_reads SET address = '' WHERE account_id = $1 AND address <> ''", account_id
    )


async def list_contacts(
    db: Executor, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[datetime, UUID, str]]:
    """Return when requests with a contact came, their ids and their contacts, still encrypted, newest first.

    `after` is the last one of the page before.
    """
    rows = await db.fetch(
        """
        SELECT created_at, id, contact FROM prayer_requests
        WHERE contact IS NOT NULL AND ($1::timestamptz IS NULL OR (created_at, id) < ($1, $2::uuid))
        ORDER BY created_at DESC, id DESC LIMIT $3
        """,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [(row["created_at"], row["id"], row["contact"]) for row in rows]


async def list_sealed(db: Executor, ids: Sequence[UUID]) -> list[SealedPrayer]:
    """Return the requests with these ids, newest first, still encrypted."""
    rows = await db.fetch(
        f"SELECT {_SEALED} FROM prayer_requests WHERE id = ANY($1::uuid[]) ORDER BY created_at DESC, id DESC",
        list(ids),
    )
    return [SealedPrayer(**row) for row in rows]


async def erase_prayers(tx: Executor, ids: Sequence[UUID]) -> list[UUID]:
    """Erase content, name and contact of these requests; return the ids of those that had any."""
    rows = await tx.fetch(
        """
        UPDATE prayer_requests SET content = NULL, name = NULL, contact = NULL, redacted_at = now()
        WHERE redacted_at IS NULL AND id = ANY($1::uuid[]) RETURNING id
        """,
        list(ids),
    )
    return [row["id"] for row in rows]
