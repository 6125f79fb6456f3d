"""Identifies uploaded files by their bytes: the sender chooses name and header freely."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from colonnade.products.dealroom.messages.schemas import MediaUnsupported, MessageType

__all__ = [
    "HEAD_BYTES",
    "MAX_MEDIA_BYTES",
    "OPUS",
    "FileKind",
    "PreparedMedia",
    "received_limit_bytes",
    "recognise_media",
    "recognise_received",
]

MAX_MEDIA_BYTES = 16 * 1024 * 1024
HEAD_BYTES = 64 * 1024
"""So much of a file says what it is."""
OPUS = "audio/ogg; codecs=opus"

_MIB = 1024 * 1024
_RECEIVED = {
    "image": 5 * _MIB,
    "sticker": _MIB,
    "video": 16 * _MIB,
    "audio": 16 * _MIB,
    "document": 100 * _MIB,
}
"""The sizes up to which customers can send files; the provider takes no larger ones."""


class FileKind(NamedTuple):
    """What a file is, by its first bytes: the message's type, the MIME type and the usual extension."""

    type: MessageType
    mimetype: str
    extension: str

    @classmethod
    def unknown(cls, name: str) -> FileKind:
        """Return the kind of a file that is served as a download and no more, under its own name."""
        extension = name.rpartition(".")[2].lower()
        usual = extension.isascii() and extension.isalnum() and len(extension) <= 10 and "." in name
        return cls("document", "application/octet-stream", extension if usual else "bin")


def received_limit_bytes(kind: str) -> int:
    """Return the size up to which a file of a customer's message of this kind is kept."""
    return _RECEIVED.get(kind, _RECEIVED["document"])


def recognise_received(head: bytes, name: str, *, whole: bool) -> FileKind:
    """Return what a file is that is no picture and begins with `head`; `whole`: it has no more bytes."""
    found = _recording(head) or _document(head, name, whole=whole)
    return FileKind(*found) if found is not None else FileKind.unknown(name)


class PreparedMedia(NamedTuple):
    """A file as it is stored; pictures are re-encoded without metadata (camera, location)."""

    data: bytes
    type: MessageType
    mimetype: str
    extension: str


_OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}


def recognise_media(data: bytes, name: str) -> PreparedMedia:
    """Return a recording, video or document with its kind. Raise MediaUnsupported if it is none of these."""
    kind = _recording(data) or _document(data, name)
    if kind is None:
        raise MediaUnsupported
    return PreparedMedia(data, *kind)


def _recording(data: bytes) -> tuple[MessageType, str, str] | None:
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand.startswith(b"3g"):
            return "video", "video/3gpp", "3gp"
        return ("audio", "audio/mp4", "m4a") if brand.startswith(b"M4A") else ("video", "video/mp4", "mp4")
    if data.startswith(b"OggS"):
        return "audio", OPUS if b"OpusHead" in data[:128] else "audio/ogg", "ogg"
    if data.startswith(b"ID3") or (data[0] == 0xFF and len(data) > 1 and data[1] in (0xFB, 0xF3, 0xF2)):
        return "audio", "audio/mpeg", "mp3"
    if data[0] == 0xFF and len(data) > 1 and data[1] in (0xF1, 0xF9):
        return "audio", "audio/aac", "aac"
    return ("audio", "audio/amr", "amr") if data.startswith(b"#!AMR") else None


def _document(data: bytes, name: str, *, whole: bool = True) -> tuple[MessageType, str, str] | None:
    if data.startswith(b"%PDF-"):
        return "document", "application/pdf", "pdf"
    extension = name.rpartition(".")[2].lower()
    if data.startswith(b"PK\x03\x04") and extension in _OFFICE:
        return "document", _OFFICE[extension], extension
    if extension in ("txt", "csv") and _is_text(data, whole=whole):
        return "document", "text/plain", "txt"
    return None


def _is_text(data: bytes, *, whole: bool) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data, final=whole)
    except UnicodeDecodeError:
        return False
    return not any(ord(c) < 32 and c not in "\t\r\n\f" for c in text)
