"""Shapes of exports, and the error about their links."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from colonnade.kernel.core import Forbidden

__all__ = ["LINK_LIFETIME", "MAKE_KEY", "RETENTION", "Export", "ExportState", "LinkInvalid", "StoredExport"]

RETENTION = timedelta(days=7)
"""How long a finished export can be downloaded."""

LINK_LIFETIME = timedelta(minutes=15)

MAKE_KEY = "exports.make:"
"""The key of the job that makes an export is this and the export's id."""

ExportState = Literal["pending", "ready", "failed"]


class Export(Struct, frozen=True, rename="camel"):
    """One export of one's own data.

    It has `failed` if it could not be made; a new request then begins another one. `url` is where to download it,
    without any other credentials, for 15 minutes; None while it is being made, and in the list.
    """

    id: UUID
    state: ExportState
    size_bytes: int | None
    created_at: datetime
    expires_at: datetime
    url: str | None = None


class StoredExport(Struct, frozen=True):
    """A row of `personal_exports`; it has `failed` if it is pending and no job is going to make it."""

    id: UUID
    account_id: int
    state: ExportState
    language: str
    storage_key: str | None
    size_bytes: int | None
    created_at: datetime
    expires_at: datetime


class LinkInvalid(Forbidden):
    """The link was not made by us for this file, is too old, or the file is gone: one answer."""

    code = "LINK_INVALID"
    message = "This link is not valid or has expired. Please ask for a new one."
