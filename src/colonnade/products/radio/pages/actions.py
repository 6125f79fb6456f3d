"""Creates, edits and deletes static pages."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalidate, changed_fields, check_version, given_fields
from colonnade.kernel.db import Transaction
from colonnade.kernel.trash import move_to_trash
from colonnade.products.radio.pages import queries
from colonnade.products.radio.pages.schemas import Page, PageCreate, PageSlugTaken, PageUpdate
from colonnade.products.radio.shared.rules.text import slug_candidates

__all__ = ["create_page", "delete_page", "update_page"]

CHANGED = Invalidate(("pages",))


async def create_page(tx: Transaction, caller: Principal, data: PageCreate) -> Page:
    """Create a page; a missing slug is made from the title, and numbered if taken. Raise PageSlugTaken."""
    values: dict[str, Any] = {
        "title": data.title,
        "content": data.content,
        "description": data.description,
        "updated_by": caller.id,
    }
    for slug in [data.slug] if data.slug is not None else slug_candidates(data.title, default="halaman"):
        page = await queries.insert_page(tx, {**values, "slug": slug})
        if page is not None:
            tx.after_commit(CHANGED)
            return page
    raise PageSlugTaken(field="slug")


async def update_page(
    tx: Transaction, caller: Principal, slug: str, data: PageUpdate, *, expected: int | None
) -> Page:
    """Change the given fields. Raise NotFound, PreconditionFailed, PageSlugTaken."""
    before = await queries.lock_page(tx, slug)
    check_version(expected, before.version)
    values = changed_fields(before, given_fields(data, "title", "slug", "content", "description"))
    if not values:
        return before
    page = await queries.update_page(tx, before.id, values | {"updated_by": caller.id})
    tx.after_commit(CHANGED)
    return page


async def delete_page(tx: Transaction, caller: Principal, slug: str, *, expected: int | None) -> None:
    """Move a page into the trash. Raise NotFound, PreconditionFailed."""
    before = await queries.lock_page(tx, slug)
    check_version(expected, before.version)
    await move_to_trash(tx, queries.TRASH, before.id, by=caller)
    tx.after_commit(CHANGED)
