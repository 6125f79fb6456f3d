"""Where a page of a list begins that is ordered by id, the newest first: `beforeId`, or `cursor` as in every list."""

from __future__ import annotations

import re

from colonnade.kernel.core import Invalid

__all__ = ["NEXT_PAGE", "lower_than"]

NEXT_PAGE = "The `nextCursor` of the page before; `*` is the first page."
_ID = re.compile(r"[1-9][0-9]{0,15}")


def lower_than(before_id: int | None, cursor: str | None, most: int = 2**53 - 1) -> int | None:
    """Return the id below which the page is; None for the first one. Raise Invalid for a cursor that no page gave."""
    if cursor is None or cursor == "*":
        return before_id
    if not _ID.fullmatch(cursor) or int(cursor) > most:
        raise Invalid(fields={"cursor": "Cursor must be the nextCursor of an answer"})
    return int(cursor) if before_id is None else min(before_id, int(cursor))
