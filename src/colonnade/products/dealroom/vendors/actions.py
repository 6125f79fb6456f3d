"""Creates, changes and deletes the vendor of a session or a channel."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, structs

from colonnade.kernel.access import Principal
from colonnade.kernel.core import (
    Invalid,
    Phone,
    PreconditionFailed,
    changed_fields,
    check_version,
    given_fields,
)
from colonnade.kernel.db import Transaction
from colonnade.kernel.trash import move_to_trash
from colonnade.products.dealroom.channels.queries.channels import lock_channel
from colonnade.products.dealroom.sessions.queries import lock_session
from colonnade.products.dealroom.vendors import queries
from colonnade.products.dealroom.vendors.schemas import (
    Vendor,
    VendorCreate,
    VendorExists,
    VendorUpdate,
)

__all__ = ["create_vendor", "delete_vendor", "put_channel_vendor", "update_vendor"]


async def create_vendor(tx: Transaction, caller: Principal, data: VendorCreate) -> Vendor:
    """Create the vendor of one of the caller's sessions. Raise SessionNotFound, VendorExists."""
    await lock_session(tx, caller.id, data.session_id)
    vendor = await queries.insert_vendor(tx, _columns(structs.asdict(data)))
    if vendor is None:
        raise VendorExists
    return vendor


async def put_channel_vendor(
    tx: Transaction, caller: Principal, channel_id: int, data: VendorUpdate, *, expected: int | None
) -> Vendor:
    """Give one of the caller's channels a vendor, or change the one it has.

    Raise ChannelNotFound, PreconditionFailed, and Invalid for a new vendor without a name.
    """
    await lock_channel(tx, caller.id, channel_id)
    before = await queries.find_channel_vendor(tx, channel_id)
    if before is not None:
        return await update_vendor(tx, caller, before.id, data, expected=expected)
    if expected is not None:
        raise PreconditionFailed
    if data.name is UNSET:
        raise Invalid(fields={"name": "Name is required"})
    vendor = await queries.insert_vendor(tx, {"channel_id": channel_id} | _columns(given_fields(data)))
    assert vendor is not None
    return vendor


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a vendor's fields."""
    phone: Phone | None = values.pop("phone_number", None)
    return {**values, "phone": phone and phone.number, "phone_typed": phone and phone.typed}


async def update_vendor(
    tx: Transaction, caller: Principal, vendor_id: int, data: VendorUpdate, *, expected: int | None
) -> Vendor:
    """Change the given fields. Raise VendorNotFound, PreconditionFailed."""
    before = await queries.lock_vendor(tx, caller.id, vendor_id)
    check_version(expected, before.version)
    values = changed_fields(before, given_fields(data))
    if "phone_number" in values:
        phone: Phone | None = values.pop("phone_number")
        typed = (before.phone_number, before.phone_number_typed)
        if phone is None or phone.number != before.phone_number or phone.typed not in typed:
            values |= {"phone": phone and phone.number, "phone_typed": phone and phone.typed}
    if not values:
        return before
    return await queries.update_vendor(tx, vendor_id, values)


async def delete_vendor(tx: Transaction, caller: Principal, vendor_id: int, *, expected: int | None) -> None:
    """Move a vendor into the trash. Raise VendorNotFound, PreconditionFailed."""
    before = await queries.lock_vendor(tx, caller.id, vendor_id)
    check_version(expected, before.version)
    await move_to_trash(tx, queries.TRASH, vendor_id, by=caller, owner_id=caller.id)
