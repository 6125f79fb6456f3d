"""Smaller copies of stored images, as WebP. The images must come from `Images.prepare`.

Out of scope: which row needs thumbnails, and when (the caller decides), and their records (`files`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.kernel.images import Images
from colonnade.kernel.storage.keys import variant_key

__all__ = ["THUMBNAIL_WIDTHS", "Thumbnail", "render_thumbnails"]

THUMBNAIL_WIDTHS = (320, 960)
_OWNER = "thumbnails"
"""One is made at a time: the other process is left to people who upload."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A stored thumbnail; its key names the width requested, `width` is its own (at most the original's)."""

    key: str
    width: int
    height: int
    size_bytes: int
    mimetype: str = "image/webp"


async def render_thumbnails(
    images: Images, key: str, data: bytes, widths: Sequence[int]
) -> list[tuple[Thumbnail, bytes]]:
    """Render one thumbnail per width of the image `data`, under keys derived from `key`; return them with their bytes.

    Widths are in pixels. A picture narrower than a width keeps its size. Of an animation the first frame is used.
    Raise ImageUnsupported, ImageCorrupt, ImageTooLarge, Unavailable.
    """
    made = []
    for width in widths:
        copy = await images.render(data, width, owner=_OWNER)
        name = variant_key(key, width, "webp")
        made.append((Thumbnail(name, copy.width, copy.height, len(copy.data)), copy.data))
    return made
