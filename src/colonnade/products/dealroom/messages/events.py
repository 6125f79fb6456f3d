"""What a session's clients hear about its messages."""

from __future__ import annotations

from colonnade.kernel.db import Transaction
from colonnade.kernel.realtime import append_event
from colonnade.products.dealroom.messages.schemas import Message
from colonnade.products.dealroom.shared.rules.places import session_room

__all__ = ["publish_change"]


async def publish_change(tx: Transaction, message: Message) -> None:
    """Tell the session's clients how a message is now."""
    await append_event(
        tx, room=session_room(message.session_id), event="message-updated", data={"message": message}
    )
