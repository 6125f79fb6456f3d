"""Creates, edits and deletes categories."""

from __future__ import annotations

from colonnade.kernel.core import Invalidate, check_version, given_fields
from colonnade.kernel.db import Transaction
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
    check_version(expected, await queries.lock_category(tx, category_id))
    values = given_fields(data, "name", "slug", "description")
    category = await queries.update_category(tx, category_id, values)
    tx.after_commit(CHANGED)
    return category


async def delete_category(tx: Transaction, category_id: int, *, expected: int | None) -> None:
    """Delete a category. Raise NotFound, PreconditionFailed."""
    check_version(expected, await queries.lock_category(tx, category_id))
    await queries.delete_category(tx, category_id)
    tx.after_commit(CHANGED)
