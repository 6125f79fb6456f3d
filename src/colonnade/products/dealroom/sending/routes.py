"""Sends messages again, and messages by template."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import Ok, Router, Tag, allows, post
from colonnade.products.dealroom.messages.schemas import Message
from colonnade.products.dealroom.sending.actions.resending import resend_message as resend
from colonnade.products.dealroom.shared.rules.places import PREFIX

__all__ = ["ROUTES"]

USE = "chats:use"


@post("/{message_id:int}/resend", guards=[allows(USE)], status_code=200)
async def resend_message(message_id: int, db: Database, caller: Principal) -> Ok[Message]:
    """Send a message again that failed, or whose outcome is unknown: it becomes `pending`.

    A repeated call changes nothing. 409 `NOT_RESENDABLE` for a message that was sent, and for one that goes to no
    channel's contact.
    """
    async with db.transaction(caller) as tx:
        message = await resend(tx, caller, message_id)
    return Ok(message, version=message.version)


ROUTES = Router(
    f"{PREFIX}/messages",
    route_handlers=[resend_message],
    tags=[Tag("Sending", "Send messages again, and by template where a customer has not written for a day.")],
)
