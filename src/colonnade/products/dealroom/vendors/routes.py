"""Vendors, in whose name customers are answered; each session has one."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    ExpectedVersion,
    Ok,
    Router,
    Tag,
    allows,
    delete,
    get,
    patch,
    post,
)
from colonnade.products.dealroom.sessions.queries import fetch_session
from colonnade.products.dealroom.shared.rules.places import PREFIX
from colonnade.products.dealroom.vendors import actions, queries
from colonnade.products.dealroom.vendors.schemas import Vendor, VendorCreate, VendorNotFound, VendorUpdate

__all__ = ["ROUTES"]

USE = "chats:use"


@post("/", guards=[allows(USE)], answers=(404,))
async def create_vendor(data: VendorCreate, db: Database, caller: Principal) -> Created[Vendor]:
    """Give a session its vendor; 409 when it has one."""
    async with db.transaction(caller) as tx:
        vendor = await actions.create_vendor(tx, caller, data)
    return Created(vendor, version=vendor.version)


@get("/session/{session_id:uuid}", guards=[allows(USE)])
async def show_session_vendor(session_id: UUID, db: Database, caller: Principal) -> Ok[Vendor]:
    """The vendor of a session; 404 when it has none."""
    await fetch_session(db, caller.id, session_id)
    vendor = await queries.find_session_vendor(db, session_id)
    if vendor is None:
        raise VendorNotFound
    return Ok(vendor, version=vendor.version)


@get("/{vendor_id:int}", guards=[allows(USE)])
async def show_vendor(vendor_id: int, db: Database, caller: Principal) -> Ok[Vendor]:
    """One vendor."""
    vendor = await queries.fetch_vendor(db, caller.id, vendor_id)
    return Ok(vendor, version=vendor.version)


@patch("/{vendor_id:int}", guards=[allows(USE)])
async def update_vendor(
    vendor_id: int, data: VendorUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Vendor]:
    """Change a vendor; `If-Match` guards against overwriting another's edit."""
    async with db.transaction(caller) as tx:
        vendor = await actions.update_vendor(tx, caller, vendor_id, data, expected=expected)
    return Ok(vendor, version=vendor.version)


@delete("/{vendor_id:int}", guards=[allows(USE)])
async def delete_vendor(vendor_id: int, db: Database, caller: Principal, expected: ExpectedVersion) -> None:
    """Remove a vendor from its session."""
    async with db.transaction(caller) as tx:
        await actions.delete_vendor(tx, caller, vendor_id, expected=expected)


ROUTES = Router(
    f"{PREFIX}/vendors",
    route_handlers=[create_vendor, show_session_vendor, show_vendor, update_vendor, delete_vendor],
    tags=[Tag("Vendors", "The vendor who answers in a chat session; each session has one.")],
)
