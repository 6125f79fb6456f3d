"""Keys of stored objects: their generation, their validation, and the type each is served as.

A key is a path of lower-case segments such as `pictures/3f….jpg`. Keys are random, never derived from the name of an
uploaded file, and never reused for other bytes, so that objects may be cached for ever.

Out of scope: where objects are stored.
"""

from __future__ import annotations

import re
import secrets

from colonnade.kernel.core import Invalid

__all__ = [
    "PRIVATE_AREA",
    "check_area",
    "check_key",
    "content_type_of",
    "is_generated",
    "new_key",
    "variant_key",
    "variant_width",
]

PRIVATE_AREA = "private"
"""First segment of objects that are never served over HTTP."""

_SEGMENT = r"[a-z0-9][a-z0-9_-]{0,62}"
_FILE = r"[a-z0-9][a-z0-9_-]{0,127}(?:\.[a-z0-9]{1,10})?"
_KEY = re.compile(rf"(?:{_SEGMENT}/){{1,4}}{_FILE}", re.ASCII)
_AREA = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,3}}", re.ASCII)
_EXTENSION = re.compile(r"[a-z0-9]{1,10}", re.ASCII)
_GENERATED = re.compile(
    rf"(?:{_SEGMENT}/){{1,4}}[0-9a-f]{{32}}(?:-w[0-9]{{1,5}})?\.[a-z0-9]{{1,10}}", re.ASCII
)

_VARIANT = re.compile(r"-w([0-9]{1,5})\.[a-z0-9]{1,10}\Z", re.ASCII)

_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
}
"""Types that a browser may show; everything else is served as a download."""


def check_key(key: str) -> str:
    """Return `key` if it is a valid key, raise Invalid if not (`..`, NUL, backslash, `%`, upper case, …)."""
    if not _KEY.fullmatch(key):
        raise Invalid("This is not a valid file key.", field="key")
    return key


def check_area(area: str) -> str:
    """Return `area` (a folder such as `pictures`) if it is valid, raise Invalid if not."""
    if not _AREA.fullmatch(area):
        raise Invalid("This is not a valid storage area.", field="area")
    return area


def new_key(area: str, extension: str) -> str:
    """Return a new random key (128 bits) in `area`, such as `pictures/<32 hex digits>.jpg`.

    `extension` has no dot and comes from the bytes, not from the sender's file name.
    """
    check_area(area)
    if not _EXTENSION.fullmatch(extension):
        raise ValueError("an extension is 1 to 10 of a-z and 0-9, without a dot")
    return f"{area}/{secrets.token_hex(16)}.{extension}"


def variant_key(key: str, width: int, extension: str) -> str:
    """Return the key of the thumbnail of `key` for a requested width in pixels: always the same one."""
    stem, _, _ = check_key(key).rpartition(".")
    return check_key(f"{stem or key}-w{width}.{extension}")


def variant_width(key: str) -> int | None:
    """Return the width in pixels in a thumbnail's key, or None if it is no thumbnail's key."""
    found = _VARIANT.search(key)
    return int(found[1]) if found else None


def is_generated(key: str) -> bool:
    """Return whether `key` has the form of `new_key` and `variant_key`; only such objects are ever swept."""
    return _GENERATED.fullmatch(key) is not None and not key.startswith(f"{PRIVATE_AREA}/")


def content_type_of(key: str) -> str:
    """Return the MIME type a key is served with, by its extension; `application/octet-stream` if it is no image's."""
    return _TYPES.get(key.rpartition(".")[2], "application/octet-stream")
