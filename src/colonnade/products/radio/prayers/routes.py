"""Prayer requests: listeners send them, the prayer team reads them."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.cache import CountCache
from colonnade.kernel.core import FieldCipher
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    Exchange,
    IdempotencyKey,
    Limit,
    Ok,
    Page,
    PageNumber,
    Router,
    Tag,
    allows,
    anyone,
    get,
    once,
    patch,
    post,
    spends,
)
from colonnade.products.radio.prayers import actions, queries
from colonnade.products.radio.prayers.schemas import (
    Prayer,
    PrayerCreate,
    PrayerFilters,
    PrayerProgress,
    PrayerReceipt,
    PrayerStatus,
    PrayerStep,
    Visibility,
)
from colonnade.products.radio.shared.schemas import StationSettings

__all__ = ["ROUTES"]


@post("/", guards=[anyone(), spends("prayer-requests", unless_repeated=True, gives_device=True)])
async def submit_prayer(
    data: PrayerCreate,
    db: Database,
    fields: FieldCipher,
    station: StationSettings,
    visitor: Principal | None,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Created[PrayerReceipt]:
    """Ask for prayer; private unless `visibility` says that it may be read on air."""
    async with once(exchange, db, visitor, idempotency_key) as attempt:
        receipt = await actions.submit_prayer(attempt.tx, fields, data, zone=station.zone)
        answer = Created(receipt, message="Your prayer request has been received")
        return await attempt.answer(answer, about=[("prayer_requests", receipt.id)])


@get("/", guards=[allows("prayers:read-air")])
async def list_prayers(
    db: Database,
    fields: FieldCipher,
    counts: CountCache,
    caller: Principal,
    exchange: Exchange,
    status: PrayerStatus | None = None,
    visibility: Visibility | None = None,
    page: PageNumber = 1,
    limit: Limit = 20,
) -> Page[Prayer]:
    """Requests, newest first. Without `prayers:read`: only those that may be read on air, and no contacts.

    Every read is recorded.
    """
    filters = PrayerFilters(status=status, visibility=visibility)
    async with db.transaction(caller) as tx:
        prayers = await actions.read_page(
            tx,
            fields,
            caller,
            filters,
            limit=limit,
            offset=(page - 1) * limit,
            address=exchange.address[:64],
        )
    narrowed = actions.visible_to(caller, filters)
    total = 0
    if narrowed is not None:
        total = await counts.total(("prayer-requests",), partial(queries.count_prayers, db, narrowed))
    return Page.of(prayers, page=page, limit=limit, total=total)


@get("/{prayer_id:uuid}", guards=[allows("prayers:read-air")])
async def show_prayer(
    prayer_id: UUID, db: Database, fields: FieldCipher, caller: Principal, exchange: Exchange
) -> Ok[Prayer]:
    """One request, by the same rules; the read is recorded."""
    async with db.transaction(caller) as tx:
        prayer = await actions.read_prayer(tx, fields, caller, prayer_id, address=exchange.address[:64])
    return Ok(prayer)


@patch("/{prayer_id:uuid}", guards=[allows("prayers:pray")])
async def advance_prayer(
    prayer_id: UUID, data: PrayerStep, db: Database, caller: Principal
) -> Ok[PrayerProgress]:
    """Advance a request from new to prayed, from prayed to archived; of two at once, one gets 409.

    Without `prayers:update`: only to prayed, and only requests that the caller may read.
    """
    async with db.transaction(caller) as tx:
        progress = await actions.advance_prayer(tx, caller, prayer_id, data)
    return Ok(progress, message="Prayer request updated")


ROUTES = Router(
    "/services/prayer",
    route_handlers=[submit_prayer, list_prayers, show_prayer, advance_prayer],
    tags=[
        Tag(
            "Prayer requests",
            "Listeners ask for prayer, in confidence or on air; the prayer team reads them.",
        )
    ],
)
