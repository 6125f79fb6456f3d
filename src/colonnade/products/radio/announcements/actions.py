"""Creates, edits and deletes announcements."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalidate, changed_fields, check_version, given_fields
from colonnade.kernel.db import Transaction
from colonnade.kernel.trash import move_to_trash
from colonnade.products.radio.announcements import queries
from colonnade.products.radio.announcements.schemas import (
    Announcement,
    AnnouncementCreate,
    AnnouncementUpdate,
)
from colonnade.products.radio.shared.rules.clock import check_moment

__all__ = ["create_announcement", "delete_announcement", "update_announcement"]

CHANGED = Invalidate(("announcements", "homepage"))


async def create_announcement(tx: Transaction, caller: Principal, data: AnnouncementCreate) -> Announcement:
    """Create an announcement. Raise Invalid if it would end before it starts."""
    check_moment("starts_at", data.starts_at)
    check_moment("ends_at", data.ends_at)
    values: dict[str, Any] = {
        "title": data.title,
        "body": data.body,
        "ends_at": data.ends_at,
        "pinned": data.pinned,
        "created_by": caller.id,
    }
    if data.starts_at is not None:
        values["starts_at"] = data.starts_at
    announcement = await queries.insert_announcement(tx, values)
    tx.after_commit(CHANGED)
    return announcement


async def update_announcement(
    tx: Transaction, announcement_id: int, data: AnnouncementUpdate, *, expected: int | None
) -> Announcement:
    """Change the given fields. Raise NotFound, PreconditionFailed, Invalid."""
    before = await queries.lock_announcement(tx, announcement_id)
    check_version(expected, before.version)
    values = changed_fields(before, given_fields(data, "title", "body", "starts_at", "ends_at", "pinned"))
    if not values:
        return before
    for name in ("starts_at", "ends_at"):
        check_moment(name, values.get(name))
    announcement = await queries.update_announcement(tx, announcement_id, values)
    tx.after_commit(CHANGED)
    return announcement


async def delete_announcement(
    tx: Transaction, caller: Principal, announcement_id: int, *, expected: int | None
) -> None:
    """Move an announcement into the trash. Raise NotFound, PreconditionFailed."""
    before = await queries.lock_announcement(tx, announcement_id)
    check_version(expected, before.version)
    await move_to_trash(tx, queries.TRASH, announcement_id, by=caller)
    tx.after_commit(CHANGED)
