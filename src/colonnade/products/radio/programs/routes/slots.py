"""The weekly plan and its overrides."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from colonnade.kernel.access import Principal
from colonnade.kernel.cache import CountCache
from colonnade.kernel.core import Day
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Cached,
    Created,
    ExpectedVersion,
    Limit,
    Ok,
    Page,
    PageNumber,
    QueryParameter,
    allows,
    anyone,
    delete,
    get,
    post,
    put,
)
from colonnade.products.radio.programs import actions
from colonnade.products.radio.programs.queries import slots as slot_queries
from colonnade.products.radio.programs.schemas import (
    Override,
    OverrideCreate,
    OverrideUpdate,
    Slot,
    SlotCreate,
    SlotUpdate,
)

__all__ = ["PLAN"]

CACHED = Cached(tags=("programs",), ttl_seconds=86_400)
MANAGE = "programs:manage"

WeekdayFilter = Annotated[int | None, QueryParameter(ge=1, le=7, description="1 is Monday.")]
ProgramFilter = Annotated[str | None, QueryParameter(max_length=500, description="Slug of a programme.")]
DateFrom = Annotated[Day | None, QueryParameter(name="dateFrom", description="First date, YYYY-MM-DD.")]
DateTo = Annotated[Day | None, QueryParameter(name="dateTo", description="Last date, YYYY-MM-DD.")]


@get("/slots", guards=[anyone()], response_cache=CACHED)
async def list_slots(
    db: Database,
    counts: CountCache,
    page: PageNumber = 1,
    limit: Limit = 50,
    weekday: WeekdayFilter = None,
    program: ProgramFilter = None,
) -> Page[Slot]:
    """A page of the weekly plan, Monday first."""
    slots = await slot_queries.list_slots(
        db, weekday=weekday, program=program, limit=limit, offset=(page - 1) * limit
    )
    total = await counts.total(
        ("programs",), partial(slot_queries.count_slots, db, weekday=weekday, program=program)
    )
    return Page.of(slots, page=page, limit=limit, total=total)


@get("/slots/{slot_id:int}", guards=[anyone()])
async def show_slot(slot_id: int, db: Database) -> Ok[Slot]:
    """One slot."""
    slot = await slot_queries.fetch_slot(db, slot_id)
    return Ok(slot, version=slot.version)


@post("/slots", guards=[allows(MANAGE)])
async def create_slot(data: SlotCreate, db: Database, caller: Principal) -> Created[Slot]:
    """Plan a weekly broadcast; one that overlaps others is refused with their names (409)."""
    async with db.transaction(caller) as tx:
        slot = await actions.create_slot(tx, data)
    return Created(slot, message="Slot created", version=slot.version)


@put("/slots/{slot_id:int}", guards=[allows(MANAGE)])
async def update_slot(
    slot_id: int, data: SlotUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Slot]:
    """Change a slot; overrides that no longer fit it are deleted.

    `If-Match` guards against overwriting another's edit.
    """
    async with db.transaction(caller) as tx:
        slot = await actions.update_slot(tx, slot_id, data, expected=expected)
    return Ok(slot, message="Slot updated", version=slot.version)


@delete("/slots/{slot_id:int}", guards=[allows(MANAGE)])
async def delete_slot(slot_id: int, db: Database, caller: Principal, expected: ExpectedVersion) -> None:
    """Delete a slot with its overrides."""
    async with db.transaction(caller) as tx:
        await actions.delete_slot(tx, slot_id, expected=expected)


@get("/overrides", guards=[anyone()], response_cache=CACHED)
async def list_overrides(
    db: Database,
    counts: CountCache,
    page: PageNumber = 1,
    limit: Limit = 50,
    date_from: DateFrom = None,
    date_to: DateTo = None,
) -> Page[Override]:
    """A page of overrides of the plan, by date."""
    overrides = await slot_queries.list_overrides(
        db, first=date_from, last=date_to, limit=limit, offset=(page - 1) * limit
    )
    total = await counts.total(
        ("programs",), partial(slot_queries.count_overrides, db, first=date_from, last=date_to)
    )
    return Page.of(overrides, page=page, limit=limit, total=total)


@get("/overrides/{override_id:int}", guards=[anyone()])
async def show_override(override_id: int, db: Database) -> Ok[Override]:
    """One override."""
    override = await slot_queries.fetch_override(db, override_id)
    return Ok(override, version=override.version)


@post("/overrides", guards=[allows(MANAGE)])
async def create_override(data: OverrideCreate, db: Database, caller: Principal) -> Created[Override]:
    """Cancel a broadcast on one date, or replace it by another programme."""
    async with db.transaction(caller) as tx:
        override = await actions.create_override(tx, data)
    return Created(override, message="Override created", version=override.version)


@put("/overrides/{override_id:int}", guards=[allows(MANAGE)])
async def update_override(
    override_id: int, data: OverrideUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Override]:
    """Change an override; `If-Match` guards against overwriting another's edit."""
    async with db.transaction(caller) as tx:
        override = await actions.update_override(tx, override_id, data, expected=expected)
    return Ok(override, message="Override updated", version=override.version)


@delete("/overrides/{override_id:int}", guards=[allows(MANAGE)])
async def delete_override(
    override_id: int, db: Database, caller: Principal, expected: ExpectedVersion
) -> None:
    """Delete an override: the plan applies again on that date."""
    async with db.transaction(caller) as tx:
        await actions.delete_override(tx, override_id, expected=expected)


PLAN = [
    list_slots,
    show_slot,
    create_slot,
    update_slot,
    delete_slot,
    list_overrides,
    show_override,
    create_override,
    update_override,
    delete_override,
]
