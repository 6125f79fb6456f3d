"""Creates, changes and deletes pictures whose files the caller has stored.

Files are marked for deletion in the transaction that changes the row; a job, or else the storage's sweep, removes them.
"""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.core import FileName, Invalidate, changed_fields, check_version, given_fields
from colonnade.kernel.db import Transaction
from colonnade.kernel.images import PreparedImage
from colonnade.kernel.storage import (
    MakeThumbnails,
    add_thumbnails,
    delete_files,
    keep_file,
)
from colonnade.products.radio.gallery import queries
from colonnade.products.radio.gallery.schemas import (
    NewImage,
    PictureUpdate,
)

__all__ = [
    "create_picture",
    "delete_picture",
    "describe_image",
    "update_picture",
]

TAGS = ("gallery", "homepage")
CHANGED = Invalidate(TAGS)


def describe_image(key: str, name: str, image: PreparedImage) -> NewImage:
    """Return the row of a prepared image that is stored under `key` and was uploaded as `name`.

    A phone's export may be a JPEG that is still called `.HEIC`: it is called by what it is.
    """
    return NewImage(
        key=key,
        original_filename=FileName.of_type(name, image.sent_as),
        mimetype=image.mimetype,
        size=image.size_bytes,
        width=image.width,
        height=image.height,
    )


async def create_picture(
    tx: Transaction, caller: Principal, image: NewImage, *, title: str, description: str | None
) -> int:
    """Create a picture and return its id. Raise UploadExpired."""
    await keep_file(tx, image.key)
    picture_id = await queries.insert_picture(
        tx, image, title=title, description=description, uploaded_by=caller.id
    )
    await tx.enqueue(add_thumbnails, MakeThumbnails(image.key, invalidates=TAGS))
    tx.after_commit(CHANGED)
    return picture_id


async def update_picture(
    tx: Transaction,
    picture_id: int,
    data: PictureUpdate,
    image: NewImage | None,
    *,
    expected: int | None,
) -> None:
    """Change the texts and, with `image`, the image. Raise NotFound, PreconditionFailed, UploadExpired."""
    before = await queries.lock_picture(tx, picture_id)
    check_version(expected, before.version)
    values = changed_fields(before, given_fields(data, "title", "description"))
    if not values and image is None:
        return
    if image is not None:
        await keep_file(tx, image.key)
    await queries.update_picture(tx, picture_id, values, image)
    if image is not None:
        await delete_files(tx, [before.key])
        await tx.enqueue(add_thumbnails, MakeThumbnails(image.key, invalidates=TAGS))
    tx.after_commit(CHANGED)


async def delete_picture(tx: Transaction, picture_id: int, *, expected: int | None) -> None:
    """Delete a picture with its files. Raise NotFound, PreconditionFailed."""
    before = await queries.lock_picture(tx, picture_id)
    check_version(expected, before.version)
    await queries.delete_picture(tx, picture_id)
    await delete_files(tx, [before.key])
    tx.after_commit(CHANGED)
