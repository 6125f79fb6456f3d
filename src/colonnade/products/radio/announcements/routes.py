"""Announcements: the current ones for everybody, all of them for editors."""

from __future__ import annotations

from functools import partial

from colonnade.kernel.access import Principal, may
from colonnade.kernel.cache import CountCache
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Cached,
    Created,
    ExpectedVersion,
    Limit,
    Ok,
    Page,
    PageNumber,
    Router,
    allows,
    anyone,
    delete,
    get,
    post,
    put,
)
from colonnade.products.radio.announcements import actions, queries
from colonnade.products.radio.announcements.schemas import (
    Announcement,
    AnnouncementCreate,
    AnnouncementUpdate,
    When,
)

__all__ = ["ROUTES"]

CACHED = Cached(tags=("announcements",), ttl_seconds=3600)
MANAGE = "pages:manage"


@get("/", guards=[anyone()], response_cache=CACHED)
async def list_announcements(
    db: Database,
    counts: CountCache,
    visitor: Principal | None,
    page: PageNumber = 1,
    limit: Limit = 10,
    when: When = "current",
) -> Page[Announcement]:
    """A page of announcements, pinned ones first; visitors see the current ones, whatever they ask for."""
    if not may(visitor, MANAGE):
        when = "current"
    # Queried before the list: a change in between then expires this answer instead of being missed.
    fresh_until = await queries.find_next_change(db)
    announcements = await queries.list_announcements(db, when, limit=limit, offset=(page - 1) * limit)
    total = await counts.total(
        ("announcements",), partial(queries.count_announcements, db, when), fresh_until=fresh_until
    )
    return Page.of(announcements, page=page, limit=limit, total=total, fresh_until=fresh_until)


@get("/{announcement_id:int}", guards=[anyone()])
async def show_announcement(
    announcement_id: int, db: Database, visitor: Principal | None
) -> Ok[Announcement]:
    """One announcement; visitors see it while it is current."""
    may_see_all = may(visitor, MANAGE)
    announcement = await queries.fetch_announcement(
        db, announcement_id, when="all" if may_see_all else "current"
    )
    return Ok(announcement, version=announcement.version)


@post("/", guards=[allows(MANAGE)])
async def create_announcement(
    data: AnnouncementCreate, db: Database, caller: Principal
) -> Created[Announcement]:
    """Announce something."""
    async with db.transaction(caller) as tx:
        announcement = await actions.create_announcement(tx, caller, data)
    return Created(announcement, message="Announcement created", version=announcement.version)


@put("/{announcement_id:int}", guards=[allows(MANAGE)])
async def update_announcement(
    announcement_id: int, data: AnnouncementUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Announcement]:
    """Change an announcement; `If-Match` guards against overwriting another's edit."""
    async with db.transaction(caller) as tx:
        announcement = await actions.update_announcement(tx, announcement_id, data, expected=expected)
    return Ok(announcement, message="Announcement updated", version=announcement.version)


@delete("/{announcement_id:int}", guards=[allows(MANAGE)])
async def delete_announcement(
    announcement_id: int, db: Database, caller: Principal, expected: ExpectedVersion
) -> None:
    """Delete an announcement."""
    async with db.transaction(caller) as tx:
        await actions.delete_announcement(tx, caller, announcement_id, expected=expected)


ROUTES = Router(
    "/announcements",
    route_handlers=[
        list_announcements,
        show_announcement,
        create_announcement,
        update_announcement,
        delete_announcement,
    ],
    tags=["Pages"],
)
