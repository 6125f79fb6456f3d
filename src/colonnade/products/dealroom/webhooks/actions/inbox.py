"""Puts one item of a delivery into the record, in the caller's transaction: each once, in order per contact.

Only a turn wakes the assistant. A person's session is created by their first message, and a closed one opened again.

Out of scope: an item that cannot be stored, and what then becomes of those behind it (`actions.deliveries`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from colonnade.kernel.core import Unavailable, now
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.assistant.actions import publish_overtaken
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.channels.queries import contacts
from colonnade.products.dealroom.channels.queries.channels import Sealed
from colonnade.products.dealroom.channels.rules.faults import MARKETING_STOPPED
from colonnade.products.dealroom.contacts.actions.resolving import (
    bind_person,
    change_identity,
    is_in_session,
    lock_person,
    note_preference,
    resolve_contact,
)
from colonnade.products.dealroom.contacts.schemas import ContactBinding, Person, Resolved
from colonnade.products.dealroom.conversation.actions import (
    edit_told,
    erase_message,
    note_former,
    write_message,
)
from colonnade.products.dealroom.messages.actions import post_message
from colonnade.products.dealroom.messages.schemas import SILENT_KINDS, Draft, Message, MessageStatus, Sender
from colonnade.products.dealroom.sending.actions import statuses
from colonnade.products.dealroom.sending.actions.statuses import ReceivedStatus
from colonnade.products.dealroom.sending.queries.statuses import Told
from colonnade.products.dealroom.sessions.actions import publish_session
from colonnade.products.dealroom.sessions.queries import insert_session, lock_session, update_session
from colonnade.products.dealroom.sessions.schemas import SessionCreate, SessionNotFound, Title
from colonnade.products.dealroom.webhooks.actions.accounts import change_account
from colonnade.products.dealroom.webhooks.queries import items, told
from colonnade.products.dealroom.webhooks.queries.items import SealedItem
from colonnade.products.dealroom.webhooks.queries.statuses import insert_status
from colonnade.products.dealroom.webhooks.rules.accounts import AccountChange, TemplateChange
from colonnade.products.dealroom.webhooks.rules.reading import (
    Change,
    ChangedIdentity,
    Preference,
    Read,
    Said,
    StatusChange,
)
from colonnade.products.dealroom.webhooks.schemas import FETCH_MEDIA, FetchMedia

__all__ = ["ACTOR", "receive_item"]

ACTOR = "webhook:whatsapp"
_MOVING: Mapping[str, MessageStatus] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}
"""The statuses that a message of ours has; what else the provider says of it is only kept."""
_ECHOED = "message_echoes."


async def receive_item(
    tx: Transaction, settings: AssistantSettings, channel: Sealed, item: SealedItem, read: Read
) -> bool:
    """Keep an item, and do what it says; return whether a customer has said something.

    An item that was received before changes nothing. Raise Unavailable for an echo while a message is being sent.
    """
    if not await items.insert_item(tx, item):
        return False
    _, said = read
    if isinstance(said, Said):
        return await _receive_said(tx, settings, channel, item, said)
    if isinstance(said, Change):
        return await _receive_change(tx, settings, channel, item, said)
    if isinstance(said, ChangedIdentity):
        return await _receive_identity(tx, settings, channel, item, said)
    if isinstance(said, StatusChange):
        await _receive_status(tx, channel, said, item.provider_time)
    if isinstance(said, Preference):
        await lock_person(tx, channel.owner_id, said.person)
        await note_preference(
            tx, channel.owner_id, said.person, stopped=said.stopped, at=item.provider_time or now()
        )
    if isinstance(said, AccountChange | TemplateChange):
        await change_account(tx, channel, said, item.provider_time, actor=ACTOR)
    return False


async def _receive_said(
    tx: Transaction, settings: AssistantSettings, channel: Sealed, item: SealedItem, said: Said
) -> bool:
    person = said.person
    await lock_person(tx, channel.owner_id, person)
    repeated, revoked = await told.find_told(tx, channel.id, said.provider_message_id)
    if repeated:
        return False
    if item.kind.startswith(_ECHOED) and await contacts.is_sending(
        tx, channel.id, person.wa_id, person.user_id
    ):
        raise Unavailable("A message is being sent: this may be the one.")
    wrote = not said.ours and not said.by_system
    resolved = await resolve_contact(tx, channel.owner_id, channel.id, person, wrote=wrote)
    session_id = await _open_session(tx, channel, person, resolved)
    if wrote:
        await contacts.open_window(tx, session_id, item.provider_time)
    message = await _post(tx, settings, channel, item, session_id, said, resolved.binding)
    changes = await told.list_changes(tx, session_id, said.provider_message_id, ours=said.ours)
    if revoked and any(verb == "revoke" for verb, _ in changes):
        await erase_message(tx, channel.owner_id, message, by=ACTOR)
        return wrote
    edits = [content for verb, content in changes if verb == "edit"]
    if edits and edits[-1] != message.content:
        await edit_told(tx, channel.owner_id, message, edits[-1], by=ACTOR)
    return wrote


async def _post(
    tx: Transaction,
    settings: AssistantSettings,
    channel: Sealed,
    item: SealedItem,
    session_id: UUID,
    said: Said,
    contact: ContactBinding | None,
) -> Message:
    """Write what was said into a session, and have its file fetched."""
    reply_to_id = None
    if said.reply_to is not None:
        reply_to_id = await contacts.find_message_id(tx, channel.id, session_id, said.reply_to)
    draft = _drafted(channel, session_id, said, contact, item.provider_time, reply_to_id)
    answers = said.ours and said.shown_kind not in SILENT_KINDS
    if item.outcome == "turn" or answers:
        posted = await write_message(tx, settings, channel.owner_id, draft)
    else:
        posted = await post_message(tx, channel.owner_id, draft, lease=settings.human_lease)
        await publish_overtaken(tx, channel.owner_id, posted)
    if said.file is not None:
        file = said.file
        await tx.enqueue(
            FETCH_MEDIA,
            FetchMedia(posted.message.id, channel.id, file.media_id, file.name, file.kind, channel.owner_id),
        )
    return posted.message


def _drafted(
    channel: Sealed,
    session_id: UUID,
    said: Said,
    contact: ContactBinding | None,
    written_at: datetime | None,
    reply_to_id: int | None,
) -> Draft:
    sender: Sender = "human" if said.ours else "system" if said.by_system else "customer"
    theirs = sender == "customer"
    person = said.person
    name = person.name or (contact.profile_name if contact else None) or person.username
    return Draft(
        session_id=session_id,
        sender=sender,
        type=said.type,
        content=said.content,
        sender_name=name if theirs else None,
        phone=f"+{person.wa_id}" if theirs and person.wa_id else None,
        phone_typed=person.wa_id if theirs else None,
        reply_to_id=reply_to_id,
        channel_id=channel.id,
        provider_message_id=said.provider_message_id,
        status="sent",
        kind=said.shown_kind,
        data=said.data,
        provider_time=written_at,
        media_state="fetching" if said.file is not None else None,
    )


async def _open_session(tx: Transaction, channel: Sealed, person: Person, resolved: Resolved) -> UUID:
    """Lock the contact's session and open it; create one if there is none (any more)."""
    binding = resolved.binding
    try:
        session = await lock_session(tx, channel.owner_id, binding.session_id) if binding else None
    except SessionNotFound:
        session = None  # deleted a moment ago, and the binding with it
    if session is None:
        title = Title.fitted(person.name or person.username)
        made = await insert_session(tx, channel.owner_id, SessionCreate(title=title))
        await bind_person(tx, channel.id, made.id, resolved, person)
        return made.id
    if session.status == "closed":
        await publish_session(tx, await update_session(tx, session.id, {"status": "active"}))
    return session.id


async def _receive_change(
    tx: Transaction, settings: AssistantSettings, channel: Sealed, item: SealedItem, change: Change
) -> bool:
    """Edit or revoke a message of the same side; note it as a message if that one is not known, or somebody else's."""
    person = change.said.person
    await lock_person(tx, channel.owner_id, person)
    message = await told.lock_told(tx, channel.id, change.original_id, ours=change.said.ours)
    if message is not None and not change.said.ours:
        theirs = await is_in_session(tx, message.session_id, person)
        message = message if theirs else None
    if message is None:
        if change.verb == "edit":  # its words go with the message that they are now
            await items.name_item(tx, item.id, change.said.provider_message_id)
        return await _receive_said(tx, settings, channel, item, change.said)
    if message.deleted_at is not None:
        return False
    if change.verb == "revoke":
        await erase_message(tx, channel.owner_id, message, by=ACTOR)
    elif change.content is not None and change.content != message.content:
        at = item.provider_time
        if at is not None and await told.is_overtaken(tx, channel.id, message, change.original_id, at):
            await note_former(tx, message, change.content, by=ACTOR)
            return False
        await edit_told(tx, channel.owner_id, message, change.content, by=ACTOR)
    return not change.said.ours


async def _receive_identity(
    tx: Transaction,
    settings: AssistantSettings,
    channel: Sealed,
    item: SealedItem,
    changed: ChangedIdentity,
) -> bool:
    """Give a contact their new number or id, and note it in their session, unless that is closed."""
    before, after = changed.before, changed.after
    await lock_person(tx, channel.owner_id, before, after)
    repeated, _ = await told.find_told(tx, channel.id, changed.said.provider_message_id)
    if repeated:
        return False
    resolved = await change_identity(tx, channel.owner_id, channel.id, before, after)
    contact = resolved.binding if resolved else None
    if contact is None:
        return False
    session = await lock_session(tx, channel.owner_id, contact.session_id)
    if session.status != "closed":
        await _post(tx, settings, channel, item, session.id, changed.said, contact)
    return False


async def _receive_status(
    tx: Transaction, channel: Sealed, change: StatusChange, at: datetime | None
) -> None:
    """Keep what the provider says of a message of ours, and move its delivery status forward.

    A status of a message that is not ours is only kept as an item. A failure may tell of the customer's wish.
    """
    person = change.person
    if change.status == "failed" and str(change.error_code) == MARKETING_STOPPED:
        await lock_person(tx, channel.owner_id, person)
        await note_preference(tx, channel.owner_id, person, stopped=True, at=at or now())
    words = Told(change.status, at, change.pricing, change.conversation, change.errors)
    received = ReceivedStatus(
        change.provider_message_id,
        _MOVING.get(change.status),
        words,
        wa_id=person.wa_id,
        user_id=person.user_id,
        callback_data=change.callback_data,
        error_code=change.error_code,
        error_reason=change.error,
    )
    found = await statuses.lock_message(tx, channel.id, received)
    if found is None:
        return
    await insert_status(tx, found.message_id, words)
    await statuses.move_status(tx, channel.id, found, received, actor=ACTOR)
