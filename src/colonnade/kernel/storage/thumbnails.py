"""Smaller copies of stored images, as WebP. The images must come from `prepare_image`.

Out of scope: which row needs thumbnails, and when (the caller decides), and their records (`files`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.kernel.storage.errors import ImageCorrupt, ImageUnsupported
from colonnade.kernel.storage.images import sniff
from colonnade.kernel.storage.keys import variant_key
from colonnade.kernel.storage.vips import in_worker, load_vips

__all__ = ["THUMBNAIL_WIDTHS", "Thumbnail", "render_thumbnails"]

THUMBNAIL_WIDTHS = (320, 960)
_MAX_HEIGHT_PIXELS = 8192
"""A very tall picture is scaled to this height instead (WebP allows 16,383 pixels)."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A stored thumbnail; its key names the width requested, `width` is its own (at most the original's)."""

    key: str
    width: int
    height: int
    size_bytes: int
    mimetype: str = "image/webp"


async def render_thumbnails(key: str, data: bytes, widths: Sequence[int]) -> list[tuple[Thumbnail, bytes]]:
    """Render one thumbnail per width of the image `data`, under keys derived from `key`; return them with their bytes.

    Widths are in pixels. A picture narrower than a width keeps its size. Of an animation the first frame is used.
    Raise ImageUnsupported, ImageCorrupt.
    """
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
    return Thumbnail(name, image.width, image.height, len(encoded)), encoded
