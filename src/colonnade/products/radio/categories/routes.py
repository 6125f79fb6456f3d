"""Categories of articles."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Cached,
    Created,
    ExpectedVersion,
    Ok,
    Router,
    allows,
    anyone,
    delete,
    get,
    post,
    put,
)
from colonnade.products.radio.categories import actions
from colonnade.products.radio.categories.queries import fetch_category, list_categories
from colonnade.products.radio.categories.schemas import Category, CategoryCreate, CategoryUpdate

__all__ = ["ROUTES"]

CACHED = Cached(tags=("categories",), ttl_seconds=1800)


@get("/", guards=[anyone()], response_cache=CACHED)
async def list_all(db: Database) -> Ok[list[Category]]:
    """Every category, by name."""
    return Ok(await list_categories(db))


@get("/{category_id:int}", guards=[anyone()])
async def show(category_id: int, db: Database) -> Ok[Category]:
    """One category."""
    category = await fetch_category(db, category_id)
    return Ok(category, version=category.version)


@post("/", guards=[allows("categories:manage")])
async def create(data: CategoryCreate, db: Database, caller: Principal) -> Created[Category]:
    """Create a category."""
    async with db.transaction(caller) as tx:
        category = await actions.create_category(tx, data)
    return Created(category, message="Category created", version=category.version)


@put("/{category_id:int}", guards=[allows("categories:manage")])
async def update(
    category_id: int, data: CategoryUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Category]:
    """Change a category; `If-Match` guards against overwriting another's edit."""
    async with db.transaction(caller) as tx:
        category = await actions.update_category(tx, category_id, data, expected=expected)
    return Ok(category, message="Category updated", version=category.version)


@delete("/{category_id:int}", guards=[allows("categories:manage")])
async def remove(category_id: int, db: Database, caller: Principal, expected: ExpectedVersion) -> None:
    """Delete a category; its articles stay, without a category."""
    async with db.transaction(caller) as tx:
        await actions.delete_category(tx, caller, category_id, expected=expected)


ROUTES = Router("/categories", route_handlers=[list_all, show, create, update, remove], tags=["Articles"])
