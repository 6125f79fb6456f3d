"""All SQL of the categories slice."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Transaction, assignments, violation_as
from colonnade.kernel.trash import TrashKind
from colonnade.products.radio.categories.schemas import Category, CategoryTaken

__all__ = [
    "TRASH",
    "fetch_category",
    "insert_category",
    "list_categories",
    "lock_category",
    "update_category",
]

TRASH = TrashKind(
    name="categories",
    table="categories",
    title="name",
    key=("slug",),
    links={"articles": "category_id"},
    invalidates=("categories", "articles", "homepage"),
)

_COLUMNS = "id, name, slug, description, version, created_at"
"""In the order of Category's fields."""


async def list_categories(db: Executor) -> list[Category]:
    """Return all categories, by name."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM categories ORDER BY name, id")
    return [Category(*row) for row in rows]


async def fetch_category(db: Executor, category_id: int) -> Category:
    """Return one category. Raise NotFound."""
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM categories WHERE id = $1", category_id)
    if row is None:
        raise _missing()
    return Category(*row)


def _missing() -> NotFound:
    return NotFound("There is no such category.")


async def lock_category(tx: Transaction, category_id: int) -> Category:
    """Return a category, locked until the transaction ends. Raise NotFound."""
    row = await tx.fetch_row(f"SELECT {_COLUMNS} FROM categories WHERE id = $1 FOR UPDATE", category_id)
    if row is None:
        raise _missing()
    return Category(*row)


async def insert_category(tx: Transaction, *, name: str, slug: str, description: str | None) -> Category:
    """Insert a category. Raise CategoryTaken."""
    with violation_as(CategoryTaken(field="slug"), "categories_slug_key"):
        row = await tx.fetch_row(
            f"INSERT INTO categories (name, slug, description) VALUES ($1, $2, $3) RETURNING {_COLUMNS}",
            name,
            slug,
            description,
        )
    assert row is not None
    return Category(*row)


async def update_category(tx: Transaction, category_id: int, values: dict[str, Any]) -> Category:
    """Write `values` and increase the version. Raise CategoryTaken."""
    changes, args = assignments(values, first=2)
    with violation_as(CategoryTaken(field="slug"), "categories_slug_key"):
        row = await tx.fetch_row(
            f"UPDATE categories SET {changes} version = version + 1 WHERE id = $1 RETURNING {_COLUMNS}",
            category_id,
            *args,
        )
    assert row is not None
    return Category(*row)
