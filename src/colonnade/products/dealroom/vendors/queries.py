"""All SQL of the vendors slice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from colonnade.kernel.db import Executor, Record, Transaction, assignments, insertion
from colonnade.kernel.trash import TrashKind
from colonnade.products.dealroom.vendors.schemas import Vendor, VendorNotFound

__all__ = [
    "TRASH",
    "collect_vendors",
    "fetch_vendor",
    "find_answering_vendor",
    "find_channel_vendor",
    "find_session_vendor",
    "insert_vendor",
    "list_vendors",
    "lock_vendor",
    "update_vendor",
]

TRASH = TrashKind(name="vendors", table="vendors", title="name", key=("session_id", "channel_id"))

_COLUMNS = """v.id, v.session_id, v.channel_id, v.name, v.phone, v.phone_typed, v.persona, v.language, v.version,
    v.created_at, v.updated_at"""
_OWN = """vendors v LEFT JOIN chat_sessions s ON s.id = v.session_id LEFT JOIN channels h ON h.id = v.channel_id
    WHERE v.id = $1 AND coalesce(s.owner_id, h.owner_id) = $2"""


def _vendor(row: Record) -> Vendor:
    return Vendor(
        id=row["id"],
        session_id=row["session_id"],
        channel_id=row["channel_id"],
        name=row["name"],
        phone_number=row["phone"],
        phone_number_typed=row["phone_typed"],
        persona=row["persona"],
        language=row["language"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


async def insert_vendor(tx: Transaction, values: dict[str, Any]) -> Vendor | None:
    """Insert the vendor of a session, or of a channel; return None if it has one already."""
    names, marks, args = insertion(values)
    row = await tx.fetch_row(
        f"INSERT INTO vendors AS v ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING RETURNING {_COLUMNS}",
        *args,
    )
    return _vendor(row) if row else None


async def fetch_vendor(db: Executor, owner_id: int, vendor_id: int) -> Vendor:
    """Fetch a vendor of the owner's sessions or channels. Raise VendorNotFound if there is none."""
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM {_OWN}", vendor_id, owner_id)
    if row is None:
        raise VendorNotFound
    return _vendor(row)


async def lock_vendor(tx: Transaction, owner_id: int, vendor_id: int) -> Vendor:
    """Lock a vendor of the owner's sessions or channels. Raise VendorNotFound if there is none."""
    row = await tx.fetch_row(f"SELECT {_COLUMNS} FROM {_OWN} FOR UPDATE OF v", vendor_id, owner_id)
    if row is None:
        raise VendorNotFound
    return _vendor(row)


async def find_session_vendor(db: Executor, session_id: UUID) -> Vendor | None:
    """Find the session's own vendor."""
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM vendors v WHERE v.session_id = $1", session_id)
    return _vendor(row) if row else None


async def find_channel_vendor(db: Executor, channel_id: int) -> Vendor | None:
    """Find the vendor of a channel."""
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM vendors v WHERE v.channel_id = $1", channel_id)
    return _vendor(row) if row else None


async def find_answering_vendor(db: Executor, session_id: UUID) -> Vendor | None:
    """Find in whose name a session is answered: its own vendor, else its channel's."""
    row = await db.fetch_row(
        f"""
        SELECT {_COLUMNS} FROM vendors v WHERE v.session_id = $1
            OR v.channel_id = (SELECT c.channel_id FROM channel_contacts c WHERE c.session_id = $1)
        ORDER BY v.session_id NULLS LAST LIMIT 1
        """,
        session_id,
    )
    return _vendor(row) if row else None


async def list_vendors(db: Executor, owner_id: int, *, before_id: int | None, limit: int) -> list[Vendor]:
    """List the vendors of the owner's sessions and channels, newest first."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM vendors v WHERE v.id IN (
            SELECT o.id FROM chat_sessions s JOIN vendors o ON o.session_id = s.id WHERE s.owner_id = $1
            UNION ALL
            SELECT o.id FROM channels h JOIN vendors o ON o.channel_id = h.id WHERE h.owner_id = $1
        ) AND ($2::integer IS NULL OR v.id < $2) ORDER BY v.id DESC LIMIT $3
        """,
        owner_id,
        before_id,
        limit,
    )
    return [_vendor(row) for row in rows]


async def update_vendor(tx: Transaction, vendor_id: int, values: dict[str, Any]) -> Vendor:
    """Write `values` and increase the version."""
    changes, args = assignments(values, first=2)
    row = await tx.fetch_row(
        f"UPDATE vendors v SET {changes} version = version + 1, updated_at = now() WHERE id = $1 RETURNING {_COLUMNS}",
        vendor_id,
        *args,
    )
    assert row is not None
    return _vendor(row)


async def collect_vendors(db: Executor, owner_id: int) -> list[Vendor]:
    """Return the vendors of the owner's sessions and channels for their export."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM vendors v LEFT JOIN chat_sessions s ON s.id = v.session_id
        LEFT JOIN channels h ON h.id = v.channel_id WHERE coalesce(s.owner_id, h.owner_id) = $1 ORDER BY v.id
        """,
        owner_id,
    )
    return [_vendor(row) for row in rows]
