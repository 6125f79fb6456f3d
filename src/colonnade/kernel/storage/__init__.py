"""Files: objects by key (folder or S3), safe uploads, thumbnails of images, and crash-safe records.

>>> image = await images.prepare(body, owner=caller.id)                                          # doctest: +SKIP
>>> async with (
...     uploaded(db, storage, image, area="pictures", owner="pictures") as file,
...     db.transaction(caller) as tx,
... ):
...     item = await create_item(tx, caller, data, file.key)
...     await keep_file(tx, file.key)
"""

from colonnade.kernel.storage.errors import UploadExpired
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
    "THUMBNAIL_WIDTHS",
    "MakeThumbnails",
    "ObjectInfo",
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
    "remove_deleted",
    "remove_files",
    "save_thumbnails",
    "sweep_files",
    "sweep_storage",
    "upload_file",
    "uploaded",
    "variant_key",
]
