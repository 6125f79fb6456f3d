"""Texts of a channel's rules that were sent by themselves: they answer nothing that a customer has asked."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.products.dealroom.messages.schemas import Message

__all__ = ["CLOSED", "HANDOVER", "without_notices"]

CLOSED = "closed:"
"""Begins the `client_message_id` of what is sent outside of the opening hours."""
HANDOVER = "handover:"
"""Begins that of what is sent to a customer who asks for a person."""


def without_notices(messages: Iterable[Message]) -> list[Message]:
    """Return the messages of people and the assistant's answers to them."""
    return [
        message
        for message in messages
        if not (message.client_message_id or "").startswith((CLOSED, HANDOVER))
    ]
