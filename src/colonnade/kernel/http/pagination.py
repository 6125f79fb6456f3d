"""Pagination of lists, by offset and by keyset with a cursor, and its query parameters.

A cursor is opaque to clients: base64url of the JSON list of the last item's sort values.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

from colonnade.kernel.core import Invalid, base64url
from colonnade.kernel.http.answers import Page
from colonnade.kernel.http.parameters import QueryParameter
from colonnade.kernel.search import SEARCH_CHARACTERS, Found

__all__ = [
    "Limit",
    "PageNumber",
    "SearchText",
    "cursor_page",
    "decode_cursor",
    "encode_cursor",
    "found_page",
]

T = TypeVar("T")

PageNumber = Annotated[int, QueryParameter(ge=1, le=1_000_000, description="Which page, from 1.")]
Limit = Annotated[int, QueryParameter(ge=1, le=50, description="Items per page, at most 50.")]
SearchText = Annotated[
    str | None,
    QueryParameter(
        max_length=SEARCH_CHARACTERS,
        description='Words to find, the last of which may be a beginning; `"…"`, `-` and `or` work. Blank: all.',
    ),
]


def found_page(
    data: list[T], found: Found, *, page: int, limit: int, fresh_until: datetime | None = None
) -> Page[T]:
    """Return the rows of `found` as page number `page`."""
    return Page.of(
        data,
        page=page,
        limit=limit,
        total=found.total,
        is_floor=found.is_floor,
        is_similar=found.is_similar,
        fresh_until=fresh_until,
    )


def cursor_page(
    found: list[T], limit: int, cursor: Callable[[T], str], *, is_similar: bool = False
) -> Page[T]:
    """Return the first `limit` items of `found` as a page; the query must have asked for one item more.

    If it found that one, `cursor` builds the next page's cursor from the last item shown.
    """
    shown = found[:limit]
    following = cursor(shown[-1]) if len(found) > limit else None
    return Page(shown, next_cursor=following, is_similar=is_similar)


def encode_cursor(*values: Any) -> str:
    """Return the cursor after an item whose sort values are `values`."""
    return base64url(msgspec.json.encode(values))


def decode_cursor(cursor: str, *types: Any) -> tuple[Any, ...]:
    """Return the sort values in `cursor` as `types`. Raise Invalid for text that `encode_cursor` did not write."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=tuple[types])  # type: ignore[valid-type]
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise Invalid(fields={"cursor": "Cursor is not one that this list gave out"}) from None
