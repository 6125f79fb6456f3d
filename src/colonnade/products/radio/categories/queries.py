"""All SQL of the categories slice."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Transaction, assignments, violation_as
from colonnade.products.radio.categories.schemas import Category, CategoryTaken

__all__ = ["delete_category", "fetch_category", "insert_category", "list_categories", "update_category"]

_COLUMNS = "id, name, slug, description, created_at"


async def list_categories(db: Executor) -> list[Category]:
    """Return all categories, by name."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM categories ORDER BY name, id")
    return [Category(**row) for row in rows]


async def fetch_category(db: Executor, category_id: int) -> Category:
    """Return one category. Raises NotFound."""
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM categories WHERE id = $1", category_id)
    if row is None:
        raise NotFound("There is no such category.")
    return Category(**row)


async def insert_category(tx: Transaction, *, name: str, slug: str, description: str | None) -> Category:
    """Insert a category. Raises CategoryTaken."""
    with violation_as(CategoryTaken(field="slug"), "categories_slug_key"):
        row = await tx.fetch_row(
            f"INSERT INTO categories (name, slug, description) VALUES ($1, $2, $3) RETURNING {_COLUMNS}",
            name,
            slug,
            description,
        )
    assert row is not None
    return Category(**row)


async def update_category(tx: Transaction, category_id: int, values: dict[str, Any]) -> Category:
    """Write `values`. Raises NotFound, CategoryTaken."""
    changes, args = assignments(values, first=2)
    if changes:
        with violation_as(CategoryTaken(field="slug"), "categories_slug_key"):
            sql = f"UPDATE categories SET {changes.removesuffix(', ')} WHERE id = $1"
            await tx.execute(sql, category_id, *args)
    return await fetch_category(tx, category_id)


async def delete_category(tx: Transaction, category_id: int) -> bool:
    """Delete a category, not its articles; return False if there is none."""
    return await tx.execute("DELETE FROM categories WHERE id = $1", category_id) == "DELETE 1"
