"""Vendors, in whose name customers are answered; each session has one, or its channel's."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database, Executor
from colonnade.kernel.http import (
    Created,
    Exchange,
    ExpectedVersion,
    IdempotencyKey,
    Limit,
    Ok,
    Page,
    QueryParameter,
    Router,
    Tag,
    allows,
    cursor_page,
    delete,
    get,
    mirrored,
    once,
    patch,
    post,
    put,
)
from colonnade.products.dealroom.channels.queries.channels import fetch_channel
from colonnade.products.dealroom.sessions.queries import fetch_session
from colonnade.products.dealroom.shared.rules.cursors import NEXT_PAGE, lower_than
from colonnade.products.dealroom.shared.rules.places import LONG_BODY_BYTES, PREFIX
from colonnade.products.dealroom.vendors import actions, queries
from colonnade.products.dealroom.vendors.schemas import (
    Vendor,
    VendorCreate,
    VendorNotFound,
    VendorUpdate,
)

__all__ = ["CHANNEL_ROUTES", "ROUTES"]

USE = "chats:use"
CHANNELS = "channels:use"


BeforeId = Annotated[
    int | None,
    QueryParameter(name="beforeId", ge=1, le=2**31 - 1, description="Only vendors with a lower id."),
]
Cursor = Annotated[str | None, QueryParameter(max_length=100, description=NEXT_PAGE)]


@post("/", guards=[allows(USE)], answers=(404,), request_max_body_size=LONG_BODY_BYTES)
async def create_vendor(
    data: VendorCreate,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Created[Vendor]:
    """Give a session its vendor; 409 when it has one. `Idempotency-Key` is honoured."""
    async with once(exchange, db, caller, idempotency_key) as attempt:
        vendor = await actions.create_vendor(attempt.tx, caller, data)
        return await attempt.answer(Created(vendor, version=vendor.version), about=[("vendors", vendor.id)])


@get("/", guards=[allows(USE)])
async def list_vendors(
    db: Database, caller: Principal, before_id: BeforeId = None, cursor: Cursor = None, limit: Limit = 20
) -> Page[Vendor]:
    """The vendors of all one's own sessions and channels, newest first; `nextCursor` is the next `cursor`."""
    found = await queries.list_vendors(
        db, caller.id, before_id=lower_than(before_id, cursor, 2**31 - 1), limit=limit + 1
    )
    return cursor_page(found, limit, lambda vendor: str(vendor.id))


@get("/session/{session_id:uuid}", guards=[allows(USE)])
async def show_session_vendor(session_id: UUID, db: Database, caller: Principal) -> Ok[Vendor]:
    """The session's own vendor; 404 when it has none."""
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


@patch("/{vendor_id:int}", guards=[allows(USE)], request_max_body_size=LONG_BODY_BYTES)
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


@get("/channels/{channel_id:int}/vendor", guards=[allows(CHANNELS)])
async def show_channel_vendor(channel_id: int, db: Database, caller: Principal) -> Ok[Vendor]:
    """The vendor of a channel, who answers in its sessions unless they have their own; 404 when it has none."""
    vendor = await _of_channel(db, caller, channel_id)
    return Ok(vendor, version=vendor.version)


@put("/channels/{channel_id:int}/vendor", guards=[allows(CHANNELS)], request_max_body_size=LONG_BODY_BYTES)
async def put_channel_vendor(
    channel_id: int, data: VendorUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Vendor]:
    """Give a channel its vendor, or change it: what is absent stays. Open sessions are answered so from now on."""
    async with db.transaction(caller) as tx:
        vendor = await actions.put_channel_vendor(tx, caller, channel_id, data, expected=expected)
    return Ok(vendor, version=vendor.version)


@patch("/channels/{channel_id:int}/vendor", guards=[allows(CHANNELS)], request_max_body_size=LONG_BODY_BYTES)
async def update_channel_vendor(
    channel_id: int, data: VendorUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Vendor]:
    """Change the vendor of a channel; `If-Match` guards against overwriting another's edit."""
    async with db.transaction(caller) as tx:
        before = await _of_channel(tx, caller, channel_id)
        vendor = await actions.update_vendor(tx, caller, before.id, data, expected=expected)
    return Ok(vendor, version=vendor.version)


@delete("/channels/{channel_id:int}/vendor", guards=[allows(CHANNELS)])
async def delete_channel_vendor(
    channel_id: int, db: Database, caller: Principal, expected: ExpectedVersion
) -> None:
    """Remove the vendor of a channel."""
    async with db.transaction(caller) as tx:
        before = await _of_channel(tx, caller, channel_id)
        await actions.delete_vendor(tx, caller, before.id, expected=expected)


async def _of_channel(db: Executor, caller: Principal, channel_id: int) -> Vendor:
    await fetch_channel(db, caller.id, channel_id)
    vendor = await queries.find_channel_vendor(db, channel_id)
    if vendor is None:
        raise VendorNotFound
    return vendor


ROUTES = mirrored(
    Router(
        f"{PREFIX}/vendors",
        route_handlers=[
            create_vendor,
            list_vendors,
            show_session_vendor,
            show_vendor,
            update_vendor,
            delete_vendor,
        ],
        tags=[
            Tag(
                "Vendors", "The vendor who answers in a chat session; each session has one, or its channel's."
            )
        ],
    )
)
CHANNEL_ROUTES = Router(
    PREFIX,
    route_handlers=[
        show_channel_vendor,
        put_channel_vendor,
        update_channel_vendor,
        delete_channel_vendor,
    ],
    tags=ROUTES.tags,
)
