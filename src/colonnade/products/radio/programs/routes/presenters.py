"""Presenters of programmes."""

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
    allows,
    anyone,
    delete,
    get,
    post,
    put,
)
from colonnade.products.radio.programs import actions, queries
from colonnade.products.radio.programs.routes.slots import CACHED, MANAGE
from colonnade.products.radio.programs.schemas import Presenter, PresenterCreate, PresenterUpdate

__all__ = ["PRESENTERS"]


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
    presenter = await queries.fetch_presenter(db, presenter_id)
    return Ok(presenter, version=presenter.version)


@post("/presenters", guards=[allows(MANAGE)])
async def create_presenter(data: PresenterCreate, db: Database, caller: Principal) -> Created[Presenter]:
    """Create a presenter."""
    async with db.transaction(caller) as tx:
        presenter = await actions.create_presenter(tx, data)
    return Created(presenter, message="Presenter created", version=presenter.version)


@put("/presenters/{presenter_id:int}", guards=[allows(MANAGE)])
async def update_presenter(
    presenter_id: int, data: PresenterUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Presenter]:
    """Change a presenter; `If-Match` guards against overwriting another's edit."""
    async with db.transaction(caller) as tx:
        presenter = await actions.update_presenter(tx, presenter_id, data, expected=expected)
    return Ok(presenter, message="Presenter updated", version=presenter.version)


@delete("/presenters/{presenter_id:int}", guards=[allows(MANAGE)])
async def delete_presenter(
    presenter_id: int, db: Database, caller: Principal, expected: ExpectedVersion
) -> None:
    """Delete a presenter; the programmes stay."""
    async with db.transaction(caller) as tx:
        await actions.delete_presenter(tx, caller, presenter_id, expected=expected)


PRESENTERS = [list_presenters, show_presenter, create_presenter, update_presenter, delete_presenter]
