"""Writes a message in the form of the provider's API."""

from __future__ import annotations

from typing import Any

from colonnade.products.dealroom.messages.rules.outbound import form_of
from colonnade.products.dealroom.messages.schemas import Message

__all__ = ["build_document"]


def build_document(
    message: Message,
    *,
    to: str,
    reply_to: str | None,
    media_id: str | None = None,
    template: tuple[str, str, Any] | None = None,
    resends: int = 0,
) -> dict[str, Any]:
    """Return the body of the provider's call; `media_id` is its id of a file of ours, others are fetched by it.

    `reply_to` is the provider's id of the message that this one answers. The provider repeats our id of the attempt in
    the statuses that it sends.
    """
    document: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient" if "." in to else "to": to,  # the provider's id of somebody, or a number
        "type": message.type,
        "biz_opaque_callback_data": f"{message.id}.{resends}" if resends else str(message.id),
    }
    if reply_to is not None:
        document["context"] = {"message_id": reply_to}
    if template is not None:
        name, language, components = template
        document["type"] = "template"
        document["template"] = {
            "name": name,
            "language": {"policy": "deterministic", "code": language},
            "components": components,
        }
        return document
    if message.type == "text":
        document["text"] = {"body": message.content, "preview_url": False}
        return document
    form = form_of(message)
    media: dict[str, Any] = {"link": message.media_url} if media_id is None else {"id": media_id}
    if form.caption is not None:
        media["caption"] = form.caption
    if form.file_name is not None:
        media["filename"] = form.file_name
    if form.voice:
        media["voice"] = True
    document["type"] = form.type
    document[form.type] = media
    return document
