"""Receives one message or status of a delivery, in the caller's transaction: each once, in order per contact."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.core import Unavailable
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.channels.actions.states import note_change
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.queries import contacts
from colonnade.products.dealroom.channels.queries.channels import Sealed
from colonnade.products.dealroom.channels.rules.states import after_refusal
from colonnade.products.dealroom.channels.schemas import Contact
from colonnade.products.dealroom.conversation.actions import write_message
from colonnade.products.dealroom.messages.actions import publish_change
from colonnade.products.dealroom.messages.queries.revising import advance_status
from colonnade.products.dealroom.messages.schemas import Draft
from colonnade.products.dealroom.sessions.actions import publish_session
from colonnade.products.dealroom.sessions.queries import insert_session, lock_session, update_session
from colonnade.products.dealroom.sessions.schemas import SessionCreate, SessionNotFound, Title
from colonnade.products.dealroom.webhooks.rules.payloads import InboundMessage, StatusChange
from colonnade.products.dealroom.webhooks.schemas import FETCH_MEDIA, FetchMedia

__all__ = ["ACTOR", "receive_message", "receive_status"]

ACTOR = "webhook:whatsapp"


async def receive_message(
    tx: Transaction, settings: AssistantSettings, channel: Sealed, message: InboundMessage
) -> bool:
    """Write a customer's message into their session; return False if it is there already.

    The contact's first message creates the session; a closed one is opened again.
    """
    await contacts.lock_contact(tx, channel.id, message.wa_id)
    contact, repeated = await contacts.find_contact(
        tx, channel.id, message.wa_id, message.provider_message_id
    )
    if repeated:
        return False
    session_id = await _open_session(tx, channel, message, contact)
    reply_to_id = None
    if message.reply_to is not None:
        reply_to_id = await contacts.find_message_id(tx, channel.id, session_id, message.reply_to)
    posted = await write_message(
        tx,
        settings,
        channel.owner_id,
        Draft(
            session_id=session_id,
            sender="customer",
            type=message.type,
            content=message.content,
            sender_name=message.profile_name or (contact.profile_name if contact else None),
            phone=f"+{message.wa_id}",
            phone_typed=message.wa_id,
            reply_to_id=reply_to_id,
            channel_id=channel.id,
            provider_message_id=message.provider_message_id,
            status="sent",
        ),
    )
    if message.media_id is not None:
        await tx.enqueue(
            FETCH_MEDIA, FetchMedia(posted.message.id, channel.id, message.media_id, message.file_name)
        )
    return True


async def _open_session(
    tx: Transaction, channel: Sealed, message: InboundMessage, contact: Contact | None
) -> UUID:
    """Lock the contact's session and open it; create one if there is none (any more)."""
    try:
        session = await lock_session(tx, channel.owner_id, contact.session_id) if contact else None
    except SessionNotFound:
        session = None  # deleted a moment ago, and the contact with it
    if session is None or contact is None:
        made = await insert_session(
            tx, channel.owner_id, SessionCreate(title=Title.fitted(message.profile_name))
        )
        await contacts.insert_contact(tx, channel.id, message.wa_id, made.id, message.profile_name)
        return made.id
    if message.profile_name is not None and message.profile_name != contact.profile_name:
        await contacts.rename_contact(tx, contact.id, message.profile_name)
    if session.status == "closed":
        await publish_session(tx, await update_session(tx, session.id, {"status": "active"}))
    return session.id


async def receive_status(tx: Transaction, channel: Sealed, change: StatusChange) -> None:
    """Move a message's delivery status forward; ignore a message that is not ours, or further already.

    Raise Unavailable while a message to that contact is being sent: the status may be for that one, whose id is not
    recorded yet.
    """
    message_id = await contacts.lock_sent(tx, channel.id, change.provider_message_id)
    if message_id is None:
        if change.wa_id is not None and await contacts.is_sending(tx, channel.id, change.wa_id):
            raise Unavailable("The message is being sent.")
        return
    message = await advance_status(tx, message_id, change.status, by=ACTOR)
    if message is None:
        return
    if change.status == "failed":
        changed = await queries.mark_failure(
            tx, channel.id, change.error or "", state=after_refusal(token=False)
        )
        await note_change(tx, channel.id, changed, actor=ACTOR)
    await publish_change(tx, message)
