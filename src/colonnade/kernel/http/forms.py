"""Reads `multipart/form-data` bodies (RFC 7578) as strictly as JSON, for routes that take a file.

Such a route has `form=SomeStruct` in its decorator, a Struct with an `UploadFile` among its fields. If the
handler's `data` is that Struct, the route takes forms only; otherwise it takes JSON as well, and the form's
Struct is a subclass of the one for JSON. The body is in memory by then, bounded by the route's limit.
"""

from __future__ import annotations

from typing import Any

from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from colonnade.kernel.core import BadRequest, FileName, Invalid, UnsupportedMediaType

__all__ = ["MULTIPART", "UploadFile", "boundary_of", "read_form"]

_MAX_TYPE_BYTES = 1024
"""A boundary has 70 characters at most (RFC 2046, 5.1.1); 64 KB of parameters took 90 ms."""

MULTIPART = "multipart/form-data"
MAX_PARTS = 32
MAX_TEXT_BYTES = 256 * 1024


class UploadFile:
    """A file of a form, in memory; `content_type` is what the client says, `filename` too, cleaned."""

    __slots__ = ("_data", "content_type", "filename")

    def __init__(self, *, content_type: str, filename: str, data: bytes) -> None:
        self.content_type = content_type
        self.filename = filename
        self._data = data

    async def read(self) -> bytes:
        """Return the content."""
        return self._data


def boundary_of(content_type: bytes) -> str:
    """Return the boundary that a Content-Type header of up to a KiB names, or an empty text."""
    if len(content_type) > _MAX_TYPE_BYTES:
        return ""
    _, parameters = parse_options_header(content_type.decode("latin-1"))
    return str(parameters.get("boundary", ""))


def read_form(raw: bytes, boundary: str) -> dict[str, str | UploadFile]:
    """Parse the fields of a form; files stay in memory, a file input left empty counts as absent.

    Raise BadRequest (malformed, too many parts, a field twice), UnsupportedMediaType (no boundary), Invalid
    (characters that cannot be stored).
    """
    if not boundary:
        raise UnsupportedMediaType("The Content-Type names no boundary.")
    fields: dict[str, str | UploadFile] = {}
    try:
        with PushMultipartParser(
            boundary, content_length=len(raw), max_segment_count=MAX_PARTS, strict=True
        ) as parser:
            segment: MultipartSegment | None = None
            data = bytearray()
            for part in parser.parse(raw):
                if isinstance(part, MultipartSegment):
                    segment, data = part, bytearray()
                elif part is not None:
                    data += part
                elif segment is not None:
                    _keep(fields, segment, bytes(data))
    except MultipartError:
        raise BadRequest("The form is malformed.") from None
    return fields


def _keep(fields: dict[str, str | UploadFile], segment: Any, data: bytes) -> None:
    name = segment.name
    if segment.disposition != "form-data" or not name:
        raise BadRequest("The form has a part without a name.")
    if name in fields:
        raise BadRequest("The form repeats a field.")
    if segment.filename is None:
        fields[name] = _text(name, data)
    elif segment.filename or data:
        fields[name] = UploadFile(
            content_type=segment.content_type or "application/octet-stream",
            filename=FileName.read(segment.filename),
            data=data,
        )


def _text(name: str, data: bytes) -> str:
    if len(data) > MAX_TEXT_BYTES:
        raise BadRequest("A text in the form is too long.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("The form is not valid UTF-8.") from None
    if "\x00" in text:
        raise Invalid(fields={name: "The text contains characters that are not allowed (NUL)"})
    return text
