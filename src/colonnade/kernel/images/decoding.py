"""Uploaded images: identified by their bytes, decoded completely, and re-encoded; thumbnails of them.

The result was encoded here: only the pixels of the sender's file survive (no EXIF, GPS, XMP, colour profile, comments,
trailing data). Orientation is applied, colours are sRGB with 8 bits per colour, the format is kept. AVIF and HEIC,
which not every browser shows, become JPEG, or WebP with transparency. Animated GIF and WebP stay animated; of an APNG
and of an AVIF the first frame is kept. Lossless WebP becomes lossy. A JPEG that only lacks its end marker is completed
(`jpegs`). Names and declared types are ignored.

Everything here but `sniff` is called in a process that may be killed (`Images`), since libvips cannot be interrupted.

Out of scope: storing images.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

from colonnade.kernel.core.memory import return_memory
from colonnade.kernel.images.errors import ImageCorrupt, ImageDisguised, ImageTooLarge, ImageUnsupported
from colonnade.kernel.images.jpegs import IncompleteScans, complete
from colonnade.kernel.images.vips import load_vips

__all__ = [
    "MAX_IMAGE_FRAMES",
    "MAX_IMAGE_PIXELS",
    "PreparedImage",
    "Rendering",
    "Wanted",
    "prepare",
    "render",
    "sniff",
]

MAX_IMAGE_PIXELS = 40_000_000
"""Width times height times frames."""
MAX_IMAGE_SIDE_PIXELS = 16_384
"""Width, and height of a frame: 39,999,999 rows of one pixel (155 KB) held a core for 35 s, and one row took 1.5 GB."""
MAX_IMAGE_FRAMES = 1_000
"""Every frame costs time, however small: 190,000 frames of one pixel fit into 5 MB and took 7 s."""
_MAX_THUMBNAIL_HEIGHT_PIXELS = 8192
"""A very tall picture is scaled to this height instead (WebP allows 16,383 pixels)."""

_MIMETYPES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}
_CONVERTED = {"avif": "AVIF", "heic": "HEIC"}
"""Formats that pictures are taken in but not kept in."""
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_MARKUP = re.compile(rb"<script[\s>/]|<html[\s>]|<!doctype\s+html|<\?php\s|<iframe\s", re.IGNORECASE)
_MAX_BRANDS_BYTES = 256
_SMALLER = 0.7
"""The sides of a picture that is still too large are made so much shorter."""
_NOT_BUILT_IN = "has not been built in"
_PDF_SEARCHED_BYTES = 1024
"""PDF readers accept `%PDF-` anywhere in the first kilobyte."""


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """An image that is safe to store; sizes in pixels, `height` of one frame, `extension` without dot.

    `sent_as` is the format, as `sniff` calls it, of the file that it was made from.
    """

    data: bytes
    mimetype: str
    extension: str
    width: int
    height: int
    sent_as: str = ""

    @property
    def size_bytes(self) -> int:
        """The length of `data`."""
        return len(self.data)


@dataclass(frozen=True, slots=True)
class Rendering:
    """A smaller copy as WebP; sizes in pixels."""

    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """The formats in which a picture may be kept, of which `jpg` is one, and how large it may be then."""

    formats: tuple[str, ...]
    max_bytes: int


def sniff(data: bytes) -> str | None:
    """Return `jpg`, `png`, `gif`, `webp`, `avif` or `heic` by the first bytes; None for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        end = min(int.from_bytes(data[:4]), _MAX_BRANDS_BYTES)
        brands = {data[8:12], *(data[start : start + 4] for start in range(16, end, 4))}
        return "avif" if brands & _AVIF_BRANDS else "heic" if brands & _HEIC_BRANDS else None
    return None


def prepare(
    data: bytes, extension: str, max_pixels: int, field: str, wanted: Wanted | None = None
) -> PreparedImage:
    """Check and re-encode an image of the format that `sniff` has found, in that format or one that is wanted.

    Raise ImageTooLarge, ImageCorrupt, ImageDisguised, ImageUnsupported (a format that libvips cannot decode here);
    MemoryError.
    """
    vips = load_vips()
    fail_on = "error"
    try:
        completed = complete(data) if extension == "jpg" else None
        if completed is not None:
            data, fail_on = completed.data, "warning"
        _, _, frames = _measure(vips, data, extension, max_pixels, field)
        if wanted is not None and extension not in wanted.formats:
            frames = 1
        if _is_disguised(data):
            raise ImageDisguised(field=field)
        if completed is not None and completed.others:
            whole = _load(vips, data, extension, fail_on=fail_on)
            others = [_load(vips, other, extension) for other in completed.others]
            if vips.Image.sum([whole != other for other in others]).max():
                raise IncompleteScans
        image = _to_srgb(vips, _decode(vips, data, extension, frames, fail_on=fail_on))
        kept = extension
        if extension in _CONVERTED:
            kept = "webp" if image.hasalpha() else "jpg"
        if wanted is not None:
            image, encoded, kept = _encode_wanted(image, kept, wanted)
        else:
            encoded = _encode(image, kept)
        width, height = image.width, image.height // frames
    except IncompleteScans as error:
        raise ImageCorrupt(field=field) from error
    except vips.Error as error:
        _raise_if_out_of_memory(error)
        if extension in _CONVERTED and _NOT_BUILT_IN in str(error.detail):
            raise _unreadable(_CONVERTED[extension], field) from error
        raise ImageCorrupt(field=field) from error
    del image  # its pixels are memory
    return_memory()
    return PreparedImage(encoded, _MIMETYPES[kept], kept, width, height, sent_as=extension)


def _unreadable(format_: str, field: str) -> ImageUnsupported:
    """Return the refusal of a format whose decoder is not part of this libvips (HEVC is patented)."""
    return ImageUnsupported(
        f"{format_} pictures cannot be read here. Please export the picture as JPEG and send that; an iPhone takes "
        "JPEG with Settings > Camera > Formats > Most Compatible.",
        field=field,
    )


def render(data: bytes, width: int) -> Rendering:
    """Render a smaller copy, `width` pixels wide; a narrower picture keeps its size. Of an animation the first frame.

    Raise ImageCorrupt; MemoryError.
    """
    vips = load_vips()
    try:
        image = vips.Image.thumbnail_buffer(
            data, width, height=_MAX_THUMBNAIL_HEIGHT_PIXELS, size="down", fail_on="error"
        )
        encoded = bytes(image.webpsave_buffer(Q=80, effort=4, keep="none"))
    except vips.Error as error:
        _raise_if_out_of_memory(error)
        raise ImageCorrupt from error
    made = Rendering(encoded, image.width, image.height)
    del image
    return_memory()
    return made


def _raise_if_out_of_memory(error: Exception) -> None:
    if "out of memory" in str(error).lower():
        raise MemoryError from error


def _measure(vips: Any, data: bytes, extension: str, max_pixels: int, field: str) -> tuple[int, int, int]:
    """Return width, height and frames from the header, without decoding a pixel."""
    header = _load(vips, data, extension)
    frames = 1
    if extension in ("gif", "webp") and header.get_typeof("n-pages"):
        frames = max(1, header.get("n-pages"))
    if frames > MAX_IMAGE_FRAMES:
        raise ImageTooLarge(f"The animation has more than {MAX_IMAGE_FRAMES} frames.", field=field)
    if max(header.width, header.height) > MAX_IMAGE_SIDE_PIXELS:
        raise ImageTooLarge(
            f"The image has more than {MAX_IMAGE_SIDE_PIXELS:,} pixels in one direction.", field=field
        )
    if header.width * header.height * frames > max_pixels:
        raise ImageTooLarge(
            f"The image has more than {max_pixels / 1_000_000:.3g} megapixels"
            + (" over all its frames." if frames > 1 else "."),
            field=field,
        )
    return header.width, header.height, frames


def _load(vips: Any, data: bytes, extension: str, **options: Any) -> Any:
    """Open `data` with the loader of its format; libvips's detection is never used."""
    loaders = {
        "jpg": vips.Image.jpegload_buffer,
        "png": vips.Image.pngload_buffer,
        "gif": vips.Image.gifload_buffer,
        "webp": vips.Image.webpload_buffer,
        "avif": vips.Image.heifload_buffer,
        "heic": vips.Image.heifload_buffer,
    }
    options = {"access": "sequential", "fail_on": "error", **options}
    return loaders[extension](data, **options)


def _decode(vips: Any, data: bytes, extension: str, frames: int, *, fail_on: str) -> Any:
    if frames > 1:
        return _load(vips, data, extension, n=-1)
    image = _load(vips, data, extension, fail_on=fail_on)
    if image.get_typeof("orientation") and image.get("orientation") > 1:
        # Rotation reads rows out of order; `memory` keeps libvips from using a temporary file.
        image = _load(vips, data, extension, access="random", memory=True, fail_on=fail_on).autorot()
    return image


def _to_srgb(vips: Any, image: Any) -> Any:
    """Convert to 8-bit sRGB (or grey) with the profile applied, so that dropping the profile changes no colours."""
    is_cmyk = image.interpretation == "cmyk"
    if image.get_typeof("icc-profile-data") or is_cmyk:
        fallback = {"input_profile": "cmyk"} if is_cmyk else {}
        try:
            image = image.icc_transform("srgb", embedded=True, depth=8, **fallback)
        except vips.Error:
            image = image.colourspace("srgb")  # an unusable profile
    if image.interpretation == "grey16":
        image = image.colourspace("b-w")
    elif image.interpretation not in ("srgb", "b-w"):
        image = image.colourspace("srgb")
    return image if image.format == "uchar" else image.cast("uchar")


def _encode(image: Any, extension: str) -> bytes:
    if extension == "jpg":
        # No optimize_coding: it keeps all coefficients in memory, 240 MB at 40 megapixels, for 5 % fewer bytes.
        encoded = image.jpegsave_buffer(Q=85, keep="none")
    elif extension == "png":
        encoded = image.pngsave_buffer(compression=6, keep="none")
    elif extension == "gif":
        encoded = image.gifsave_buffer(effort=3, keep="none")
    else:
        encoded = image.webpsave_buffer(Q=85, effort=2, keep="none")
    return bytes(encoded)


def _encode_wanted(image: Any, extension: str, wanted: Wanted) -> tuple[Any, bytes, str]:
    """Encode an image in one of the wanted formats; as JPEG, then ever smaller, until it is small enough."""
    image = image.copy_memory()  # it may be read more than once
    kept = extension
    if kept not in wanted.formats:
        kept = "png" if image.hasalpha() and "png" in wanted.formats else "jpg"
    encoded = _encode(_opaque(image) if kept == "jpg" else image, kept)
    while len(encoded) > wanted.max_bytes:
        if kept == "jpg":
            image = image.resize(_SMALLER)
        kept, image = "jpg", _opaque(image)
        encoded = _encode(image, kept)
    return image, encoded, kept


def _opaque(image: Any) -> Any:
    """Return an image without transparency, on white, as chats show it."""
    return image.flatten(background=255) if image.hasalpha() else image


def _is_disguised(data: bytes) -> bool:
    """Return whether a browser, PHP, an archiver or a PDF reader would also accept this file as one of theirs.

    Re-encoding would remove all of it, but whoever sends such a file is refused rather than helped. Other trailing
    data (the second picture or trailer that phones append) is dropped silently.
    """
    return (
        _MARKUP.search(data) is not None
        or b"%PDF-" in data[:_PDF_SEARCHED_BYTES]
        or zipfile.is_zipfile(io.BytesIO(data))
    )
