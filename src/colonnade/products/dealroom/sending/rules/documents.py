"""Writes a message in the form of the provider's API."""

from __future__ import annotations

from typing import Any

from colonnade.products.dealroom.messages.schemas import Message

__all__ = ["build_document"]


def build_document(message: Message, *, wa_id: str, reply_to: str | None, link: str | None) -> dict[str, Any]:
    """Return the body of the provider's call; `link` is the address of the file, unless the message is a text.

    `reply_to` is the provider's id of the message that this one answers.
    """
    document: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": wa_id,
        "type": message.type,
    }
    if reply_to is not None:
        document["context"] = {"message_id": reply_to}
    if message.type == "text":
        document["text"] = {"body": message.content, "preview_url": False}
        return document
    media: dict[str, Any] = {"link": link}
    if message.content is not None and message.type != "audio":
        media["caption"] = message.content
    if message.type == "document" and message.file_name is not None:
        media["filename"] = message.file_name
    document[message.type] = media
    return document
