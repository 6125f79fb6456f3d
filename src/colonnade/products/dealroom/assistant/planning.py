"""Writing a message so that the assistant hears of it: its answer to a customer is planned in the same transaction.

Above messages, which know nothing of answers being planned; below whoever takes messages in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.assistant.jobs import WriteAnswer, write_answer
from colonnade.products.dealroom.assistant.publishing import cancel_answers
from colonnade.products.dealroom.assistant.queries import queue_answer
from colonnade.products.dealroom.messages.actions import Posted, post_message
from colonnade.products.dealroom.messages.schemas import Draft, Message

if TYPE_CHECKING:
    from colonnade.kernel.product import Services

__all__ = ["plan_answer", "write_message"]


async def write_message(tx: Transaction, services: Services, owner_id: int, draft: Draft) -> Posted:
    """Post a message (see `post_message`); a customer's plans an answer, a human's cancels the planned one."""
    settings = services.settings
    lease = timedelta(minutes=settings.human_lease_minutes)
    posted = await post_message(tx, owner_id, draft, lease=lease)
    if settings.assistant == "off" or posted.repeated:
        return posted
    if posted.answerable:
        await plan_answer(tx, posted.message)
    elif draft.sender == "human":
        await cancel_answers(tx, draft.session_id)
    return posted


async def plan_answer(tx: Transaction, message: Message) -> None:
    """Queue the answer to a customer's message, which is then the answer to those before it as well."""
    answer_id = await queue_answer(tx, message.session_id, message.id, message.seq)
    await tx.enqueue(write_answer, WriteAnswer(answer_id, message.id))
