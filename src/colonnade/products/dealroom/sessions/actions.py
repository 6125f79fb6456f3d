"""Creates, changes and deletes chat sessions, and marks them as read."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.core import changed_fields, check_version, given_fields
from colonnade.kernel.db import SingleStatement, Transaction, erase_kept
from colonnade.kernel.realtime import Emit, append_event, erase_room, rewrite_events
from colonnade.kernel.search import forget_owner
from colonnade.kernel.storage import delete_files
from colonnade.kernel.trash import forget_trash
from colonnade.products.dealroom.sessions import queries
from colonnade.products.dealroom.sessions.schemas import (
    INBOX_CHANGED,
    SESSION_DELETED,
    SESSION_READ,
    SESSION_UPDATED,
    SHOW_ACTIVITY,
    ChatSession,
    InboxChange,
    OtherOwner,
    SessionChange,
    SessionCreate,
    SessionDeleted,
    SessionRead,
    SessionUpdate,
    ShowActivity,
)
from colonnade.products.dealroom.shared.rules.places import inbox_room, session_room

__all__ = [
    "create_session",
    "delete_session",
    "erase_sessions",
    "forget_title",
    "mark_read",
    "note_change",
    "publish_session",
    "show_activity",
    "update_session",
]


def note_change(tx: Transaction | SingleStatement, owner_id: int, session_id: UUID) -> None:
    """Tell the owner's inbox, after the commit, that it is to look at a session again."""
    tx.after_commit(Emit(room=inbox_room(owner_id), event=INBOX_CHANGED, data=InboxChange(session_id)))


async def publish_session(tx: Transaction, session: ChatSession) -> None:
    """Send the current session to its clients."""
    await append_event(tx, room=session_room(session.id), event=SESSION_UPDATED, data=SessionChange(session))
    note_change(tx, session.user_id, session.id)


async def create_session(tx: Transaction, caller: Principal, data: SessionCreate) -> ChatSession:
    """Create a session of the caller. Raise OtherOwner if the data name another user."""
    if data.user_id is not None and data.user_id != caller.id:
        raise OtherOwner
    session = await queries.insert_session(tx, caller.id, data)
    note_change(tx, caller.id, session.id)
    return session


async def update_session(
    tx: Transaction, caller: Principal, session_id: UUID, data: SessionUpdate, *, expected: int | None
) -> ChatSession:
    """Change the given fields. Raise SessionNotFound, PreconditionFailed."""
    before = await queries.lock_session(tx, caller.id, session_id)
    check_version(expected, before.version)
    values = changed_fields(before, given_fields(data))
    if not values:
        return before
    session = await queries.update_session(tx, session_id, values)
    await publish_session(tx, session)
    return session


async def forget_title(tx: Transaction, session_id: UUID, titles: list[str]) -> None:
    """Remove the session's title if it is one of `titles`, words that are being erased, from the room's log too."""
    session = await queries.clear_title(tx, session_id, titles)
    if session is None:
        return
    for title in titles:
        said = {"session": {"title": title}}
        await rewrite_events(tx, room=session_room(session_id), having=said, data=SessionChange(session))
    await publish_session(tx, session)


async def mark_read(tx: Transaction, caller: Principal, session_id: UUID, seq: int) -> ChatSession:
    """Record how far the owner has read, and tell their other devices; a lower number changes nothing.

    Raise SessionNotFound.
    """
    session = await queries.mark_read(tx, caller.id, session_id, seq)
    if session is None:
        return await queries.fetch_session(tx, caller.id, session_id)
    await append_event(
        tx, room=session_room(session_id), event=SESSION_READ, data=SessionRead(session.read_seq)
    )
    note_change(tx, caller.id, session_id)
    await show_activity(tx, session_id)
    return session


async def show_activity(tx: Transaction, session_id: UUID, *, typing: bool = False) -> None:
    """Show the customer of a channel, if the session has one, what was read, or that an answer is written.

    At most one of each waits at a time.
    """
    if await queries.has_contact(tx, session_id):
        key = f"{SHOW_ACTIVITY.name}:{session_id}:{'typing' if typing else 'read'}"
        await tx.enqueue(SHOW_ACTIVITY, ShowActivity(session_id, typing), key=key)


async def delete_session(
    tx: Transaction, caller: Principal, session_id: UUID, *, expected: int | None
) -> None:
    """Delete a session with all its content, files and the room's log included.

    Raise SessionNotFound, PreconditionFailed.
    """
    before = await queries.lock_session(tx, caller.id, session_id)
    check_version(expected, before.version)
    await delete_files(tx, await queries.list_file_keys(tx, session_id))
    # Before the session: a restoration that is under way holds what is in the trash, and waits for the session.
    await forget_trash(tx, "session_id", session_id)
    await queries.delete_session(tx, session_id)
    await erase_kept(tx, caller.id, [str(session_id)])
    room = session_room(session_id)
    await erase_room(tx, room=room)
    tx.after_commit(Emit(room=room, event=SESSION_DELETED, data=SessionDeleted(session_id)))
    note_change(tx, caller.id, session_id)


async def erase_sessions(tx: Transaction, owner_id: int) -> None:
    """Delete the data that foreign keys do not reach when an account is erased: files, the rooms' logs, known words."""
    await forget_owner(tx, owner_id)
    for session_id in await queries.list_session_ids(tx, owner_id):
        await delete_files(tx, await queries.list_file_keys(tx, session_id))
        await erase_room(tx, room=session_room(session_id))
