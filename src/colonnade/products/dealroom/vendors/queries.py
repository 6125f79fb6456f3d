"""All SQL of the vendors slice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from colonnade.kernel.core import Phone
from colonnade.kernel.db import Executor, Record, Transaction, assignments
from colonnade.kernel.trash import TrashKind
from colonnade.products.dealroom.vendors.schemas import Vendor, VendorCreate, VendorNotFound

__all__ = [
    "TRASH",
    "fetch_vendor",
    "find_session_vendor",
    "insert_vendor",
    "lock_vendor",
    "update_vendor",
]

TRASH = TrashKind(name="vendors", table="vendors", title="name", key=("session_id",))

_COLUMNS = """v.id, v.session_id, v.name, v.phone, v.phone_typed, v.persona, v.language, v.version,
    v.created_at, v.updated_at"""
_OWN = "vendors v JOIN chat_sessions s ON s.id = v.session_id AND s.owner_id = $2"


def _vendor(row: Record) -> Vendor:
    return Vendor(
        id=row["id"],
        session_id=row["session_id"],
        name=row["name"],
        phone_number=row["phone"],
        phone_number_typed=row["phone_typed"],
        persona=row["persona"],
        language=row["language"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


async def insert_vendor(tx: Transaction, data: VendorCreate, phone: Phone | None) -> Vendor | None:
    """Insert the vendor of a session; return None if it has one already."""
    row = await tx.fetch_row(
        f"""
        INSERT INTO vendors AS v (session_id, name, phone, phone_typed, persona, language)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (session_id) DO NOTHING RETURNING {_COLUMNS}
        """,
        data.session_id,
        data.name,
        phone.number if phone else None,
        phone.typed if phone else None,
        data.persona,
        data.language,
    )
    return _vendor(row) if row else None


async def fetch_vendor(db: Executor, owner_id: int, vendor_id: int) -> Vendor:
    """Fetch a vendor of the owner's sessions. Raise VendorNotFound if there is none."""
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM {_OWN} WHERE v.id = $1", vendor_id, owner_id)
    if row is None:
        raise VendorNotFound
    return _vendor(row)


async def lock_vendor(tx: Transaction, owner_id: int, vendor_id: int) -> Vendor:
    """Lock a vendor of the owner's sessions. Raise VendorNotFound if there is none."""
    row = await tx.fetch_row(
        f"SELECT {_COLUMNS} FROM {_OWN} WHERE v.id = $1 FOR UPDATE OF v", vendor_id, owner_id
    )
    if row is None:
        raise VendorNotFound
    return _vendor(row)


async def find_session_vendor(db: Executor, session_id: UUID) -> Vendor | None:
    """Find the vendor of a session."""
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM vendors v WHERE v.session_id = $1", session_id)
    return _vendor(row) if row else None


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
