"""Partnership: the tiers, registration, and the staff's list."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from colonnade.kernel.access import Principal
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
    Tag,
    allows,
    anyone,
    get,
    once,
    patch,
    post,
    spends,
)
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
        return await attempt.answer(Created(registered, message="Registration received"))


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
    route_handlers=[show_info, register, list_registrations, show_registration, update_registration],
    tags=[Tag("Membership", "Become a partner of the station; staff work through the registrations.")],
)
