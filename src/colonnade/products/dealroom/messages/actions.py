"""Stores, edits and deletes messages, and moves their delivery status.

Out of scope: what follows for the assistant's answers; the slice conversation writes and deletes people's messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from msgspec import Struct

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalid, PayloadTooLarge, check_version
from colonnade.kernel.db import (
    NOW,
    IntegrityConstraintViolationError,
    SingleStatement,
    Transaction,
    erase_kept,
)
from colonnade.kernel.images import MAX_IMAGE_BYTES, Images, sniff
from colonnade.kernel.realtime import announce, append_each, append_event, rewrite_events
from colonnade.kernel.storage import delete_files, keep_file
from colonnade.products.dealroom.messages import queries
from colonnade.products.dealroom.messages.queries import inserting, revising
from colonnade.products.dealroom.messages.queries.revisions import list_former_contents
from colonnade.products.dealroom.messages.rules.drafts import title_of
from colonnade.products.dealroom.messages.rules.media import (
    MAX_MEDIA_BYTES,
    PreparedMedia,
    recognise_media,
)
from colonnade.products.dealroom.messages.rules.outbound import SENT_PICTURES, check_outgoing
from colonnade.products.dealroom.messages.schemas import (
    MESSAGE_CREATED,
    MESSAGE_UPDATED,
    SEND_PENDING,
    ContentRefused,
    Draft,
    Message,
    MessageChange,
    MessageDelivered,
    MessageOfCustomer,
    MessageOfTemplate,
    MessageReused,
    MessageStatus,
    MessageTaken,
    SendPending,
    StatusBackwards,
    StatusOfChannel,
)
from colonnade.products.dealroom.sessions.actions import forget_title, note_change, publish_session
from colonnade.products.dealroom.sessions.queries import fetch_session
from colonnade.products.dealroom.sessions.schemas import SessionClosed
from colonnade.products.dealroom.shared.rules.places import session_room

__all__ = [
    "Posted",
    "advance_status",
    "edit_message",
    "enqueue_sending",
    "erase_locked",
    "post_at_once",
    "post_message",
    "prepare_media",
    "publish_change",
    "publish_changes",
    "take_back_message",
]

HUMAN_LEASE = timedelta(minutes=30)
"""How long the assistant pauses after a human has written, by default."""

_SENT = ("sent", "delivered", "read", "unknown")
"""The customer has what such a message said, or may have it."""


class Posted(Struct, frozen=True):
    """A message, and whether it existed already: a repeated request writes nothing.

    `answerable` means that a customer wrote it into an active session that no human handles, `overtakes` that a held
    answer to an earlier message may wait for a decision no more.
    """

    message: Message
    repeated: bool
    answerable: bool = False
    overtakes: bool = False


async def post_message(
    tx: Transaction,
    owner_id: int,
    draft: Draft,
    *,
    lease: timedelta = HUMAN_LEASE,
    unarchive: bool = True,
) -> Posted:
    """Store a message under the session's next number and send it to the owner's clients.

    A human's message pauses the assistant for the `lease`, a customer's brings an archived session back (`unarchive`).
    One of ours in a session with a channel's contact is sent to them after the commit. The answer to it is planned by
    `conversation.actions.write_message`. A repeated client's or provider's id returns the message that was written
    first (idempotent). Raise SessionNotFound, SessionClosed, MessageReused, UploadExpired, ContentRefused for what the
    provider does not take, and Invalid for a reply to a message that is not in the session.
    """
    await inserting.lock_numbers(tx, owner_id, draft.session_id)
    inserted = await inserting.insert_message(
        tx, owner_id, draft, title=title_of(draft.content), lease=lease, unarchive=unarchive
    )
    if inserted is None:
        return await _explain(tx, owner_id, draft)
    if draft.media is not None:
        await keep_file(tx, draft.media.key)
    if inserted.returned:
        await publish_session(tx, await fetch_session(tx, owner_id, draft.session_id))
    if inserted.contact_id is not None:
        check_outgoing(draft.type, draft.content)
        await enqueue_sending(tx, inserted.contact_id, owner_id)
    return _announce(tx, owner_id, inserted)


async def post_at_once(
    tx: SingleStatement,
    owner_id: int,
    draft: Draft,
    *,
    lease: timedelta = HUMAN_LEASE,
    unarchive: bool = True,
) -> Posted | None:
    """Do what `post_message` does in one statement; return None, and write nothing, where that takes more.

    That is one with a file, in a session that is a channel's contact's, without a title, archived or with a held
    answer, and one that is refused or was written before.
    """
    if draft.media is not None:
        return None
    try:
        inserted = await inserting.insert_message(
            tx, owner_id, draft, title=title_of(draft.content), lease=lease, at_once=True, unarchive=unarchive
        )
    except IntegrityConstraintViolationError:  # written meanwhile, by a repetition of the same request
        return None
    return _announce(tx, owner_id, inserted) if inserted is not None else None


def _announce(tx: Transaction | SingleStatement, owner_id: int, inserted: inserting.Inserted) -> Posted:
    message = inserted.message
    room = session_room(message.session_id)
    announce(tx, room=room, event=MESSAGE_CREATED, seq=inserted.room_seq, data=MessageChange(message))
    note_change(tx, owner_id, message.session_id)
    answerable = message.sender == "customer" and inserted.active and not inserted.human
    return Posted(message, repeated=False, answerable=answerable, overtakes=inserted.holds)


async def _explain(tx: Transaction, owner_id: int, draft: Draft) -> Posted:
    """Return the message with the same id, or raise the reason why nothing was written."""
    status = await inserting.find_session_state(tx, owner_id, draft.session_id)
    repeated = await inserting.find_repeated(tx, draft)
    if repeated is not None:
        message, fingerprint = repeated
        if message.deleted_at is None and fingerprint != draft.fingerprint:
            raise MessageReused
        return Posted(message, repeated=True)
    if status == "closed":
        raise SessionClosed
    raise Invalid(fields={"replyToId": "Reply to id must be a message of this session"})


async def edit_message(
    tx: Transaction, caller: Principal, message_id: int, content: str, *, expected: int | None
) -> Message:
    """Replace a message's text.

    Raise MessageNotFound, MessageTaken, PreconditionFailed, Invalid, MessageOfCustomer, MessageDelivered,
    MessageOfTemplate, ContentRefused for a blank one and a caption that is too long to be sent.
    """
    before = await _lock_for_change(tx, caller, message_id, expected)
    if content == before.content:
        return before
    if before.sender == "customer":
        raise MessageOfCustomer
    if before.status in _SENT or (before.status == "pending" and await revising.is_being_sent(tx, before)):
        raise MessageDelivered
    if await revising.is_of_template(tx, message_id):
        raise MessageOfTemplate
    if not content.strip():
        raise ContentRefused(fields={"content": "Content is required"})
    if before.status != "recorded":
        check_outgoing(before.type, content)
    values = {"content": content, "edited_at": NOW}
    message = await revising.revise_message(tx, message_id, values, kind="edited", by=caller)
    assert message is not None, "it is locked"
    await publish_change(tx, message)
    return message


async def take_back_message(
    tx: Transaction, caller: Principal, message_id: int, *, expected: int | None
) -> Message:
    """Replace a message by a tombstone: its number stays, its content and file are erased, from the room's log too.

    So is the session's title, if it was made of these words, and the answer that is kept for a repeat of the request.

    The caller publishes the change. Raise MessageNotFound, MessageTaken, PreconditionFailed.
    """
    return await erase_locked(tx, await _lock_for_change(tx, caller, message_id, expected), by=caller)


async def erase_locked(tx: Transaction, before: Message, *, by: Principal | str) -> Message:
    """Do what `take_back_message` does to a message that is locked, and not deleted yet; `by` says who does it."""
    key = await queries.find_file_key(tx, before.id)
    said = {title_of(content) for content in (before.content, *await list_former_contents(tx, before.id))}
    message = await revising.erase_message(tx, before, by=by)
    assert message is not None, "it is locked"
    if key is not None:
        await delete_files(tx, [key])
    room = session_room(message.session_id)
    await rewrite_events(tx, room=room, having={"message": {"id": message.id}}, data=MessageChange(message))
    await erase_kept(
        tx,
        await queries.find_owner(tx, message.id),
        [f'"id":{message.id},"sessionId":"{message.session_id}"', f'"messageId":{message.id},'],
    )
    await forget_title(tx, message.session_id, [title for title in said if title is not None])
    return message


async def _lock_for_change(
    tx: Transaction, caller: Principal, message_id: int, expected: int | None
) -> Message:
    before = await queries.lock_message(tx, caller.id, message_id)
    if before.deleted_at is not None:
        raise MessageTaken
    check_version(expected, before.version)
    return before


async def advance_status(
    tx: Transaction, caller: Principal, message_id: int, status: MessageStatus
) -> Message:
    """Move a delivery status forward; idempotent.

    Of what a channel sends the provider speaks: people give up what waits, and say what became of an `unknown` one.
    Raise MessageNotFound, StatusBackwards, StatusOfChannel, and MessageOfCustomer for one that a channel took in.
    """
    before = await queries.lock_message(tx, caller.id, message_id)
    if before.sender == "customer" and before.provider_message_id is not None:
        raise MessageOfCustomer
    if before.status == status:
        return before
    is_ours_to_say = before.status == "unknown" or (before.status, status) == ("pending", "failed")
    if not is_ours_to_say and await queries.is_of_channel(tx, message_id):
        raise StatusOfChannel(details={"status": before.status})
    message = await revising.advance_status(tx, message_id, status, by=caller)
    if message is None:
        raise StatusBackwards(details={"status": before.status})
    await publish_change(tx, message)
    return message


async def publish_change(tx: Transaction, message: Message) -> None:
    """Send the current message to the session's clients."""
    await append_event(
        tx, room=session_room(message.session_id), event=MESSAGE_UPDATED, data=MessageChange(message)
    )


async def publish_changes(tx: Transaction, messages: Sequence[Message]) -> None:
    """Do what `publish_change` does for messages of different sessions, in one statement."""
    changes = {session_room(message.session_id): MessageChange(message) for message in messages}
    await append_each(tx, event=MESSAGE_UPDATED, data=changes)


async def enqueue_sending(
    tx: Transaction, contact_id: int, owner_id: int | None, *, delay: timedelta | None = None
) -> None:
    """Send the contact's pending messages after the commit; of an owner who has many to send, behind others'."""
    await tx.enqueue(SEND_PENDING, SendPending(contact_id, uuid4(), owner_id), delay=delay)


async def prepare_media(
    images: Images, data: bytes, name: str, *, owner: int | str, sent: bool = False
) -> PreparedMedia:
    """Return the file that `owner` sends as it may be stored; a picture is re-encoded. Call it outside a transaction.

    `sent`: it goes to a channel's contact, as a picture in a format that the provider takes.
    Raise MediaUnsupported, ContentRefused, PayloadTooLarge and the errors of `Images.prepare`.
    """
    if not data:
        raise ContentRefused(fields={"file": "File is empty"})
    if len(data) > MAX_MEDIA_BYTES:
        raise PayloadTooLarge("A file must be at most 16 MiB.")
    if sniff(data) is None:
        return recognise_media(data, name)
    if len(data) > MAX_IMAGE_BYTES:
        raise PayloadTooLarge("A picture must be at most 5 MiB.")
    image = await images.prepare(data, owner=owner, formats=SENT_PICTURES if sent else None)
    return PreparedMedia(image.data, "image", image.mimetype, image.extension)
