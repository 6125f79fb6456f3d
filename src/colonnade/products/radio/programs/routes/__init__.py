"""Programmes and presenters. Out of scope: the plan (`slots`) and the schedule (`schedule`)."""

from __future__ import annotations

from functools import partial

from colonnade.kernel.access import Principal
from colonnade.kernel.cache import CountCache
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Cached,
    Created,
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
from colonnade.products.radio.programs.routes.schedule import SCHEDULE
from colonnade.products.radio.programs.routes.slots import PLAN
from colonnade.products.radio.programs.schemas import (
    Presenter,
    PresenterCreate,
    PresenterUpdate,
    Program,
    ProgramCreate,
    ProgramType,
    ProgramUpdate,
)

__all__ = ["ROUTES"]

CACHED = Cached(tags=("programs",), ttl_seconds=86_400)
MANAGE = "programs:manage"


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
    return Ok(await queries.fetch_program(db, slug))


@post("/", guards=[allows(MANAGE)])
async def create_program(data: ProgramCreate, db: Database, caller: Principal) -> Created[Program]:
    """Create a programme."""
    async with db.transaction(caller) as tx:
        program = await actions.create_program(tx, data)
    return Created(program, message="Programme created")


@put("/{slug:str}", guards=[allows(MANAGE)])
async def update_program(slug: str, data: ProgramUpdate, db: Database, caller: Principal) -> Ok[Program]:
    """Change a programme."""
    async with db.transaction(caller) as tx:
        program = await actions.update_program(tx, slug, data)
    return Ok(program, message="Programme updated")


@delete("/{slug:str}", guards=[allows(MANAGE)])
async def delete_program(slug: str, db: Database, caller: Principal) -> None:
    """Delete a programme that is in no slot and no override."""
    async with db.transaction(caller) as tx:
        await actions.delete_program(tx, slug)


@get("/presenters", guards=[anyone()], response_cache=CACHED)
async def list_presenters(
    db: Database, counts: CountCache, page: PageNumber = 1, limit: Limit = 20
) -> Page[Presenter]:
    """A page of presenters, by name."""
    presenters = await queries.list_presenters(db, limit=limit, offset=(page - 1) * limit)
    total = await counts.total(("programs",), partial(queries.count_presenters, db))
    return Page.of(presenters, page=page, limit=limit, total=total)


@get("/presenters/{presenter_id:int}", guards=[anyone()], response_cache=CACHED)
async def show_presenter(presenter_id: int, db: Database) -> Ok[Presenter]:
    """One presenter."""
    return Ok(await queries.fetch_presenter(db, presenter_id))


@post("/presenters", guards=[allows(MANAGE)])
async def create_presenter(data: PresenterCreate, db: Database, caller: Principal) -> Created[Presenter]:
    """Create a presenter."""
    async with db.transaction(caller) as tx:
        presenter = await actions.create_presenter(tx, data)
    return Created(presenter, message="Presenter created")


@put("/presenters/{presenter_id:int}", guards=[allows(MANAGE)])
async def update_presenter(
    presenter_id: int, data: PresenterUpdate, db: Database, caller: Principal
) -> Ok[Presenter]:
    """Change a presenter."""
    async with db.transaction(caller) as tx:
        presenter = await actions.update_presenter(tx, presenter_id, data)
    return Ok(presenter, message="Presenter updated")


@delete("/presenters/{presenter_id:int}", guards=[allows(MANAGE)])
async def delete_presenter(presenter_id: int, db: Database, caller: Principal) -> None:
    """Delete a presenter; the programmes stay."""
    async with db.transaction(caller) as tx:
        await actions.delete_presenter(tx, presenter_id)


ROUTES = Router(
    "/programs",
    route_handlers=[
        *SCHEDULE,
        list_programs,
        show_program,
        create_program,
        update_program,
        delete_program,
        list_presenters,
        show_presenter,
        create_presenter,
        update_presenter,
        delete_presenter,
        *PLAN,
    ],
    tags=[Tag("Programs", "Programmes, presenters and slots; what is on air now, and the week ahead.")],
)
