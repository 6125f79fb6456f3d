"""All SQL of the announcements slice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from colonnade.kernel.core import Invalid, NotFound, now
from colonnade.kernel.db import Executor, Transaction, assignments, insertion, violation_as
from colonnade.kernel.trash import TrashKind
from colonnade.products.radio.announcements.schemas import Announcement, When

__all__ = [
    "ANNOUNCEMENTS_OF",
    "TRASH",
    "count_announcements",
    "fetch_announcement",
    "find_next_change",
    "insert_announcement",
    "list_announcements",
    "lock_announcement",
    "update_announcement",
]

ANNOUNCEMENTS_OF = """
SELECT id, title, body, starts_at, ends_at, created_at, updated_at
FROM announcements WHERE created_by = $1 ORDER BY id
"""
"""The announcements of an account, as its export shows them."""


def _overtaken(item: Mapping[str, Any], deleted_at: datetime) -> tuple[Mapping[str, Any], str | None]:
    """Return an announcement with a sentence if it was to begin while it was in the trash, and has not ended."""
    begins, ends = (item[name] and datetime.fromisoformat(item[name]) for name in ("starts_at", "ends_at"))
    moment = now()
    overtaken = deleted_at < begins <= moment and (ends is None or ends > moment)
    return item, "It was to begin while it was deleted: it is shown from now on" if overtaken else None


TRASH = TrashKind(
    name="announcements",
    table="announcements",
    title="title",
    invalidates=("announcements", "homepage"),
    revision=_overtaken,
)

_COLUMNS = "id, title, body, starts_at, ends_at, pinned, version, created_at, updated_at"
_CURRENT = "starts_at <= now() AND (ends_at IS NULL OR ends_at > now())"
_WHEN: dict[When, str] = {
    "current": _CURRENT,
    "upcoming": "starts_at > now()",
    "past": "ends_at <= now()",
    "all": "true",
}


async def list_announcements(
    db: Executor, when: When = "current", *, limit: int, offset: int = 0
) -> list[Announcement]:
    """Return a page of announcements, pinned ones first, then the newest."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM announcements WHERE {_WHEN[when]} "
        "ORDER BY pinned DESC, starts_at DESC, id DESC LIMIT $1 OFFSET $2",
        limit,
        offset,
    )
    return [Announcement(**row) for row in rows]


async def count_announcements(db: Executor, when: When) -> int:
    """Count the announcements."""
    count: int = await db.fetch_value(f"SELECT count(*) FROM announcements WHERE {_WHEN[when]}")
    return count


async def find_next_change(db: Executor) -> datetime | None:
    """Return when the next announcement starts or ends, if any."""
    moment: datetime | None = await db.fetch_value(
        """
        SELECT least((SELECT min(starts_at) FROM announcements WHERE starts_at > now()),
                     (SELECT min(ends_at) FROM announcements WHERE ends_at > now()))
        """
    )
    return moment


async def fetch_announcement(db: Executor, announcement_id: int, *, when: When = "current") -> Announcement:
    """Return one announcement. Raise NotFound, also for one that does not match `when`."""
    row = await db.fetch_row(
        f"SELECT {_COLUMNS} FROM announcements WHERE id = $1 AND {_WHEN[when]}", announcement_id
    )
    if row is None:
        raise _missing()
    return Announcement(**row)


async def lock_announcement(tx: Transaction, announcement_id: int) -> Announcement:
    """Return an announcement, locked until the transaction ends. Raise NotFound."""
    row = await tx.fetch_row(
        f"SELECT {_COLUMNS} FROM announcements WHERE id = $1 FOR UPDATE", announcement_id
    )
    if row is None:
        raise _missing()
    return Announcement(**row)


async def insert_announcement(tx: Transaction, values: dict[str, Any]) -> Announcement:
    """Insert an announcement. Raise Invalid if it would end before it starts."""
    names, marks, args = insertion(values)
    with violation_as(_backwards(), "announcements_period"):
        row = await tx.fetch_row(
            f"INSERT INTO announcements ({names}) VALUES ({marks}) RETURNING {_COLUMNS}", *args
        )
    assert row is not None
    return Announcement(**row)


async def update_announcement(tx: Transaction, announcement_id: int, values: dict[str, Any]) -> Announcement:
    """Write `values` and increase the version. Raise Invalid if it would end before it starts."""
    changes, args = assignments(values, first=2)
    with violation_as(_backwards(), "announcements_period"):
        row = await tx.fetch_row(
            f"UPDATE announcements SET {changes} version = version + 1, updated_at = now() "
            f"WHERE id = $1 RETURNING {_COLUMNS}",
            announcement_id,
            *args,
        )
    assert row is not None
    return Announcement(**row)


def _missing() -> NotFound:
    return NotFound("There is no such announcement.")


def _backwards() -> Invalid:
    return Invalid(fields={"ends_at": "Ends at must be after starts at"})
