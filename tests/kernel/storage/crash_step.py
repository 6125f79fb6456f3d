"""A process that uploads and deletes a picture like a product, and kills itself at a named step.

Run by test_crashes.py: `python crash_step.py DSN FOLDER STEP`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any, NoReturn

from colonnade.kernel.db import Database
from colonnade.kernel.images import Images
from colonnade.kernel.storage import (
    Storage,
    keep_file,
    mark_deleting,
    open_storage,
    remove_deleted,
    save_thumbnails,
    upload_file,
)

PIXEL = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\x02\x02D\1\0;"


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("SIGKILL cannot be survived")


async def die_instead(*_: Any) -> NoReturn:
    die()


async def upload(db: Database, storage: Storage, step: str) -> str:
    if step == "before the object is written":
        storage.put = die_instead  # type: ignore[method-assign,assignment]
    image = await Images().prepare(PIXEL, owner="test")
    file = await upload_file(
        db,
        storage,
        image.data,
        mimetype=image.mimetype,
        extension=image.extension,
        area="gallery",
        owner="test",
    )
    if step == "after the object is written":
        die()
    async with db.transaction() as tx:
        await keep_file(tx, file.key)
        await tx.execute("INSERT INTO pictures (key) VALUES ($1)", file.key)
        if step == "before the upload is committed":
            die()
    if step == "after the upload is committed":
        die()
    return file.key


async def make_thumbnails(db: Database, storage: Storage, key: str, step: str) -> None:
    thumbnails = await save_thumbnails(db, storage, Images(), key)
    if step == "after thumbnails are written":
        die()
    async with db.transaction() as tx:
        await keep_file(tx, *(thumbnail.key for thumbnail in thumbnails))


async def delete(db: Database, storage: Storage, key: str, step: str) -> None:
    async with db.transaction() as tx:
        await tx.execute("DELETE FROM pictures WHERE key = $1", key)
        await mark_deleting(tx, [key])
        if step == "before the deletion is committed":
            die()
    if step == "after the deletion is committed":
        die()
    if step == "after one object is removed":
        remove = storage.delete

        async def remove_one(key: str) -> None:
            await remove(key)
            die()

        storage.delete = remove_one  # type: ignore[method-assign]
    if step == "before rows are removed":
        db.execute = die_instead  # type: ignore[method-assign,assignment]
    await remove_deleted(db, storage)


async def live(dsn: str, folder: str, step: str) -> None:
    db, storage = Database(dsn), open_storage(folder)
    key = await upload(db, storage, step)
    await make_thumbnails(db, storage, key, step)
    await delete(db, storage, key, step)


def main() -> None:
    """Run with the arguments DSN FOLDER STEP."""
    asyncio.run(live(*sys.argv[1:]))


if __name__ == "__main__":
    main()
