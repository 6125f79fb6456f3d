"""Files and images: objects by key (folder or S3), safe uploads, thumbnails, and crash-safe records.

>>> image = await prepare_image(body)                                          # doctest: +SKIP
>>> file = await upload_file(db, storage, image.data, mimetype=image.mimetype,
...                          extension=image.extension, area="pictures", owner="pictures")
>>> async with db.transaction(caller) as tx:
...     item = await create_item(tx, caller, data, file.key)
...     await keep_file(tx, file.key)
"""

from colonnade.kernel.storage.errors import (
    ImageCorrupt,
    ImageDisguised,
    ImageTooLarge,
    ImageUnsupported,
    UploadExpired,
)
from colonnade.kernel.storage.files import (
    StoredFile,
    SweepReport,
    delete_files,
    discard_file,
    find_file,
    keep_file,
    list_thumbnails,
    remove_deleted,
    save_thumbnails,
    sweep_files,
    upload_file,
)
from colonnade.kernel.storage.images import MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, PreparedImage, prepare_image
from colonnade.kernel.storage.jobs import (
    MakeThumbnails,
    RemoveFiles,
    add_thumbnails,
    remove_files,
    sweep_storage,
)
from colonnade.kernel.storage.keys import check_key, new_key, variant_key
from colonnade.kernel.storage.objects import ObjectInfo, Served, Storage, open_storage
from colonnade.kernel.storage.thumbnails import THUMBNAIL_WIDTHS, Thumbnail, make_thumbnails

__all__ = [
    "MAX_IMAGE_BYTES",
    "MAX_IMAGE_PIXELS",
    "THUMBNAIL_WIDTHS",
    "ImageCorrupt",
    "ImageDisguised",
    "ImageTooLarge",
    "ImageUnsupported",
    "MakeThumbnails",
    "ObjectInfo",
    "PreparedImage",
    "RemoveFiles",
    "Served",
    "Storage",
    "StoredFile",
    "SweepReport",
    "Thumbnail",
    "UploadExpired",
    "add_thumbnails",
    "check_key",
    "delete_files",
    "discard_file",
    "find_file",
    "keep_file",
    "list_thumbnails",
    "make_thumbnails",
    "new_key",
    "open_storage",
    "prepare_image",
    "remove_deleted",
    "remove_files",
    "save_thumbnails",
    "sweep_files",
    "sweep_storage",
    "upload_file",
    "variant_key",
]
