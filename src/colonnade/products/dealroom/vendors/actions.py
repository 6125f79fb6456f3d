"""Creates, changes and deletes the vendor of a session."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Phone, check_version, given_fields
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.sessions.queries import lock_session
from colonnade.products.dealroom.vendors import queries
from colonnade.products.dealroom.vendors.schemas import (
    Vendor,
    VendorCreate,
    VendorExists,
    VendorUpdate,
)

__all__ = ["create_vendor", "delete_vendor", "update_vendor"]


async def create_vendor(tx: Transaction, caller: Principal, data: VendorCreate) -> Vendor:
    """Create the vendor of one of the caller's sessions. Raise SessionNotFound, VendorExists."""
    await lock_session(tx, caller.id, data.session_id)
    vendor = await queries.insert_vendor(tx, data, data.phone_number)
    if vendor is None:
        raise VendorExists
    return vendor


async def update_vendor(
    tx: Transaction, caller: Principal, vendor_id: int, data: VendorUpdate, *, expected: int | None
) -> Vendor:
    """Change the given fields. Raise VendorNotFound, PreconditionFailed."""
    before = await queries.lock_vendor(tx, caller.id, vendor_id)
    check_version(expected, before.version)
    values = given_fields(data)
    if "phone_number" in values:
        phone: Phone | None = values.pop("phone_number")
        values |= {"phone": phone and phone.number, "phone_typed": phone and phone.typed}
    return await queries.update_vendor(tx, vendor_id, values)


async def delete_vendor(tx: Transaction, caller: Principal, vendor_id: int, *, expected: int | None) -> None:
    """Remove a vendor from its session. Raise VendorNotFound, PreconditionFailed."""
    before = await queries.lock_vendor(tx, caller.id, vendor_id)
    check_version(expected, before.version)
    await queries.delete_vendor(tx, vendor_id)
