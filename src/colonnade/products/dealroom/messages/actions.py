"""Writing messages, editing them, taking them back, and moving their delivery status."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import msgspec
from msgspec import Struct

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalid, PreconditionFailed
from colonnade.kernel.db import Transaction
from colonnade.kernel.realtime import append_event, rewrite_events
from colonnade.kernel.storage import RemoveFiles, delete_files, keep_file, remove_files
from colonnade.products.dealroom.assistant.publishing import forget_answer
from colonnade.products.dealroom.channels.outbox import enqueue_sending
from colonnade.products.dealroom.messages import queries
from colonnade.products.dealroom.messages.events import publish_change
from colonnade.products.dealroom.messages.schemas import (
    ContentRefused,
    Draft,
    Message,
    MessageCreate,
    MessageReused,
    MessageStatus,
    MessageTaken,
    MessageType,
    StatusBackwards,
    StoredMedia,
)
from colonnade.products.dealroom.sessions.schemas import SessionClosed
from colonnade.products.dealroom.shared.rules.phones import parse_phone
from colonnade.products.dealroom.shared.rules.places import session_room
from colonnade.products.dealroom.shared.rules.urls import check_web_url

__all__ = [
    "Posted",
    "advance_status",
    "delete_message",
    "draft_message",
    "draft_upload",
    "edit_message",
    "post_message",
    "publish_change",
]

HUMAN_LEASE = timedelta(minutes=30)
"""How long the assistant keeps quiet after a human has written, where the settings are not at hand."""

TITLE_CHARACTERS = 60
_KINDS: dict[str, MessageType] = {
    "jpg": "image", "jpeg": "image", "png": "image", "gif": "image", "webp": "image",
    "mp4": "video", "3gp": "video", "mov": "video", "webm": "video",
    "mp3": "audio", "ogg": "audio", "oga": "audio", "opus": "audio", "m4a": "audio", "aac": "audio", "amr": "audio",
}  # fmt: skip


class Posted(Struct, frozen=True):
    """A message, and whether it was there already: a repeated request writes nothing.

    `answerable`: a customer wrote it into an active session that no human handles.
    """

    message: Message
    repeated: bool
    answerable: bool = False


def draft_message(data: MessageCreate) -> Draft:
    """What a client wants to write; raises Invalid."""
    kind = data.type or ("text" if data.media_url is None else _kind_of(data.media_url))
    if data.media_url is None and kind != "text":
        raise ContentRefused(fields={"mediaUrl": "Media url is required for this type of message"})
    if data.media_url is not None and kind == "text":
        raise ContentRefused(fields={"type": "Type must say what kind of media this is"})
    if data.media_url is not None:
        check_web_url(data.media_url, field="mediaUrl")
    elif data.content is None or not data.content.strip():
        raise ContentRefused(fields={"content": "Content is required"})
    phone = parse_phone(data.phone_number) if data.phone_number is not None else None
    return Draft(
        session_id=data.session_id,
        sender=data.sender,
        type=kind,
        content=data.content,
        sender_name=data.sender_name,
        phone=phone.number if phone else None,
        phone_typed=phone.typed if phone else None,
        media_url=data.media_url,
        reply_to_id=data.reply_to_id,
        client_message_id=data.client_message_id,
        fingerprint=_fingerprint(data) if data.client_message_id is not None else None,
    )


def draft_upload(data: MessageCreate, media: StoredMedia, digest: bytes) -> Draft:
    """A message with an uploaded file, whose bytes have the SHA-256 `digest`; raises Invalid."""
    phone = parse_phone(data.phone_number) if data.phone_number is not None else None
    return Draft(
        session_id=data.session_id,
        sender=data.sender,
        type=media.type,
        content=data.content,
        sender_name=data.sender_name,
        phone=phone.number if phone else None,
        phone_typed=phone.typed if phone else None,
        media=media,
        reply_to_id=data.reply_to_id,
        client_message_id=data.client_message_id,
        fingerprint=_fingerprint(data, digest) if data.client_message_id is not None else None,
    )


def _kind_of(url: str) -> MessageType:
    return _KINDS.get(url.partition("?")[0].rpartition(".")[2].lower(), "document")


def _fingerprint(data: MessageCreate, digest: bytes = b"") -> bytes:
    return hashlib.sha256(msgspec.json.encode(data) + digest).digest()


def _title(draft: Draft) -> str | None:
    """A session's title from its first message: its first line, cut at a word."""
    line = " ".join((draft.content or "").split("\n", 1)[0].split())
    if len(line) <= TITLE_CHARACTERS:
        return line or None
    cut = line[: TITLE_CHARACTERS - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + "…"


async def post_message(
    tx: Transaction, owner_id: int, draft: Draft, *, lease: timedelta = HUMAN_LEASE
) -> Posted:
    """Store a message under the session's next number and bring it to the owner's clients.

    A human's message keeps the assistant quiet for the `lease`; `assistant.planning.write_message` plans its answers.
    A repeated client's or provider's id gives the message that was written first. Raises SessionNotFound,
    SessionClosed, MessageReused, UploadExpired, and Invalid for a reply to what is not in the session.
    """
    if draft.client_message_id is not None or draft.provider_message_id is not None:
        await queries.lock_numbers(tx, owner_id, draft.session_id)
    row = await queries.insert_message(tx, owner_id, draft, title=_title(draft), lease=lease)
    if row is None:
        return await _explain(tx, owner_id, draft)
    if draft.media is not None:
        await keep_file(tx, draft.media.key)
    message = queries.message_of(row)
    await append_event(
        tx, room=session_room(message.session_id), event="message-created", data={"message": message}
    )
    if row["contact_id"] is not None:
        await enqueue_sending(tx, row["contact_id"])
    answerable = draft.sender == "customer" and row["session_status"] == "active" and not row["human"]
    return Posted(message, repeated=False, answerable=answerable)


async def _explain(tx: Transaction, owner_id: int, draft: Draft) -> Posted:
    """Why nothing was written."""
    status = await queries.find_session_state(tx, owner_id, draft.session_id)
    repeated = await queries.find_repeated(tx, draft)
    if repeated is not None:
        message, fingerprint = repeated
        if fingerprint != draft.fingerprint:
            raise MessageReused
        return Posted(message, repeated=True)
    if status == "closed":
        raise SessionClosed
    raise Invalid(fields={"replyToId": "Reply to id must be a message of this session"})


async def edit_message(
    tx: Transaction, caller: Principal, message_id: int, content: str, *, expected: int | None
) -> Message:
    """Write another text; raises MessageNotFound, MessageTaken, PreconditionFailed, Invalid."""
    await _lock_for_change(tx, caller, message_id, expected)
    if not content.strip():
        raise ContentRefused(fields={"content": "Content is required"})
    message = await queries.edit_message(tx, message_id, content)
    await publish_change(tx, message)
    return message


async def delete_message(
    tx: Transaction, caller: Principal, message_id: int, *, expected: int | None
) -> Message:
    """Take a message back: its number stays, its content goes, from the room's log too.

    Raises MessageNotFound, MessageTaken, PreconditionFailed.
    """
    await _lock_for_change(tx, caller, message_id, expected)
    message, key = await queries.take_back(tx, message_id)
    if key is not None:
        await tx.enqueue(remove_files, RemoveFiles(tuple(await delete_files(tx, [key]))))
    room = session_room(message.session_id)
    said = {"message": message}
    await rewrite_events(tx, room=room, having={"message": {"id": message.id}}, data=said)
    await forget_answer(tx, message.id)
    await publish_change(tx, message)
    return message


async def _lock_for_change(
    tx: Transaction, caller: Principal, message_id: int, expected: int | None
) -> Message:
    before = await queries.lock_message(tx, caller.id, message_id)
    if before.deleted_at is not None:
        raise MessageTaken
    if expected is not None and expected != before.version:
        raise PreconditionFailed
    return before


async def advance_status(
    tx: Transaction, caller: Principal, message_id: int, status: MessageStatus
) -> Message:
    """Move a delivery status forward; the one it has already changes nothing.

    Raises MessageNotFound, StatusBackwards.
    """
    before = await queries.lock_message(tx, caller.id, message_id)
    if before.status == status:
        return before
    message = await queries.advance_status(tx, message_id, status)
    if message is None:
        raise StatusBackwards(details={"status": before.status})
    await publish_change(tx, message)
    return message
