"""Files and images: objects by key (folder or S3), safe uploads, thumbnails, and crash-safe records.

>>> image = await prepare_image(body)                                          # doctest: +SKIP
>>> async with (
...     uploaded(db, storage, image, area="pictures", owner="pictures") as file,
...     db.transaction(caller) as tx,
... ):
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
    discard_file,
    find_file,
    keep_file,
    list_thumbnails,
    mark_deleting,
    remove_deleted,
    save_thumbnails,
    sweep_files,
    upload_file,
    uploaded,
)
from colonnade.kernel.storage.images import MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, PreparedImage, prepare_image
from colonnade.kernel.storage.jobs import (
    MakeThumbnails,
    RemoveFiles,
    add_thumbnails,
    delete_files,
    remove_files,
    sweep_storage,
)
from colonnade.kernel.storage.keys import check_key, new_key, variant_key
from colonnade.kernel.storage.objects import ObjectInfo, Served, Storage, open_storage
from colonnade.kernel.storage.thumbnails import THUMBNAIL_WIDTHS, Thumbnail

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
    "mark_deleting",
    "new_key",
    "open_storage",
    "prepare_image",
    "remove_deleted",
    "remove_files",
    "save_thumbnails",
    "sweep_files",
    "sweep_storage",
    "upload_file",
    "uploaded",
    "variant_key",
]
