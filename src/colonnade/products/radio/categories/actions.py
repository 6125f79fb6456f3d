"""Creates, edits and deletes categories."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalidate, changed_fields, check_version, given_fields
from colonnade.kernel.db import Transaction
from colonnade.kernel.trash import move_to_trash
from colonnade.products.radio.categories import queries
from colonnade.products.radio.categories.schemas import Category, CategoryCreate, CategoryUpdate
from colonnade.products.radio.shared.rules.text import slugify

__all__ = ["create_category", "delete_category", "update_category"]

CHANGED = Invalidate(("categories", "articles", "homepage"))


async def create_category(tx: Transaction, data: CategoryCreate) -> Category:
    """Create a category; a missing slug is made from the name. Raise CategoryTaken."""
    category = await queries.insert_category(
        tx,
        name=data.name,
        slug=data.slug or slugify(data.name, default="kategori"),
        description=data.description,
    )
    tx.after_commit(CHANGED)
    return category


async def update_category(
    tx: Transaction, category_id: int, data: CategoryUpdate, *, expected: int | None
) -> Category:
    """Change the given fields. Raise NotFound, PreconditionFailed, CategoryTaken."""
    before = await queries.lock_category(tx, category_id)
    check_version(expected, before.version)
    values = changed_fields(before, given_fields(data, "name", "slug", "description"))
    if not values:
        return before
    category = await queries.update_category(tx, category_id, values)
    tx.after_commit(CHANGED)
    return category


async def delete_category(
    tx: Transaction, caller: Principal, category_id: int, *, expected: int | None
) -> None:
    """Move a category into the trash; its articles stay. Raise NotFound, PreconditionFailed."""
    before = await queries.lock_category(tx, category_id)
    check_version(expected, before.version)
    await move_to_trash(tx, queries.TRASH, category_id, by=caller)
    tx.after_commit(CHANGED)
