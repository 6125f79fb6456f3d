"""Finds and erases what guests of the chat left."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.db import Transaction
from colonnade.kernel.privacy import MAX_FOUND, Access, Subject
from colonnade.kernel.realtime import append_events, close_sockets, rewrite_events
from colonnade.products.radio.livechat.queries import guests
from colonnade.products.radio.livechat.rules.rooms import ROOM, guest_key
from colonnade.products.radio.livechat.schemas import MESSAGE_REMOVED, MessageModerated, SessionEnded
from colonnade.products.radio.privacy import queries
from colonnade.products.radio.shared.actions import tell_queue
from colonnade.products.radio.songs.actions import find_named

__all__ = ["ERASED_NAME", "erase_sessions", "find_sessions"]

ERASED_NAME = "Deleted guest"


async def find_sessions(tx: Transaction, subject: Subject, access: Access) -> list[dict[str, Any]]:
    """Return somebody's chat sessions with what they wrote."""
    ids = await queries.list_session_ids(tx, await find_named(tx, subject), subject.reference)
    return await guests.list_left(tx, ids[: MAX_FOUND + 1])


async def erase_sessions(tx: Transaction, subject: Subject, access: Access) -> int:
    """Blank somebody's chat sessions and messages, which disappear from every open client; return their number."""
    ids = await queries.list_session_ids(tx, await find_named(tx, subject), subject.reference)
    erased, messages = await guests.erase_sessions(tx, ids, ERASED_NAME)
    for message in messages:
        shown = str(message["id"])
        # Whoever catches up later is not sent it either.
        await rewrite_events(tx, room=ROOM, having={"id": shown}, data={"id": shown})
    public = [MessageModerated(str(message["id"]), "delete") for message in messages if message["was_public"]]
    await append_events(tx, room=ROOM, event=MESSAGE_REMOVED, data=public)
    tell_queue(tx, "chat", [message["id"] for message in messages], "decided")
    for session_id in ids:
        await close_sockets(
            tx, key=guest_key(session_id), code=SessionEnded.code, message=SessionEnded.message
        )
    return erased
