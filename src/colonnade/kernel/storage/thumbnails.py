"""Smaller copies of stored images, as WebP. The images must come from `prepare_image`.

Out of scope: which row needs thumbnails, and when (the caller decides), and their records (`files`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.kernel.storage.errors import ImageCorrupt, ImageUnsupported
from colonnade.kernel.storage.images import sniff
from colonnade.kernel.storage.keys import variant_key
from colonnade.kernel.storage.objects import Storage
from colonnade.kernel.storage.vips import in_worker, load_vips

__all__ = ["THUMBNAIL_WIDTHS", "Thumbnail", "make_thumbnails", "render_thumbnails"]

THUMBNAIL_WIDTHS = (320, 960)
_MAX_HEIGHT_PIXELS = 8192
"""A very tall picture is scaled to this height instead (WebP allows 16,383 pixels)."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A stored thumbnail: `wanted_width` was requested, `width` is its own (at most the original's)."""

    key: str
    wanted_width: int
    width: int
    height: int
    size_bytes: int
    mimetype: str = "image/webp"


async def make_thumbnails(
    storage: Storage, key: str, widths: Sequence[int] = THUMBNAIL_WIDTHS
) -> list[Thumbnail]:
    """Make and store one thumbnail per width, under keys derived from `key`. Idempotent.

    Widths are in pixels. A picture narrower than a width keeps its size. Of an animation the first frame
    is used. Raises NotFound (no such object), ImageUnsupported, ImageCorrupt, Unavailable.
    """
    thumbnails = []
    for thumbnail, data in await render_thumbnails(key, await storage.get(key), widths):
        await storage.put(thumbnail.key, data, thumbnail.mimetype)
        thumbnails.append(thumbnail)
    return thumbnails


async def render_thumbnails(key: str, data: bytes, widths: Sequence[int]) -> list[tuple[Thumbnail, bytes]]:
    """Return the thumbnails of the image `data` stored under `key`, with their bytes; store nothing."""
    if sniff(data) is None:
        raise ImageUnsupported
    return [await in_worker(_render, key, data, width) for width in widths]


def _render(key: str, data: bytes, width: int) -> tuple[Thumbnail, bytes]:
    vips = load_vips()
    try:
        image = vips.Image.thumbnail_buffer(
            data, width, height=_MAX_HEIGHT_PIXELS, size="down", fail_on="error"
        )
        encoded = bytes(image.webpsave_buffer(Q=80, effort=4, keep="none"))
    except vips.Error as error:
        raise ImageCorrupt from error
    name = variant_key(key, width, "webp")
    return Thumbnail(name, width, image.width, image.height, len(encoded)), encoded
