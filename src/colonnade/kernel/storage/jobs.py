"""Background work of the storage: removing given-up files, making thumbnails, the sweep.

A product lists those it needs in `Product.jobs`; with any upload at all it needs `sweep_storage`.
"""

from __future__ import annotations

from typing import Protocol

import msgspec
import structlog

from colonnade.kernel.core import Invalidate
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import cron, job
from colonnade.kernel.storage.files import keep_file, remove_deleted, save_thumbnails, sweep_files
from colonnade.kernel.storage.objects import Storage
from colonnade.kernel.storage.thumbnails import THUMBNAIL_WIDTHS

__all__ = ["MakeThumbnails", "RemoveFiles", "add_thumbnails", "remove_files", "sweep_storage"]

log = structlog.get_logger(__name__)


class Services(Protocol):
    """What the jobs work with."""

    db: Database
    storage: Storage


class RemoveFiles(msgspec.Struct, frozen=True):
    """Keys that `delete_files` returned in the same transaction."""

    keys: tuple[str, ...]


class MakeThumbnails(msgspec.Struct, frozen=True):
    """The image under `key` wants thumbnails; answers with the tags `invalidates` are stale afterwards."""

    key: str
    widths: tuple[int, ...] = THUMBNAIL_WIDTHS
    invalidates: tuple[str, ...] = ()


@job("storage.remove", max_attempts=5)
async def remove_files(services: Services, payload: RemoveFiles) -> None:
    """Remove given-up objects soon; the sweep does it anyway, later."""
    await remove_deleted(services.db, services.storage, payload.keys)


@job("storage.thumbnails", max_attempts=5)
async def add_thumbnails(services: Services, payload: MakeThumbnails) -> None:
    """Make, store and keep the thumbnails of one image; nothing happens if it is gone by then."""
    thumbnails = await save_thumbnails(services.db, services.storage, payload.key, payload.widths)
    if not thumbnails:
        return
    async with services.db.transaction() as tx:
        await keep_file(tx, *(thumbnail.key for thumbnail in thumbnails))
        if payload.invalidates:
            tx.after_commit(Invalidate(payload.invalidates))


@cron("*/10 * * * *", name="storage.sweep")
async def sweep_storage(services: Services) -> None:
    """Finish uploads and deletions that were cut short."""
    report = await sweep_files(services.db, services.storage)
    if report.removed:
        log.info("storage swept", expired=report.expired, unknown=report.unknown, removed=report.removed)
