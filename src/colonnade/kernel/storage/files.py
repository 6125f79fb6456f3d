"""Records of stored objects: after a crash no referenced object is missing, and orphans do not stay for long.

An upload: `upload_file` commits a `pending` row (`stored_files`), then writes the object; the product's
transaction, in the block of `uploaded`, calls `keep_file` when it writes the row that refers to it. A deletion: the
product's transaction calls `delete_files` when it deletes that row, and a job removes the objects afterwards.
`sweep_files` finishes what was interrupted. An object is written only after its row exists, and its row is removed
only after the object is gone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from colonnade.kernel.core import Conflict, NotFound, now
from colonnade.kernel.db import Executor, Record
from colonnade.kernel.images import Images
from colonnade.kernel.storage.errors import UploadExpired
from colonnade.kernel.storage.keys import PRIVATE_AREA, is_generated, new_key, variant_width
from colonnade.kernel.storage.objects import Storage
from colonnade.kernel.storage.thumbnails import THUMBNAIL_WIDTHS, Thumbnail, render_thumbnails

__all__ = [
    "StoredFile",
    "SweepReport",
    "discard_file",
    "find_file",
    "keep_file",
    "list_thumbnails",
    "mark_deleting",
    "remove_deleted",
    "save_thumbnails",
    "sweep_files",
    "upload_file",
    "uploaded",
]

log = structlog.get_logger(__name__)

PENDING_TTL = timedelta(hours=1)
UNKNOWN_TTL = timedelta(hours=24)
_BATCH = 500
_MARK_KEY = f"{PRIVATE_AREA}/home"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One record; `state` is `pending`, `kept` or `deleting`."""

    key: str
    size_bytes: int
    mimetype: str
    owner: str
    state: str
    created_at: datetime
    variant_of: str | None = None


@dataclass(frozen=True, slots=True)
class SweepReport:
    """The result of a sweep: uploads that expired, unknown objects found, objects removed."""

    expired: int
    unknown: int
    removed: int


# Records a new object; a thumbnail that is made again reuses its row, unless that is being deleted.
INSERT_FILE = """
INSERT INTO stored_files (key, variant_of, size_bytes, mimetype, owner) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key) DO UPDATE SET size_bytes = excluded.size_bytes, created_at = now()
WHERE stored_files.variant_of = excluded.variant_of AND stored_files.state <> 'deleting'
RETURNING *
"""

# Keeps an upload; a thumbnail only while its image is kept, which the lock guarantees.
KEEP_FILE = """
UPDATE stored_files AS f SET state = 'kept'
WHERE f.key = $1 AND f.state <> 'deleting'
  AND (f.variant_of IS NULL OR EXISTS (
      SELECT FROM stored_files AS whole WHERE whole.key = f.variant_of AND whole.state = 'kept' FOR SHARE))
RETURNING f.key
"""

# Marks files and their thumbnails for deletion; locks in key order.
MARK_DELETING = """
WITH given AS MATERIALIZED (
    SELECT key FROM stored_files WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE)
UPDATE stored_files SET state = 'deleting'
WHERE state <> 'deleting' AND (key IN (SELECT key FROM given) OR variant_of IN (SELECT key FROM given))
RETURNING key
"""

DISCARD_FILE = "UPDATE stored_files SET state = 'deleting' WHERE key = $1 AND state = 'pending' RETURNING key"
FIND_FILE = "SELECT * FROM stored_files WHERE key = $1"
LIST_DELETING = """
SELECT key FROM stored_files WHERE state = 'deleting' AND ($1::text[] IS NULL OR key = ANY($1))
ORDER BY created_at LIMIT $2
"""
DELETE_ROWS = "DELETE FROM stored_files WHERE key = ANY($1::text[]) AND state = 'deleting'"

EXPIRE_PENDING = """
UPDATE stored_files SET state = 'deleting' WHERE state = 'pending' AND created_at < $1 RETURNING key
"""

# Records objects without a row as `deleting`; an upload that has inserted its row first wins.
ADOPT_UNKNOWN = """
INSERT INTO stored_files (key, size_bytes, mimetype, owner, state)
SELECT key, 0, '', 'unknown', 'deleting' FROM unnest($1::text[]) AS key
ON CONFLICT (key) DO NOTHING RETURNING key
"""
LIST_THUMBNAILS = """
SELECT variant_of, key FROM stored_files WHERE variant_of = ANY($1::text[]) AND state = 'kept'
"""
FETCH_MARK = "SELECT mark::text FROM stored_files_home"


async def upload_file(
    db: Executor,
    storage: Storage,
    data: bytes | Path,
    *,
    mimetype: str,
    extension: str,
    area: str,
    owner: str,
) -> StoredFile:
    """Store `data`, or a file, under a new key as pending: removed after an hour unless `keep_file` follows.

    `db` must be the Database, not a transaction: the row has to be committed before the object is written.
    `extension` has no dot; `owner` is free text for people. Raise Unavailable; then nothing is stored.
    """
    key = new_key(area, extension)
    row = await db.fetch_row(INSERT_FILE, key, None, _size_of(data), mimetype, owner)
    try:
        await storage.put(key, data, mimetype)
    except BaseException:
        # Only mark it: whether the object was written is unknown; the sweep finds out.
        await db.execute(DISCARD_FILE, key)
        raise
    return _file(row)


def _size_of(data: bytes | Path) -> int:
    return len(data) if isinstance(data, bytes) else data.stat().st_size


class Prepared(Protocol):
    """Checked bytes, or a file, ready to be stored; their type, and its usual extension without a dot."""

    @property
    def data(self) -> bytes | Path: ...
    @property
    def mimetype(self) -> str: ...
    @property
    def extension(self) -> str: ...


@asynccontextmanager
async def uploaded(
    db: Executor, storage: Storage, prepared: Prepared, *, area: str, owner: str
) -> AsyncIterator[StoredFile]:
    """Store `prepared` as `upload_file` does, for a block whose transaction keeps it.

    Removed again when the block raises; should the process die in between, the sweep removes it.
    """
    stored = await upload_file(
        db,
        storage,
        prepared.data,
        mimetype=prepared.mimetype,
        extension=prepared.extension,
        area=area,
        owner=owner,
    )
    try:
        yield stored
    except Exception:
        await discard_file(db, storage, stored.key)
        raise


async def keep_file(tx: Executor, *keys: str) -> None:
    """Keep pending uploads, in the transaction that writes the row that refers to them.

    Raise UploadExpired (409) if one was deleted meanwhile, or is a thumbnail of an image that is not kept.
    """
    for key in keys:
        if await tx.kernel.fetch_value(KEEP_FILE, key) is None:
            raise UploadExpired


async def mark_deleting(tx: Executor, keys: Sequence[str]) -> list[str]:
    """Mark files and their thumbnails for deletion, in the transaction that deletes the rows that refer to them.

    Return the marked keys (unknown ones are ignored). `remove_deleted` removes the objects, by a job enqueued in the
    same transaction or by the sweep.
    """
    return [row["key"] for row in await tx.kernel.fetch(MARK_DELETING, list(keys))]


async def discard_file(db: Executor, storage: Storage, key: str) -> None:
    """Remove a pending upload at once, because the product refused the request it came with; a kept file stays."""
    if await db.fetch_value(DISCARD_FILE, key) is not None:
        await remove_deleted(db, storage, [key])


async def find_file(db: Executor, key: str) -> StoredFile | None:
    """Return the record of `key`, or None."""
    row = await db.fetch_row(FIND_FILE, key)
    return None if row is None else _file(row)


async def remove_deleted(db: Executor, storage: Storage, keys: Sequence[str] | None = None) -> int:
    """Remove the objects of files marked for deletion (all of them, or those among `keys`), then their rows.

    Idempotent and safe to run concurrently. Return the number of files removed. Raise Unavailable when the storage
    does not answer; files that were not removed stay marked.
    """
    removed = 0
    wanted = None if keys is None else list(keys)
    while batch := [row["key"] for row in await db.fetch(LIST_DELETING, wanted, _BATCH)]:
        for key in batch:
            await storage.delete(key)
        await db.execute(DELETE_ROWS, batch)
        removed += len(batch)
    return removed


async def save_thumbnails(
    db: Executor, storage: Storage, images: Images, key: str, widths: Sequence[int] = THUMBNAIL_WIDTHS
) -> list[Thumbnail]:
    """Make and store thumbnails: pending until `keep_file(tx, *[t.key for t in …])`. Idempotent.

    `db` must be the Database, not a transaction. Return [] if the image is gone or being deleted (a late job has
    nothing to do). Raise Conflict while earlier thumbnails of it are being removed.
    """
    whole = await find_file(db, key)
    if whole is None or whole.state == "deleting":
        return []
    try:
        rendered = await render_thumbnails(images, key, await storage.get(key), widths)
    except NotFound:
        return []
    for thumbnail, data in rendered:
        row = await db.fetch_row(
            INSERT_FILE, thumbnail.key, key, thumbnail.size_bytes, thumbnail.mimetype, whole.owner
        )
        if row is None:
            raise Conflict("Earlier thumbnails of this image are being removed.")
        await storage.put(thumbnail.key, data, thumbnail.mimetype)
    return [thumbnail for thumbnail, _ in rendered]


async def list_thumbnails(db: Executor, keys: Sequence[str]) -> dict[str, dict[int, str]]:
    """Return the kept thumbnails of images: key of the image -> requested width -> key of the thumbnail.

    It is one query for a whole page; images without thumbnails (yet) have no entry.
    """
    found: dict[str, dict[int, str]] = {}
    for row in await db.fetch(LIST_THUMBNAILS, list(keys)):
        width = variant_width(row["key"])
        if width is not None:
            found.setdefault(row["variant_of"], {})[width] = row["key"]
    return found


async def sweep_files(
    db: Executor,
    storage: Storage,
    *,
    pending_for: timedelta = PENDING_TTL,
    unknown_for: timedelta = UNKNOWN_TTL,
) -> SweepReport:
    """Clean up after crashes: pending rows older than `pending_for`, files marked for deletion, unknown objects.

    Unknown objects have a key of our form, no row, and an age above `unknown_for`; they are searched for only in a
    storage that carries this database's mark (set on first use), so that a database pointed at another one's bucket
    deletes nothing there. Run by cron; safe to run concurrently. Raise Unavailable.
    """
    expired = await db.fetch(EXPIRE_PENDING, now() - pending_for)
    unknown = 0
    if await _is_at_home(db, storage):
        unknown = await _adopt_unknown(db, storage, now() - unknown_for)
        await storage.clean_staging(unknown_for)
    removed = await remove_deleted(db, storage)
    return SweepReport(len(expired), unknown, removed)


async def _adopt_unknown(db: Executor, storage: Storage, before: datetime) -> int:
    found = 0
    batch: list[str] = []
    async for entry in storage.list():
        if entry.last_modified < before and is_generated(entry.key):
            batch.append(entry.key)
            if len(batch) >= _BATCH:
                found += len(await db.fetch(ADOPT_UNKNOWN, batch))
                batch.clear()
    if batch:
        found += len(await db.fetch(ADOPT_UNKNOWN, batch))
    return found


async def _is_at_home(db: Executor, storage: Storage) -> bool:
    mark: str = await db.fetch_value(FETCH_MARK)
    if not await storage.exists(_MARK_KEY):
        await storage.put(_MARK_KEY, mark.encode(), "text/plain")
    if await storage.get(_MARK_KEY) == mark.encode():
        return True
    log.warning("storage belongs to another database, unknown objects not swept")
    return False


def _file(row: Record) -> StoredFile:
    return StoredFile(
        key=row["key"],
        size_bytes=row["size_bytes"],
        mimetype=row["mimetype"],
        owner=row["owner"],
        state=row["state"],
        created_at=row["created_at"],
        variant_of=row["variant_of"],
    )
