"""Tells which of our own messages answer nothing: texts that a channel's rules send by themselves, and reactions."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.products.dealroom.messages.schemas import SILENT_KINDS, Message

__all__ = ["CLOSED", "HANDOVER", "without_notices"]

CLOSED = "closed:"
"""Begins the `client_message_id` of what is sent outside of the opening hours."""
HANDOVER = "handover:"
"""Begins that of what is sent to a customer who asks for a person."""


def without_notices(messages: Iterable[Message]) -> list[Message]:
    """Return the messages of people and the assistant's answers to them, without our reactions and the like."""
    return [message for message in messages if not _is_notice(message)]


def _is_notice(message: Message) -> bool:
    if message.sender == "customer":
        return False
    return (message.client_message_id or "").startswith((CLOSED, HANDOVER)) or message.kind in SILENT_KINDS
