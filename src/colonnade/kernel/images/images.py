"""Pictures that people send, decoded and encoded in processes of their own.

A picture within every limit on bytes, pixels, sides and frames can still take seconds and hundreds of megabytes, and
libvips cannot be interrupted. So it is worked on in a process that is killed at a deadline and that may have so much
memory (`core.workers`), one of each owner at a time. These processes are for pictures alone: no text waits for one. The
server itself never loads libvips.

Out of scope: storing images (`kernel.storage`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from colonnade.kernel.core import PayloadTooLarge
from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.workers import TooCostly, Workers
from colonnade.kernel.images.decoding import (
    MAX_IMAGE_PIXELS,
    PreparedImage,
    Rendering,
    Wanted,
    prepare,
    render,
    sniff,
)
from colonnade.kernel.images.errors import ImageTooLarge, ImageUnsupported

__all__ = ["MAX_IMAGE_BYTES", "Images"]

MAX_IMAGE_BYTES = 5 * 1024 * 1024
IMAGE_SECONDS = 10.0
"""The costliest legal pictures (40 megapixels of noise as WebP or GIF) take two to four on one core of 2020."""
IMAGE_MEMORY_BYTES = 1536 * 1024**2
"""Address space; a GIF of 40 megapixels takes 650 MB of memory."""
PROCESSES = 2
"""Thumbnails, and each account, use one at a time: there is one for somebody else."""

T = TypeVar("T")


@provided("images")
class Images:
    """Makes pictures safe, and smaller; belongs to one event loop, and starts its processes when they are needed."""

    def __init__(self, seconds: float = IMAGE_SECONDS) -> None:
        self._seconds = seconds
        self._workers = Workers(PROCESSES, memory_bytes=IMAGE_MEMORY_BYTES)

    async def prepare(
        self,
        data: bytes,
        *,
        owner: int | str,
        max_bytes: int = MAX_IMAGE_BYTES,
        max_pixels: int = MAX_IMAGE_PIXELS,
        field: str = "file",
        formats: Sequence[str] | None = None,
    ) -> PreparedImage:
        """Check and re-encode an uploaded image; `field` names the input in errors.

        `formats`, if given, are those in which it may be kept (`jpg` must be one): an animation is its first frame
        then, and what has more than `max_bytes` is made smaller.

        `owner` is who sends it: an account's id, or a text for what is no account. One picture of theirs is worked on
        at a time.

        Raise PayloadTooLarge (> `max_bytes`), ImageTooLarge (> `max_pixels` over all frames, > 16,384 in one direction,
        > 1,000 frames, or too much work), ImageUnsupported (not JPEG, PNG, GIF, WebP or AVIF; HEIC, unless libvips
        reads it), ImageCorrupt (does not decode to its end), ImageDisguised (is also a web page, script, ZIP or PDF),
        Unavailable (too many images at once).
        """
        if len(data) > max_bytes:
            raise PayloadTooLarge(f"The image is larger than {max_bytes / 1024**2:.3g} MB.", field=field)
        extension = sniff(data)
        if extension is None:
            raise ImageUnsupported(field=field)
        wanted = Wanted(tuple(formats), max_bytes) if formats is not None else None
        return await self._run(prepare, data, extension, max_pixels, field, wanted, owner=owner, field=field)

    async def render(self, data: bytes, width: int, *, owner: int | str) -> Rendering:
        """Render a copy of a prepared image that is at most `width` pixels wide, as WebP.

        Raise ImageUnsupported, ImageCorrupt, ImageTooLarge (too much work), Unavailable.
        """
        if sniff(data) is None:
            raise ImageUnsupported
        return await self._run(render, data, width, owner=owner)

    async def _run(self, work: Callable[..., T], *args: Any, owner: int | str, field: str | None = None) -> T:
        try:
            return await self._workers.run(work, *args, seconds=self._seconds, owner=owner)
        except TooCostly:
            raise ImageTooLarge(
                "The image takes too much work. Please send it smaller, or as another format.", field=field
            ) from None

    async def close(self) -> None:
        """End the processes."""
        await self._workers.close()
