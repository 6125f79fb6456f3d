"""Partnership: the tiers, registration, and the staff's list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import record
from colonnade.kernel.cache import CountCache
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Cached,
    Created,
    Exchange,
    IdempotencyKey,
    Limit,
    Ok,
    Page,
    PageNumber,
    QueryParameter,
    Router,
    Stream,
    Tag,
    allows,
    anyone,
    get,
    once,
    patch,
    post,
    spends,
)
from colonnade.kernel.text import CSV, csv_head, csv_lines
from colonnade.products.radio.membership import actions, queries
from colonnade.products.radio.membership.schemas import (
    MembershipInfo,
    MembershipSettings,
    Registered,
    Registration,
    RegistrationCreate,
    RegistrationStatus,
    RegistrationUpdate,
)

__all__ = ["ROUTES"]

EXPORTED = (
    "id", "created_at", "status", "partnership_type", "contact_person", "organisation", "email", "phone", "message",
    "language", "updated_at",
)  # fmt: skip
EXPORT_BATCH = 500
EXPORT_HEADERS = {
    "content-disposition": 'attachment; filename="partners.csv"',
    "cache-control": "private, no-store",
}
CACHED = Cached(tags=("membership",), ttl_seconds=3600)
TierFilter = Annotated[str | None, QueryParameter(name="type", max_length=40, description="Code of a tier.")]


@get("/info", guards=[anyone()], response_cache=CACHED)
async def show_info(db: Database) -> Ok[MembershipInfo]:
    """The ways to be a partner, and the benefits of each."""
    return Ok(MembershipInfo(await queries.list_tiers(db)))


@post("/register", guards=[anyone(), spends("memberships", unless_repeated=True, gives_device=True)])
async def register(
    data: RegistrationCreate,
    db: Database,
    settings: MembershipSettings,
    visitor: Principal | None,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Created[Registered]:
    """Register as a partner; a mail confirms it, in `language`, else in the language of the browser.

    `Idempotency-Key` is honoured.
    """
    async with once(exchange, db, visitor, idempotency_key) as attempt:
        registration = await actions.register_partner(
            attempt.tx,
            data,
            language=data.language or exchange.language,
            station_address=settings.mail_station,
        )
        registered = Registered(
            id=registration.id,
            partnership_type=registration.partnership_type,
            status=registration.status,
            created_at=registration.created_at,
        )
        return await attempt.answer(
            Created(registered, message="Registration received"),
            about=[("membership_registrations", registered.id)],
        )


@get("/registrations", guards=[allows("membership:read")])
async def list_registrations(
    db: Database,
    counts: CountCache,
    page: PageNumber = 1,
    limit: Limit = 20,
    status: RegistrationStatus | None = None,
    partnership_type: TierFilter = None,
) -> Page[Registration]:
    """A page of registrations, newest first."""
    registrations = await queries.list_registrations(
        db,
        status=status,
        partnership_type=partnership_type,
        limit=limit,
        offset=(page - 1) * limit,
    )
    total = await counts.total(
        ("registrations",),
        partial(queries.count_registrations, db, status=status, partnership_type=partnership_type),
    )
    return Page.of(registrations, page=page, limit=limit, total=total)


@get("/registrations/export.csv", guards=[allows("membership:read")], bare={CSV: str})
async def export_registrations(
    db: Database,
    caller: Principal,
    exchange: Exchange,
    status: RegistrationStatus | None = None,
    partnership_type: TierFilter = None,
) -> Stream:
    """The registrations as a table for spreadsheets, oldest first. The export is recorded in the audit log."""
    chosen = {"status": status, "partnership_type": partnership_type}
    async with db.transaction(caller) as tx:
        await record(tx, action="registrations.exported", after=chosen, origin=exchange)
    lines = _lines(db, status, partnership_type)
    return Stream(lines, media_type=CSV, headers=EXPORT_HEADERS)


async def _lines(
    db: Database, status: RegistrationStatus | None, partnership_type: str | None
) -> AsyncIterator[bytes]:
    yield csv_head(EXPORTED)
    last = 0
    while page := await queries.list_registrations_after(
        db, status=status, partnership_type=partnership_type, after_id=last, limit=EXPORT_BATCH
    ):
        yield csv_lines([getattr(registration, name) for name in EXPORTED] for registration in page)
        last = page[-1].id


@get("/registrations/{registration_id:int}", guards=[allows("membership:read")])
async def show_registration(registration_id: int, db: Database) -> Ok[Registration]:
    """One registration."""
    return Ok(await queries.fetch_registration(db, registration_id))


@patch("/registrations/{registration_id:int}", guards=[allows("membership:update")])
async def update_registration(
    registration_id: int, data: RegistrationUpdate, db: Database, caller: Principal
) -> Ok[Registration]:
    """Advance a registration: new → contacted → active or declined."""
    async with db.transaction(caller) as tx:
        registration = await actions.advance_registration(tx, caller, registration_id, data.status)
    return Ok(registration, message="Registration updated")


ROUTES = Router(
    "/membership",
    route_handlers=[
        show_info,
        register,
        list_registrations,
        export_registrations,
        show_registration,
        update_registration,
    ],
    tags=[Tag("Membership", "Become a partner of the station; staff work through the registrations.")],
)
