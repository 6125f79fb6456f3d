"""All SQL of the testimonials slice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Record, Transaction, assignments
from colonnade.kernel.search import Corpus, Found, find
from colonnade.products.radio.testimonials.schemas import Testimonial, TestimonialStatus

__all__ = [
    "CORPUS",
    "TESTIMONIALS_OF",
    "count_testimonials",
    "erase_left",
    "fetch_approved",
    "fetch_testimonial",
    "find_left",
    "insert_testimonial",
    "list_approved",
    "list_other_emails",
    "list_testimonials",
    "lock_testimonial",
    "review_testimonial",
    "search_testimonials",
    "update_testimonial",
]

TESTIMONIALS_OF = """
SELECT id, status, review_note, reviewed_at FROM testimonials WHERE reviewed_by = $1 ORDER BY id
"""
"""The testimonials that an account has reviewed, as its export shows them."""

CORPUS = Corpus(
    "testimonials", "testimonials", stemming="indonesian", forms="article_forms", public="status:approved"
)

_PUBLIC = "id, name, content, rating, created_at"
_ALL = f"{_PUBLIC}, email, status, review_note, reviewed_by, reviewed_at, updated_at, version"
_LEFT = "(lower(email) = $1 AND $1 <> '' OR id = ANY($2::int[]))"


def _found(row: Record | None) -> Testimonial:
    if row is None:
        raise NotFound("There is no such testimonial.")
    return Testimonial(**row)


async def list_approved(db: Executor, *, limit: int, offset: int = 0) -> list[Testimonial]:
    """Return a page of approved testimonials, the latest approved first, as visitors see them."""
    rows = await db.fetch(
        f"SELECT {_PUBLIC} FROM testimonials WHERE status = 'approved' "
        "ORDER BY reviewed_at DESC, id DESC LIMIT $1 OFFSET $2",
        limit,
        offset,
    )
    return [Testimonial(**row) for row in rows]


async def list_testimonials(
    db: Executor, status: TestimonialStatus | None, *, limit: int, offset: int
) -> list[Testimonial]:
    """Return a page of testimonials of this (or every) status, newest first, as staff see them."""
    where = "true" if status is None else "status = $3"
    rows = await db.fetch(
        f"SELECT {_ALL} FROM testimonials WHERE {where} ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2",
        limit,
        offset,
        *(() if status is None else (status,)),
    )
    return [Testimonial(**row) for row in rows]


async def search_testimonials(
    db: Executor, text: str, status: TestimonialStatus | None, *, full: bool, limit: int, offset: int
) -> tuple[list[Testimonial], Found]:
    """Return a page of what a search text finds among testimonials of this (or every) status, by name and content.

    As staff see them if `full`, else as visitors do.
    """
    scopes = [] if status is None else [f"status:{status}"]
    found = await find(db, CORPUS, text, for_everybody=not full, scopes=scopes, limit=limit, offset=offset)
    if not found.keys:
        return [], found
    rows = await db.fetch(
        f"SELECT {_ALL if full else _PUBLIC} FROM testimonials WHERE id = ANY($1)", found.keys
    )
    return [Testimonial(**row, snippet=found.snippet(row["content"])) for row in found.in_order(rows)], found


async def count_testimonials(db: Executor, status: TestimonialStatus | None) -> int:
    """Count the testimonials of this (or every) status."""
    count: int = await db.fetch_value(
        "SELECT count(*) FROM testimonials WHERE $1::text IS NULL OR status = $1", status
    )
    return count


async def fetch_approved(db: Executor, testimonial_id: int) -> Testimonial:
    """Return an approved testimonial as visitors see it. Raise NotFound."""
    return _found(
        await db.fetch_row(
            f"SELECT {_PUBLIC} FROM testimonials WHERE id = $1 AND status = 'approved'", testimonial_id
        )
    )


async def fetch_testimonial(db: Executor, testimonial_id: int) -> Testimonial:
    """Return a testimonial as staff see it. Raise NotFound."""
    return _found(await db.fetch_row(f"SELECT {_ALL} FROM testimonials WHERE id = $1", testimonial_id))


async def lock_testimonial(tx: Transaction, testimonial_id: int) -> Testimonial:
    """Return a testimonial as staff see it, locked until the transaction ends. Raise NotFound."""
    return _found(
        await tx.fetch_row(f"SELECT {_ALL} FROM testimonials WHERE id = $1 FOR UPDATE", testimonial_id)
    )


async def insert_testimonial(
    tx: Transaction, *, name: str, email: str | None, content: str, rating: int | None
) -> Testimonial:
    """Insert a pending testimonial."""
    return _found(
        await tx.fetch_row(
            f"INSERT INTO testimonials (name, email, content, rating) VALUES ($1, $2, $3, $4) RETURNING {_ALL}",
            name,
            email,
            content,
            rating,
        )
    )


async def update_testimonial(tx: Transaction, testimonial_id: int, values: dict[str, Any]) -> Testimonial:
    """Write `values`, make the testimonial pending again and increase its version. Raise NotFound."""
    changes, args = assignments(values, first=2)
    return _found(
        await tx.fetch_row(
            f"""
            UPDATE testimonials SET {changes} status = 'pending', review_note = NULL, reviewed_by = NULL,
                   reviewed_at = NULL, version = version + 1, updated_at = now()
            WHERE id = $1 RETURNING {_ALL}
            """,
            testimonial_id,
            *args,
        )
    )


async def review_testimonial(
    tx: Transaction,
    testimonial_id: int,
    *,
    status: TestimonialStatus,
    note: str | None,
    reviewer_id: int | None,
    expected: int | None,
) -> Testimonial | None:
    """Decide on a testimonial that is pending, or reopen one that is not; return None if its status has changed.

    With `expected` it must also have that version.
    """
    row = await tx.fetch_row(
        f"""
        UPDATE testimonials SET status = $2, review_note = $3, reviewed_by = $4,
               reviewed_at = CASE WHEN $2 <> 'pending' THEN now() END,
               version = version + 1, updated_at = now()
        WHERE id = $1 AND (status = 'pending') = ($2 <> 'pending') AND ($5::int IS NULL OR version = $5)
        RETURNING {_ALL}
        """,
        testimonial_id,
        status,
        note,
        reviewer_id,
        expected,
    )
    return Testimonial(**row) if row else None


async def list_other_emails(db: Executor, *, after_id: int, limit: int) -> list[tuple[int, str]]:
    """Return the ids and addresses of testimonials whose address is not in ASCII, in order."""
    rows = await db.fetch(
        """
        SELECT id, email FROM testimonials
        WHERE octet_length(email) <> char_length(email) AND id > $1 ORDER BY id LIMIT $2
        """,
        after_id,
        limit,
    )
    return [(row["id"], row["email"]) for row in rows]


async def find_left(db: Executor, email: str, others: Sequence[int], *, limit: int) -> list[dict[str, Any]]:
    """Return what the holder of an address has written, newest first.

    `email` is in ASCII and small letters, or finds nothing; `others` are those under another spelling of it.
    """
    rows = await db.fetch(
        f"SELECT {_ALL} FROM testimonials WHERE {_LEFT} ORDER BY id DESC LIMIT $3",
        email,
        list(others),
        limit,
    )
    return [dict(row) for row in rows]


async def erase_left(tx: Transaction, email: str, others: Sequence[int]) -> list[int]:
    """Delete what the holder of an address has written, as `find_left` finds it; return the ids."""
    rows = await tx.fetch(f"DELETE FROM testimonials WHERE {_LEFT} RETURNING id", email, list(others))
    return [row["id"] for row in rows]
