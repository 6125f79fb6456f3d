"""Finds and erases what guests of the chat left."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from colonnade.kernel.db import Transaction
from colonnade.kernel.identity import visitor_subject
from colonnade.kernel.privacy import MAX_FOUND, Access, Subject
from colonnade.kernel.realtime import Emit, close_sockets, rewrite_events
from colonnade.products.radio.livechat.actions.moderation import tell_removed
from colonnade.products.radio.livechat.queries import guests
from colonnade.products.radio.livechat.rules.rooms import MODERATORS_ROOM, ROOM, guest_key
from colonnade.products.radio.livechat.schemas import MESSAGE_REVIEWED, MessageModerated, SessionEnded
from colonnade.products.radio.privacy import queries
from colonnade.products.radio.shared.actions import tell_queue
from colonnade.products.radio.songs.actions import find_named

__all__ = ["ERASED_NAME", "erase_sessions", "find_sessions"]

ERASED_NAME = "Deleted guest"


async def find_sessions(tx: Transaction, subject: Subject, access: Access) -> list[dict[str, Any]]:
    """Return somebody's chat sessions with what they wrote."""
    ids = await _session_ids(tx, subject, access)
    return await guests.list_left(tx, ids[: MAX_FOUND + 1])


async def erase_sessions(tx: Transaction, subject: Subject, access: Access) -> int:
    """Blank somebody's chat sessions and messages, which disappear from every open client; return their number."""
    ids = await _session_ids(tx, subject, access)
    erased, messages = await guests.erase_sessions(tx, ids, ERASED_NAME)
    for message in messages:
        # Whoever catches up later is not sent it either.
        await rewrite_events(tx, room=ROOM, having={"id": message.id}, data={"id": message.id})
    # Of those that were hidden before, nobody learns that they have been there.
    await tell_removed(tx, [each for each in messages if each.before != "hidden"], "delete")
    for each in messages:
        if each.before == "hidden":
            told = MessageModerated(each.id, "delete")
            tx.after_commit(Emit(room=MODERATORS_ROOM, event=MESSAGE_REVIEWED, data=told))
    tell_queue(tx, "chat", [each.id for each in messages], "decided")
    for session_id in ids:
        await close_sockets(tx, key=guest_key(session_id), problem=SessionEnded())
    return erased


async def _session_ids(tx: Transaction, subject: Subject, access: Access) -> list[UUID]:
    confirmed_by = visitor_subject(access.settings, subject.email) if subject.email else None
    songs = await find_named(tx, subject, access)
    return await queries.list_session_ids(tx, songs, subject.reference, confirmed_by)
