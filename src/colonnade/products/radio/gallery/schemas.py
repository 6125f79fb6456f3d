"""Shapes of the gallery, and its errors."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from colonnade.kernel.core import Words
from colonnade.products.radio.shared.schemas import ShortText

__all__ = [
    "Description",
    "LockedPicture",
    "NewImage",
    "Picture",
    "PictureFilters",
    "PictureType",
    "PictureUpdate",
]


class Description(Words, max_length=1000):
    """What a picture shows."""


PictureType = Literal[
    "image",
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "jpeg",
    "jpg",
    "png",
    "gif",
    "webp",
]


class Picture(Struct, frozen=True):
    """A picture. `url` and `thumbnails` (by width in pixels) are paths on this server.

    Thumbnails are made shortly after the upload; until then there are none. `snippet` (search results only) is safe
    HTML: title and description, encoded, with the found words in `<mark>`.
    """

    id: int
    title: str
    description: str | None
    filename: str
    original_filename: str
    filepath: str
    mimetype: str
    size: int
    width: int
    height: int
    uploaded_by: int
    version: int
    created_at: datetime
    updated_at: datetime
    url: str
    thumbnails: dict[str, str]
    snippet: str | UnsetType = UNSET


class PictureUpdate(Struct, frozen=True):
    """The changes of a picture's texts."""

    title: ShortText | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET


class PictureFilters(Struct, frozen=True):
    """The filters of a list of pictures; `first` is included, `end` is not."""

    mimetype: str | None = None
    first: datetime | None = None
    end: datetime | None = None


class LockedPicture(Struct, frozen=True):
    """A picture that is being edited: its texts, its file's key and its version."""

    title: str
    description: str | None
    key: str
    version: int


class NewImage(Struct, frozen=True):
    """A stored image that is still pending; sizes in bytes and pixels."""

    key: str
    original_filename: str
    mimetype: str
    size: int
    width: int
    height: int
