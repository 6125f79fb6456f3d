"""Sends a message again that failed, or whose outcome is unknown."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.messages.actions import enqueue_sending, publish_change
from colonnade.products.dealroom.messages.queries import lock_message
from colonnade.products.dealroom.messages.queries.revising import send_again
from colonnade.products.dealroom.messages.schemas import Message
from colonnade.products.dealroom.sending.queries.claims import find_receiver, forget_upload
from colonnade.products.dealroom.sending.schemas import NotResendable

__all__ = ["resend_message"]


async def resend_message(tx: Transaction, caller: Principal, message_id: int) -> Message:
    """Make the message pending; one that is pending already stays as it is. Raise MessageNotFound, NotResendable."""
    before = await lock_message(tx, caller.id, message_id)
    receiver = await find_receiver(tx, message_id)
    if receiver is None:
        raise NotResendable(details={"status": before.status})
    contact_id, resends = receiver
    if before.status == "pending":
        return before
    message = await send_again(tx, message_id, resends + 1)
    if message is None:
        raise NotResendable(details={"status": before.status})
    await forget_upload(tx, message_id)
    await enqueue_sending(tx, contact_id, caller.id)
    await publish_change(tx, message)
    return message
