"""Writes one file as a form (multipart/form-data, RFC 7578) while it is read: httpx reads files synchronously.

Out of scope: names of files beyond ASCII without quotes, more than one file.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping

from msgspec import Struct

__all__ = ["FileChanged", "OutgoingFile", "form_with_file"]


class FileChanged(Exception):
    """The file is longer or shorter than was said: the request was broken off."""


class OutgoingFile(Struct, frozen=True):
    """A file that is sent as it is read: the bytes of `parts`, `size_bytes` in all."""

    name: str
    content_type: str
    size_bytes: int
    parts: AsyncIterator[bytes]


def form_with_file(
    fields: Mapping[str, str], file: OutgoingFile
) -> tuple[dict[str, str], AsyncIterator[bytes]]:
    """Return headers and body of a form with these fields and the file (as `file`)."""
    boundary = secrets.token_hex(16)
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
        f"Content-Type: {file.content_type}\r\n\r\n"
    )
    before, after = head.encode(), f"\r\n--{boundary}--\r\n".encode()
    headers = {
        "content-type": f"multipart/form-data; boundary={boundary}",
        "content-length": str(len(before) + file.size_bytes + len(after)),
    }
    return headers, _body(before, file, after)


async def _body(before: bytes, file: OutgoingFile, after: bytes) -> AsyncIterator[bytes]:
    yield before
    left = file.size_bytes
    async for part in file.parts:
        left -= len(part)
        if left < 0:
            break
        yield part
    if left:
        raise FileChanged
    yield after
