"""The jobs of the storage, which every product has (`product.KERNEL_JOBS`): removal, thumbnails and the sweep."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import structlog

from colonnade.kernel.core import Invalidate
from colonnade.kernel.db import Database, Transaction
from colonnade.kernel.images import Images
from colonnade.kernel.jobs import Lane, cron, job
from colonnade.kernel.storage.files import (
    keep_file,
    mark_deleting,
    remove_deleted,
    save_thumbnails,
    sweep_files,
)
from colonnade.kernel.storage.objects import Storage
from colonnade.kernel.storage.thumbnails import THUMBNAIL_WIDTHS

__all__ = [
    "MakeThumbnails",
    "RemoveFiles",
    "add_thumbnails",
    "delete_files",
    "remove_files",
    "sweep_storage",
]

FILE_LANE = Lane("files", 2)
"""For jobs that wait for the object store."""
IMAGE_LANE = Lane("images", 1)
"""For jobs that work on pictures: one at a time, as `thumbnails` has one process at a time."""

log = structlog.get_logger(__name__)


class RemoveFiles(msgspec.Struct, frozen=True):
    """Keys that `mark_deleting` returned in the same transaction."""

    keys: tuple[str, ...]


class MakeThumbnails(msgspec.Struct, frozen=True):
    """The key of an image that needs thumbnails; answers with the tags `invalidates` are stale afterwards."""

    key: str
    widths: tuple[int, ...] = THUMBNAIL_WIDTHS
    invalidates: tuple[str, ...] = ()


@job("storage.remove", lane=FILE_LANE, max_attempts=5)
async def remove_files(payload: RemoveFiles, db: Database, storage: Storage) -> None:
    """Remove the objects of deleted files now; the sweep would remove them later."""
    await remove_deleted(db, storage, payload.keys)


@job("storage.thumbnails", lane=IMAGE_LANE, max_attempts=5)
async def add_thumbnails(payload: MakeThumbnails, db: Database, storage: Storage, images: Images) -> None:
    """Make, store and keep the thumbnails of one image; do nothing if it is gone by then."""
    thumbnails = await save_thumbnails(db, storage, images, payload.key, payload.widths)
    if not thumbnails:
        return
    async with db.transaction() as tx:
        await keep_file(tx, *(thumbnail.key for thumbnail in thumbnails))
        if payload.invalidates:
            tx.after_commit(Invalidate(payload.invalidates))


async def delete_files(tx: Transaction, keys: Sequence[str]) -> None:
    """Delete files with their thumbnails, in the transaction that deletes the rows that refer to them.

    Unknown keys are ignored. A job removes the objects after the commit.
    """
    marked = await mark_deleting(tx, keys) if keys else []
    if marked:
        await tx.enqueue(remove_files, RemoveFiles(tuple(marked)))


@cron("*/10 * * * *", name="storage.sweep", lane=FILE_LANE)
async def sweep_storage(db: Database, storage: Storage) -> None:
    """Finish uploads and deletions that were interrupted."""
    report = await sweep_files(db, storage)
    if report.removed:
        log.info("storage swept", expired=report.expired, unknown=report.unknown, removed=report.removed)
