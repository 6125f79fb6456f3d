"""What the product holds about a user, for exports and deletions. Foreign keys take the rows along."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.db import Executor, Transaction
from colonnade.kernel.exports import PersonalData
from colonnade.kernel.realtime import erase_room
from colonnade.kernel.storage import RemoveFiles, delete_files, remove_files
from colonnade.products.dealroom.sessions.queries import list_file_keys
from colonnade.products.dealroom.shared.rules.places import session_room

__all__ = ["CHAT_DATA"]

_SESSIONS = """
SELECT id, title, type, status, labels, last_seq, created_at FROM chat_sessions WHERE owner_id = $1
ORDER BY created_at, id
"""
_MESSAGES = """
SELECT m.session_id, m.seq, m.sender, m.sender_name, m.phone, m.type, m.content, m.media_url, m.created_at, m.deleted_at
FROM messages m JOIN chat_sessions s ON s.id = m.session_id WHERE s.owner_id = $1 ORDER BY m.session_id, m.seq
"""
_ANSWERS = """
SELECT a.session_id, a.up_to_seq, a.state, a.draft, a.reasons, a.sources, a.model, a.message_id, a.created_at,
    a.decided_at
FROM answers a JOIN chat_sessions s ON s.id = a.session_id WHERE s.owner_id = $1 ORDER BY a.id
"""


async def _collect_profile(db: Executor, account_id: int) -> dict[str, Any]:
    row = await db.fetch_row(
        "SELECT username, phone, phone_typed FROM profiles WHERE account_id = $1", account_id
    )
    return dict(row) if row else {}


async def _collect_sessions(db: Executor, account_id: int) -> list[dict[str, Any]]:
    return [dict(row) for row in await db.fetch(_SESSIONS, account_id)]


async def _collect_messages(db: Executor, account_id: int) -> list[dict[str, Any]]:
    return [dict(row) for row in await db.fetch(_MESSAGES, account_id)]


async def _collect_answers(db: Executor, account_id: int) -> list[dict[str, Any]]:
    return [dict(row) for row in await db.fetch(_ANSWERS, account_id)]


async def _erase_sessions(tx: Transaction, account_id: int) -> None:
    """What foreign keys do not reach: stored files and the rooms' logs."""
    for row in await tx.fetch("SELECT id FROM chat_sessions WHERE owner_id = $1 ORDER BY id", account_id):
        keys = await delete_files(tx, await list_file_keys(tx, row["id"]))
        if keys:
            await tx.enqueue(remove_files, RemoveFiles(tuple(keys)))
        await erase_room(tx, room=session_room(row["id"]))


CHAT_DATA = (
    PersonalData("profile", _collect_profile),
    PersonalData("sessions_of_chat", _collect_sessions, _erase_sessions),
    PersonalData("messages", _collect_messages),
    PersonalData("answers", _collect_answers),
)
