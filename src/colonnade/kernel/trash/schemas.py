"""Shapes of what is in the trash, and the refusals of a restoration."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from colonnade.kernel.core import Conflict

__all__ = ["KeyTaken", "ReferenceGone", "Trashed", "TrashedItem"]


class Trashed(Struct, frozen=True, kw_only=True, rename="camel"):
    """A thing in the trash: its kind, its id, how it was called, and when it is purged.

    `key` is the address or name that it had, which others may have taken since.
    """

    kind: str
    id: int
    title: str
    key: str | None
    deleted_at: datetime
    deleted_by: int | None
    purged_at: datetime


class TrashedItem(Trashed, frozen=True, kw_only=True, rename="camel"):
    """A thing in the trash with its content, by column."""

    item: dict[str, Any]


class KeyTaken(Conflict):
    """Something else has the key of what is to be restored; `details.holder` names it by id and title."""

    code = "KEY_TAKEN"
    message = "Something else has its place by now."


class ReferenceGone(Conflict):
    """What the thing belongs to is not there any more."""

    code = "REFERENCE_GONE"
    message = "What this belongs to is not there any more, so it cannot be restored."
