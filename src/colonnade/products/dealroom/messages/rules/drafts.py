"""Turns a client's input into a draft that can be stored: its kind, telephone number, fingerprint and title."""

from __future__ import annotations

import hashlib

import msgspec

from colonnade.products.dealroom.messages.schemas import (
    ContentRefused,
    Draft,
    MessageCreate,
    MessageType,
    StoredMedia,
)
from colonnade.products.dealroom.shared.rules.urls import check_web_url

__all__ = ["draft_message", "draft_upload", "fingerprint_of", "title_of"]

MAX_TITLE_CHARACTERS = 60
_KINDS: dict[str, MessageType] = {
    "jpg": "image", "jpeg": "image", "png": "image", "gif": "image", "webp": "image",
    "mp4": "video", "3gp": "video", "mov": "video", "webm": "video",
    "mp3": "audio", "ogg": "audio", "oga": "audio", "opus": "audio", "m4a": "audio", "aac": "audio", "amr": "audio",
}  # fmt: skip


def draft_message(data: MessageCreate) -> Draft:
    """Return a client's message as a draft. Raise ContentRefused, and Invalid for an address that is none."""
    kind = data.type or ("text" if data.media_url is None else _kind_of(data.media_url))
    if data.media_url is None and kind != "text":
        raise ContentRefused(fields={"mediaUrl": "Media url is required for this type of message"})
    if data.media_url is not None and kind == "text":
        raise ContentRefused(fields={"type": "Type must say what kind of media this is"})
    if data.media_url is not None:
        check_web_url(data.media_url, field="mediaUrl")
    elif data.content is None or not data.content.strip():
        raise ContentRefused(fields={"content": "Content is required"})
    phone = data.phone_number
    return Draft(
        session_id=data.session_id,
        sender=data.sender,
        type=kind,
        content=data.content,
        sender_name=data.sender_name,
        phone=phone.number if phone else None,
        phone_typed=phone.typed if phone else None,
        media_url=data.media_url,
        reply_to_id=data.reply_to_id,
        client_message_id=data.client_message_id,
        fingerprint=fingerprint_of(data) if data.client_message_id is not None else None,
    )


def draft_upload(data: MessageCreate, media: StoredMedia, digest: bytes) -> Draft:
    """Return the draft of a message with an uploaded file, whose bytes have the SHA-256 `digest`.

    Raise Invalid if the telephone number is not valid.
    """
    phone = data.phone_number
    return Draft(
        session_id=data.session_id,
        sender=data.sender,
        type=media.type,
        content=data.content,
        sender_name=data.sender_name,
        phone=phone.number if phone else None,
        phone_typed=phone.typed if phone else None,
        media=media,
        reply_to_id=data.reply_to_id,
        client_message_id=data.client_message_id,
        fingerprint=fingerprint_of(data, digest) if data.client_message_id is not None else None,
    )


def _kind_of(url: str) -> MessageType:
    return _KINDS.get(url.partition("?")[0].rpartition(".")[2].lower(), "document")


def fingerprint_of(data: MessageCreate, digest: bytes = b"") -> bytes:
    """Return the SHA-256 of what a new message says, and of the `digest` of its file."""
    return hashlib.sha256(msgspec.json.encode(data, enc_hook=str) + digest).digest()


def title_of(content: str | None) -> str | None:
    """Return a session's title for the content of its first message: the first line, cut at a word."""
    line = " ".join((content or "").split("\n", 1)[0].split())
    if len(line) <= MAX_TITLE_CHARACTERS:
        return line or None
    cut = line[: MAX_TITLE_CHARACTERS - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + "…"
