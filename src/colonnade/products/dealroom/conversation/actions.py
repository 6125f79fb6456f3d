"""Writes and deletes messages: a flow over the slices messages and assistant.

A customer's message plans an answer, a human's cancels the planned one, and deleting a message erases its text from its
answer, all in the caller's transaction. The slice messages knows nothing of answers; the assistant, which posts its own
messages, knows nothing of this flow; the entries of people's messages (the API, the channels) use it.

Out of scope: sending to a channel's contact, which follows every stored message (`messages.actions`).
"""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.db import SingleStatement, Transaction
from colonnade.products.dealroom.assistant.actions import cancel_answers, erase_answer, plan_answer
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.messages.actions import (
    Posted,
    post_at_once,
    post_message,
    publish_change,
    take_back_message,
)
from colonnade.products.dealroom.messages.schemas import Draft, Message

__all__ = ["delete_message", "write_at_once", "write_message"]


async def write_message(tx: Transaction, settings: AssistantSettings, owner_id: int, draft: Draft) -> Posted:
    """Post a message (see `post_message`); a customer's plans an answer, a human's cancels the planned one."""
    posted = await post_message(tx, owner_id, draft, lease=settings.human_lease)
    if settings.assistant == "off" or posted.repeated:
        return posted
    if posted.answerable:
        await plan_answer(tx, posted.message)
    elif draft.sender == "human":
        await cancel_answers(tx, draft.session_id)
    return posted


async def write_at_once(
    tx: SingleStatement, settings: AssistantSettings, owner_id: int, draft: Draft
) -> Posted | None:
    """Do what `write_message` does in one statement; return None, and write nothing, where that takes more.

    Most messages of people need no more while the assistant is off.
    """
    if settings.assistant != "off" and draft.sender in ("customer", "human"):
        return None
    return await post_at_once(tx, owner_id, draft, lease=settings.human_lease)


async def delete_message(
    tx: Transaction, caller: Principal, message_id: int, *, expected: int | None
) -> Message:
    """Delete a message: its number stays, its content is erased, from its answer and the room's log too.

    Raise MessageNotFound, MessageTaken, PreconditionFailed.
    """
    message = await take_back_message(tx, caller, message_id, expected=expected)
    await erase_answer(tx, message.id)
    await publish_change(tx, message)
    return message
