"""Static pages: public by slug, and their editing."""

from __future__ import annotations

from functools import partial

from colonnade.kernel.access import Principal
from colonnade.kernel.cache import CountCache
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Cached,
    Created,
    ExpectedVersion,
    Limit,
    Ok,
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
from colonnade.kernel.http import Page as ListPage
from colonnade.products.radio.pages import actions, queries
from colonnade.products.radio.pages.schemas import Page, PageCreate, PageSummary, PageUpdate

__all__ = ["ROUTES"]

CACHED = Cached(tags=("pages",), ttl_seconds=3600)
MANAGE = "pages:manage"


@get("/", guards=[anyone()], response_cache=CACHED)
async def list_pages(
    db: Database, counts: CountCache, page: PageNumber = 1, limit: Limit = 20
) -> ListPage[PageSummary]:
    """The static pages, by title, without their contents."""
    pages = await queries.list_pages(db, limit=limit, offset=(page - 1) * limit)
    total = await counts.total(("pages",), partial(queries.count_pages, db))
    return ListPage.of(pages, page=page, limit=limit, total=total)


@get("/{slug:str}", guards=[anyone()], response_cache=CACHED)
async def show_page(slug: str, db: Database) -> Ok[Page]:
    """One static page."""
    page = await queries.fetch_page(db, slug)
    return Ok(page, version=page.version)


@post("/", guards=[allows(MANAGE)])
async def create_page(data: PageCreate, db: Database, caller: Principal) -> Created[Page]:
    """Write a page."""
    async with db.transaction(caller) as tx:
        page = await actions.create_page(tx, caller, data)
    return Created(page, message="Page created", version=page.version)


@put("/{slug:str}", guards=[allows(MANAGE)])
async def update_page(
    slug: str, data: PageUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Page]:
    """Edit a page; `If-Match` guards against overwriting another's edit."""
    async with db.transaction(caller) as tx:
        page = await actions.update_page(tx, caller, slug, data, expected=expected)
    return Ok(page, message="Page updated", version=page.version)


@delete("/{slug:str}", guards=[allows(MANAGE)])
async def delete_page(slug: str, db: Database, caller: Principal, expected: ExpectedVersion) -> None:
    """Delete a page."""
    async with db.transaction(caller) as tx:
        await actions.delete_page(tx, caller, slug, expected=expected)


ROUTES = Router(
    "/pages",
    route_handlers=[list_pages, show_page, create_page, update_page, delete_page],
    tags=[
        Tag(
            "Pages",
            "The website's content besides articles: pages, announcements, and the homepage in one answer.",
        )
    ],
)
