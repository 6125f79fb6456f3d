"""The form in which a message with a file goes out: what WhatsApp takes, and as what; what it does not is a document.

Pictures are JPEG or PNG, recordings AAC, AMR, MP3, M4A or Opus (which alone is a voice message; nothing is converted to
it here), videos MP4 or 3GP. Uploaded pictures have been converted (`Images.prepare`); a file at an address elsewhere
goes by the end of its address.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from colonnade.products.dealroom.messages.rules.media import OPUS
from colonnade.products.dealroom.messages.schemas import ContentRefused, Message, MessageType

__all__ = ["MAX_CAPTION_CHARACTERS", "SENT_PICTURES", "Form", "check_outgoing", "form_of"]

MAX_CAPTION_CHARACTERS = 1024
SENT_PICTURES = ("jpg", "png")

_TAKEN: dict[MessageType, frozenset[str]] = {
    "image": frozenset({"image/jpeg", "image/png"}),
    "video": frozenset({"video/mp4", "video/3gpp"}),
    "audio": frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", OPUS}),
}
_ENDINGS: dict[MessageType, frozenset[str]] = {
    "image": frozenset({"jpg", "jpeg", "png"}),
    "video": frozenset({"mp4", "3gp"}),
    "audio": frozenset({"aac", "amr", "mp3", "m4a", "mp4", "ogg", "opus"}),
}
_USUAL: dict[MessageType, str] = {"image": "jpg", "video": "mp4", "audio": "mp3", "document": "pdf"}


class Form(NamedTuple):
    """As what a file is sent: `file_name` of a document alone, `caption` of anything but a recording."""

    type: MessageType
    caption: str | None
    file_name: str | None
    voice: bool


def check_outgoing(type_: MessageType, content: str | None) -> None:
    """Check that a message with this content can be sent to a channel's contact. Raise ContentRefused."""
    if type_ == "text" or content is None or len(content) <= MAX_CAPTION_CHARACTERS:
        return
    rule = (
        f"Content must be at most {MAX_CAPTION_CHARACTERS:,} characters beside a file: WhatsApp takes no longer "
        "captions. Send the rest as a text of its own"
    )
    raise ContentRefused(fields={"content": rule})


def form_of(message: Message) -> Form:
    """Return the form in which a message's file is sent."""
    sent_as = message.type if _is_taken(message) else "document"
    caption = message.content if sent_as != "audio" else None
    name = (
        (message.file_name or _name_in(message.media_url) or _usual_name(message))
        if sent_as == "document"
        else None
    )
    return Form(sent_as, caption, name, sent_as == "audio" and message.media_mime_type == OPUS)


def _is_taken(message: Message) -> bool:
    if message.type == "document":
        return True
    if message.media_mime_type is not None:
        return message.media_mime_type in _TAKEN.get(message.type, frozenset())
    ending = _ending(_name_in(message.media_url) or "")
    return not ending or ending in _ENDINGS.get(message.type, frozenset())


def _name_in(url: str | None) -> str | None:
    """Return the last part of an address's path, if it looks like the name of a file."""
    name = unquote(urlsplit(url or "").path.rpartition("/")[2])
    return name[:240] if _ending(name) and name.isprintable() else None


def _ending(name: str) -> str:
    before, dot, after = name.rpartition(".")
    return after.lower() if before and dot and after.isalnum() and len(after) <= 5 else ""


def _usual_name(message: Message) -> str:
    return f"{message.type}-{message.seq}.{_USUAL.get(message.type, 'bin')}"
