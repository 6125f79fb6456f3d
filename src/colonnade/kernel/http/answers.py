"""The answers that handlers return: data and, for lists, the page's position; the product's envelope wraps them."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

__all__ = ["Created", "Ok", "Page", "Pagination"]

T = TypeVar("T")


class Pagination(msgspec.Struct, frozen=True, rename="camel"):
    """The position of a page in an offset-paginated list; pages count from 1."""

    page: int
    limit: int
    total: int
    total_pages: int
    has_next: bool
    has_prev: bool

    @classmethod
    def of(cls, *, page: int, limit: int, total: int) -> Pagination:
        """Return the pagination of page number `page` of a list with `total` items."""
        return cls(
            page=page,
            limit=limit,
            total=total,
            total_pages=-(-total // limit),
            has_next=page * limit < total,
            has_prev=page > 1,
        )


class Ok(msgspec.Struct, Generic[T], frozen=True):
    """One answer.

    `version` makes the answer's ETag usable with `If-Match`; at `fresh_until` it leaves the cache early.
    """

    data: T
    message: str | None = None
    version: int | None = None
    fresh_until: datetime | None = None


class Created(Ok[T], Generic[T], frozen=True):
    """A created resource; its route answers 201."""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list: by offset (`pagination`) or by keyset (`next_cursor`, None at the end)."""

    data: list[T]
    pagination: Pagination | None = None
    next_cursor: str | None = None
    fresh_until: datetime | None = None

    @classmethod
    def of(
        cls, data: list[T], *, page: int, limit: int, total: int, fresh_until: datetime | None = None
    ) -> Page[T]:
        """Return `data` as page number `page` of a list with `total` items."""
        return Page(data, Pagination.of(page=page, limit=limit, total=total), fresh_until=fresh_until)
