"""Taking in what the provider's webhook brings: each message once, in order per contact, in its contact's session.

Each message is a transaction of its own under its contact's lock. When one fails, the others of that contact in the
same body wait behind it, other contacts' do not; the failure is raised in the end, and the provider brings the whole
body again.
"""

from __future__ import annotations

from uuid import UUID

import structlog
from msgspec import structs

from colonnade.kernel.core import Problem, Unavailable
from colonnade.kernel.db import IntegrityConstraintViolationError, Transaction, as_problem
from colonnade.kernel.product import Services
from colonnade.products.dealroom.channels import contact_queries as contacts
from colonnade.products.dealroom.channels import queries
from colonnade.products.dealroom.channels.media import FetchMedia, fetch_media
from colonnade.products.dealroom.channels.outbox import note_change, silence_of
from colonnade.products.dealroom.channels.payloads import InboundMessage, StatusChange, read_delivery
from colonnade.products.dealroom.channels.queries import Sealed
from colonnade.products.dealroom.channels.schemas import Contact
from colonnade.products.dealroom.conversation.actions import write_message
from colonnade.products.dealroom.messages.actions import publish_change
from colonnade.products.dealroom.messages.queries import advance_status
from colonnade.products.dealroom.messages.schemas import Draft
from colonnade.products.dealroom.sessions.actions import publish_session
from colonnade.products.dealroom.sessions.queries import insert_session, lock_session, update_session
from colonnade.products.dealroom.sessions.schemas import SessionCreate, SessionNotFound

__all__ = ["receive_delivery"]

log = structlog.get_logger(__name__)

ACTOR = "webhook:whatsapp"
UNREADABLE = "[unreadable]"


async def receive_delivery(services: Services, channel: Sealed, raw: bytes) -> None:
    """Take in a body whose signature was checked; raises the first failure that another attempt may mend."""
    delivery = read_delivery(raw, channel.phone_number_id)
    arrived = False
    held: set[str] = set()
    failures: list[Exception] = []
    for message in delivery.messages:
        if message.wa_id in held:
            continue
        try:
            arrived |= await _take_in(services, channel, message)
        except Exception as error:
            held.add(message.wa_id)
            failures.append(error)
    for change in delivery.statuses:
        try:
            async with services.db.transaction() as tx:
                await receive_status(tx, channel, change)
        except Exception as error:
            failures.append(error)
    if arrived:
        async with services.db.transaction() as tx:
            changed = await queries.mark_success(tx, channel.id, silence_of(services), inbound=True)
            await note_change(tx, channel.id, changed, actor=ACTOR)
    if failures:
        log.warning("a webhook body is to come again", channel=channel.id, failures=len(failures))
        raise failures[0]


async def _take_in(services: Services, channel: Sealed, message: InboundMessage) -> bool:
    """Store a message; one that cannot be stored as it is leaves a note in its place, so that it stops nobody."""
    try:
        async with services.db.transaction() as tx:
            return await receive_message(tx, services, channel, message)
    except Exception as error:
        if not _is_poison(error):
            raise
        log.error("an inbound message cannot be stored", channel=channel.id, error=type(error).__name__)
    plain = structs.replace(message, type="text", content=UNREADABLE, media_id=None, reply_to=None)
    async with services.db.transaction() as tx:
        return await receive_message(tx, services, channel, plain)


def _is_poison(error: Exception) -> bool:
    """Whether the message itself is at fault: it would fail the next time as well."""
    problem = error if isinstance(error, Problem) else as_problem(error)
    return isinstance(error, IntegrityConstraintViolationError) or (
        problem is not None and problem.status < 500
    )


async def receive_message(
    tx: Transaction, services: Services, channel: Sealed, message: InboundMessage
) -> bool:
    """Write a customer's message into their session; False for one that is there already.

    The session is made with the contact's first message, and a closed one is opened again.
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
        services,
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
        ),
    )
    if message.media_id is not None:
        await tx.enqueue(
            fetch_media, FetchMedia(posted.message.id, channel.id, message.media_id, message.file_name)
        )
    return True


async def _open_session(
    tx: Transaction, channel: Sealed, message: InboundMessage, contact: Contact | None
) -> UUID:
    """The contact's session, locked and open; a new one where there is none (any more)."""
    try:
        session = await lock_session(tx, channel.owner_id, contact.session_id) if contact else None
    except SessionNotFound:
        session = None  # deleted a moment ago, and the contact with it
    if session is None or contact is None:
        made = await insert_session(tx, channel.owner_id, SessionCreate(title=message.profile_name))
        await contacts.insert_contact(tx, channel.id, message.wa_id, made.id, message.profile_name)
        return made.id
    if message.profile_name is not None and message.profile_name != contact.profile_name:
        await contacts.rename_contact(tx, contact.id, message.profile_name)
    if session.status == "closed":
        await publish_session(tx, await update_session(tx, session.id, {"status": "active"}))
    return session.id


async def receive_status(tx: Transaction, channel: Sealed, change: StatusChange) -> None:
    """Move a message's delivery status forward; one that is not ours, or further already, is left.

    Raises Unavailable while a message to that contact is under way: this may be the one, not noted yet.
    """
    message_id = await contacts.lock_sent(tx, channel.id, change.provider_message_id)
    if message_id is None:
        if change.wa_id is not None and await contacts.is_sending(tx, channel.id, change.wa_id):
            raise Unavailable("The message is being sent.")
        return
    message = await advance_status(tx, message_id, change.status)
    if message is None:
        return
    if change.status == "failed":
        changed = await queries.mark_failure(
            tx, channel.id, change.error or "", state=queries.after_refusal(token=False)
        )
        await note_change(tx, channel.id, changed, actor=ACTOR)
    await publish_change(tx, message)
