"""What an answer's end means to others: the session's clients hear of it, a human's word ends the queued one.

Used by whoever writes messages; knows nothing of writing them.
"""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.db import Transaction
from colonnade.kernel.realtime import append_event, rewrite_events
from colonnade.products.dealroom.assistant import queries
from colonnade.products.dealroom.assistant.schemas import Answer
from colonnade.products.dealroom.shared.rules.places import session_room

__all__ = ["TAKEN_OVER", "cancel_answers", "forget_answer", "publish_answer"]

TAKEN_OVER = "HUMAN_ANSWERS"


async def publish_answer(tx: Transaction, answer: Answer) -> None:
    """Tell the session's clients that an answer waits for them (`answer-held`), or how it ended."""
    event = "answer-held" if answer.state == "held" else "answer-decided"
    await append_event(tx, room=session_room(answer.session_id), event=event, data={"answer": answer})


async def cancel_answers(tx: Transaction, session_id: UUID) -> None:
    """A human answers in this session: what the assistant has not said yet, it does not say."""
    answer = await queries.cancel_queued(tx, session_id, TAKEN_OVER)
    if answer is not None:
        await publish_answer(tx, answer)


async def forget_answer(tx: Transaction, message_id: int) -> None:
    """Remove what was said in a message that is taken back from the answer behind it, and from the room's log."""
    answer = await queries.forget_draft(tx, message_id)
    if answer is not None:
        room = session_room(answer.session_id)
        said = {"answer": {"id": answer.id}}
        await rewrite_events(tx, room=room, having=said, data={"answer": answer})
