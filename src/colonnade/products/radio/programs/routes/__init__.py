"""Programmes. Out of scope: presenters, the plan (`slots`) and the schedule, which have modules of their own."""

from __future__ import annotations

from functools import partial

from colonnade.kernel.access import Principal
from colonnade.kernel.cache import CountCache
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    ExpectedVersion,
    Limit,
    Ok,
    Page,
    PageNumber,
    Router,
    Tag,
    allows,
    anyone,
    delete,
    get,
    post,
    put,
)
from colonnade.products.radio.programs import actions, queries
from colonnade.products.radio.programs.routes.feed import CALENDARS
from colonnade.products.radio.programs.routes.presenters import PRESENTERS
from colonnade.products.radio.programs.routes.schedule import SCHEDULE
from colonnade.products.radio.programs.routes.slots import CACHED, MANAGE, PLAN
from colonnade.products.radio.programs.schemas import (
    Program,
    ProgramCreate,
    ProgramType,
    ProgramUpdate,
)

__all__ = ["ROUTES"]


@get("/", guards=[anyone()], response_cache=CACHED)
async def list_programs(
    db: Database, counts: CountCache, page: PageNumber = 1, limit: Limit = 20, type: ProgramType | None = None
) -> Page[Program]:
    """A page of programmes, by name."""
    programs = await queries.list_programs(db, type=type, limit=limit, offset=(page - 1) * limit)
    total = await counts.total(("programs",), partial(queries.count_programs, db, type=type))
    return Page.of(programs, page=page, limit=limit, total=total)


@get("/{slug:str}", guards=[anyone()], response_cache=CACHED)
async def show_program(slug: str, db: Database) -> Ok[Program]:
    """One programme."""
    program = await queries.fetch_program(db, slug)
    return Ok(program, version=program.version)


@post("/", guards=[allows(MANAGE)])
async def create_program(data: ProgramCreate, db: Database, caller: Principal) -> Created[Program]:
    """Create a programme."""
    async with db.transaction(caller) as tx:
        program = await actions.create_program(tx, data)
    return Created(program, message="Programme created", version=program.version)


@put("/{slug:str}", guards=[allows(MANAGE)])
async def update_program(
    slug: str, data: ProgramUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Program]:
    """Change a programme; `If-Match` guards against overwriting another's edit."""
    async with db.transaction(caller) as tx:
        program = await actions.update_program(tx, slug, data, expected=expected)
    return Ok(program, message="Programme updated", version=program.version)


@delete("/{slug:str}", guards=[allows(MANAGE)])
async def delete_program(slug: str, db: Database, caller: Principal, expected: ExpectedVersion) -> None:
    """Delete a programme that is in no slot and no override."""
    async with db.transaction(caller) as tx:
        await actions.delete_program(tx, caller, slug, expected=expected)


ROUTES = Router(
    "/programs",
    route_handlers=[
        *SCHEDULE,
        *CALENDARS,
        list_programs,
        show_program,
        create_program,
        update_program,
        delete_program,
        *PRESENTERS,
        *PLAN,
    ],
    tags=[Tag("Programs", "Programmes, presenters and slots; what is on air now, and the week ahead.")],
)
