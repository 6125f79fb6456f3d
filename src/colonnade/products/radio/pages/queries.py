"""All SQL of the pages slice."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Transaction, assignments, insertion, violation_as
from colonnade.kernel.trash import TrashKind
from colonnade.products.radio.pages.schemas import Page, PageSlugTaken, PageSummary

__all__ = [
    "PAGES_OF",
    "TRASH",
    "count_pages",
    "fetch_page",
    "insert_page",
    "list_pages",
    "lock_page",
    "update_page",
]

PAGES_OF = """
SELECT id, title, slug, content, created_at, updated_at FROM pages WHERE updated_by = $1 ORDER BY id
"""
"""The pages that an account was the last to edit, as its export shows them."""

TRASH = TrashKind(name="pages", table="pages", title="title", key=("slug",), invalidates=("pages",))

_SUMMARY = "id, title, slug, description, created_at, updated_at"
_PAGE = "id, title, slug, content, description, version, created_at, updated_at"


def _missing() -> NotFound:
    return NotFound("There is no page at this address.")


async def list_pages(db: Executor, *, limit: int, offset: int) -> list[PageSummary]:
    """Return a page of the pages, by title."""
    rows = await db.fetch(
        f"SELECT {_SUMMARY} FROM pages ORDER BY title, id LIMIT $1 OFFSET $2", limit, offset
    )
    return [PageSummary(**row) for row in rows]


async def count_pages(db: Executor) -> int:
    """Count the pages."""
    count: int = await db.fetch_value("SELECT count(*) FROM pages")
    return count


async def fetch_page(db: Executor, slug: str) -> Page:
    """Return the page at this address. Raise NotFound."""
    row = await db.fetch_row(f"SELECT {_PAGE} FROM pages WHERE slug = $1", slug)
    if row is None:
        raise _missing()
    return Page(**row)


async def lock_page(tx: Transaction, slug: str) -> Page:
    """Return the page at this address, locked until the transaction ends. Raise NotFound."""
    row = await tx.fetch_row(f"SELECT {_PAGE} FROM pages WHERE slug = $1 FOR UPDATE", slug)
    if row is None:
        raise _missing()
    return Page(**row)


async def insert_page(tx: Transaction, values: dict[str, Any]) -> Page | None:
    """Insert a page; return None if its slug is taken."""
    names, marks, args = insertion(values)
    row = await tx.fetch_row(
        f"INSERT INTO pages ({names}) VALUES ({marks}) ON CONFLICT (slug) DO NOTHING RETURNING {_PAGE}",
        *args,
    )
    return Page(**row) if row else None


async def update_page(tx: Transaction, page_id: int, values: dict[str, Any]) -> Page:
    """Write `values` and increase the version. Raise PageSlugTaken."""
    changes, args = assignments(values, first=2)
    with violation_as(PageSlugTaken(field="slug"), "pages_slug_key"):
        row = await tx.fetch_row(
            f"UPDATE pages SET {changes} version = version + 1, updated_at = now() "
            f"WHERE id = $1 RETURNING {_PAGE}",
            page_id,
            *args,
        )
    assert row is not None
    return Page(**row)
