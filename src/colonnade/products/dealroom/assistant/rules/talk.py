"""Picks from a conversation what the guard compares an answer with: the customer's messages, the names of who talks.

Out of scope: what they vouch for (`evidence`).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.prompt import unanswered
from colonnade.products.dealroom.assistant.rules.texts import is_overlong
from colonnade.products.dealroom.messages.schemas import Message
from colonnade.products.dealroom.vendors.schemas import Vendor

__all__ = ["Talk", "is_files_alone", "talk_of"]

MAX_ASKED = 10
MAX_ASKED_CHARACTERS = 8000
MAX_NAME_CHARACTERS = 60


class Talk(Struct, frozen=True):
    """The customer's latest messages, oldest first, and the names of customer and vendor."""

    asked: tuple[str, ...]
    names: tuple[str, ...]


def talk_of(messages: Sequence[Message], vendor: Vendor | None) -> Talk:
    """Return what the customer has said lately, without deleted messages."""
    asked: list[str] = []
    names = [vendor.name] if vendor is not None else []
    left = MAX_ASKED_CHARACTERS
    for message in reversed(messages):
        if message.sender != "customer" or message.deleted_at is not None:
            continue
        if message.sender_name:
            names.append(message.sender_name[:MAX_NAME_CHARACTERS])
        text = message.content or ""
        if is_overlong(text):  # an answer to it is held (`orders`)
            continue
        if text and left > 0 and len(asked) < MAX_ASKED:
            asked.append(text[:left])
            left -= len(text)
    return Talk(tuple(reversed(asked)), tuple(dict.fromkeys(names)))


def is_files_alone(messages: Sequence[Message]) -> bool:
    """Return whether all that is to be answered are files without a word; a sticker says enough."""
    asked = unanswered(messages)
    return bool(asked) and all(_is_file_alone(message) for message in asked)


def _is_file_alone(message: Message) -> bool:
    if message.type == "text" or message.kind == "sticker":
        return False
    names = {message.type, message.kind or message.type, "audio"}
    return not message.content or message.content in {f"[{name}]" for name in names}
