"""Creates, edits and deletes announcements."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalidate, check_version, given_fields
from colonnade.kernel.db import Transaction
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
    check_version(expected, await queries.lock_announcement(tx, announcement_id))
    values = given_fields(data, "title", "body", "starts_at", "ends_at", "pinned")
    for name in ("starts_at", "ends_at"):
        check_moment(name, values.get(name))
    announcement = await queries.update_announcement(tx, announcement_id, values)
    tx.after_commit(CHANGED)
    return announcement


async def delete_announcement(tx: Transaction, announcement_id: int, *, expected: int | None) -> None:
    """Delete an announcement. Raise NotFound, PreconditionFailed."""
    check_version(expected, await queries.lock_announcement(tx, announcement_id))
    await queries.delete_announcement(tx, announcement_id)
    tx.after_commit(CHANGED)
