"""Hands a session over to people, because the assistant is not to answer."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.assistant.actions import cancel_answers
from colonnade.products.dealroom.messages.actions import post_message
from colonnade.products.dealroom.messages.schemas import Draft
from colonnade.products.dealroom.sessions.actions import publish_session
from colonnade.products.dealroom.sessions.queries import set_human_lease
from colonnade.products.dealroom.sessions.schemas import ChatSession

__all__ = ["hand_over"]


async def hand_over(
    tx: Transaction, owner_id: int, session_id: UUID, *, minutes: int, note: str
) -> ChatSession:
    """Hand a session to people for some minutes, cancel the planned answer, and note why in the record.

    The note is a message of the system, which no customer gets. Raise SessionNotFound, SessionClosed.
    """
    await post_message(tx, owner_id, Draft(session_id=session_id, sender="system", type="text", content=note))
    session = await set_human_lease(tx, owner_id, session_id, minutes)
    await cancel_answers(tx, owner_id, session_id)
    await publish_session(tx, session)
    return session
