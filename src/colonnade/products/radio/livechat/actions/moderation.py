"""Moderates messages, and takes the flags of listeners."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.core import NotFound, PreconditionFailed
from colonnade.kernel.db import Transaction
from colonnade.kernel.realtime import Emit, append_events
from colonnade.products.radio.livechat import queries
from colonnade.products.radio.livechat.actions import publish
from colonnade.products.radio.livechat.rules.rooms import MODERATORS_ROOM, ROOM, guest_room
from colonnade.products.radio.livechat.schemas import (
    MESSAGE_FLAGGED,
    MESSAGE_REMOVED,
    MESSAGE_REVIEWED,
    AlreadyFlagged,
    AlreadyModerated,
    ChatMessage,
    Flagged,
    MessageFlagged,
    MessageModerated,
    MessageStatus,
    Moderation,
    ModerationAction,
)
from colonnade.products.radio.livechat.schemas.blocks import Removed
from colonnade.products.radio.shared.actions import tell_queue

__all__ = ["flag_message", "moderate_message", "tell_removed"]

_RESULT: dict[ModerationAction, MessageStatus] = {
    "hide": "hidden",
    "delete": "deleted",
    "flag": "flagged",
    "approve": "visible",
}
_FROM: dict[ModerationAction, tuple[MessageStatus, ...]] = {
    "hide": ("pending", "visible", "flagged"),
    "delete": ("pending", "visible", "flagged", "hidden"),
    "flag": ("visible",),
    "approve": ("pending", "visible", "flagged", "hidden"),
}


async def moderate_message(
    tx: Transaction, caller: Principal, message_id: int, data: Moderation, *, expected: int | None
) -> ChatMessage:
    """Hide, delete, flag or approve a message: also a visible one that guests have flagged, which stays.

    Hidden and deleted messages disappear from every open client that has them (`message-moderated`); an approved one
    that was not public appears (`new-message`, with its own id: clients store messages by id). Only moderators see a
    flag. Raise NotFound, AlreadyModerated, PreconditionFailed (with `expected`).
    """
    action = data.action
    decided = await queries.moderate_message(
        tx,
        message_id,
        allowed=_FROM[action],
        status=_RESULT[action],
        account_id=caller.id,
        reason=data.reason,
        expected=expected,
    )
    if decided is None:
        message = await queries.fetch_message(tx, message_id)
        if expected is not None and message.version != expected:
            raise PreconditionFailed
        raise AlreadyModerated(details={"status": message.status})
    message, before = decided
    tell_queue(tx, "chat", [message.id], "added" if action == "flag" else "decided")
    told = MessageModerated(message.id, action)
    if action in ("hide", "delete"):
        writer = None if message.session_id is UNSET else message.session_id
        await tell_removed(tx, [Removed(message.id, writer, before)], action)
    elif action == "approve" and before in ("pending", "hidden"):
        await publish(tx, message)
    if action in ("flag", "approve"):
        tx.after_commit(Emit(room=MODERATORS_ROOM, event=MESSAGE_REVIEWED, data=told))
    return message


async def tell_removed(tx: Transaction, removed: Sequence[Removed], action: ModerationAction) -> None:
    """Let messages disappear from every open window that shows them.

    Those that waited for a decision are known to moderators and to their writers only.
    """
    public = [MessageModerated(each.id, action) for each in removed if each.before != "pending"]
    await append_events(tx, room=ROOM, event=MESSAGE_REMOVED, data=public)
    for each in removed:
        if each.before == "pending":
            told = MessageModerated(each.id, action)
            tx.after_commit(Emit(room=MODERATORS_ROOM, event=MESSAGE_REVIEWED, data=told))
            if each.session_id is not None:
                tx.after_commit(Emit(room=guest_room(each.session_id), event=MESSAGE_REVIEWED, data=told))


async def flag_message(tx: Transaction, session_id: UUID, message_id: int, reason: str | None) -> Flagged:
    """Store a guest's flag on a message for the moderators. Raise NotFound, AlreadyFlagged."""
    found, flags = await queries.flag_message(tx, message_id, session_id, reason)
    if not found:
        raise NotFound("There is no such message.")
    if flags is None:
        raise AlreadyFlagged
    flagged = Flagged(str(message_id), flags)
    told = MessageFlagged(flagged.id, flags)
    tx.after_commit(Emit(room=MODERATORS_ROOM, event=MESSAGE_FLAGGED, data=told))
    tell_queue(tx, "chat", [flagged.id], "added")
    return flagged
