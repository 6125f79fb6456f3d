"""Plans, sends and holds answers, decides on held ones, and hands a session to a human and back.

Every change takes the session's row lock first, as a new message does, so that an answer and a human's message cannot
race.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import UUID

from msgspec import UNSET, UnsetType

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalid
from colonnade.kernel.db import Transaction
from colonnade.kernel.realtime import append_event, rewrite_events
from colonnade.products.dealroom.assistant import queries
from colonnade.products.dealroom.assistant.queries.planning import queue_answer
from colonnade.products.dealroom.assistant.queries.prompts import SentPrompt, erase_prompts, save_prompt
from colonnade.products.dealroom.assistant.rules.grounding import MAX_REPLY_CHARACTERS, Judgement
from colonnade.products.dealroom.assistant.rules.loops import likeness
from colonnade.products.dealroom.assistant.rules.notes import UNANSWERED
from colonnade.products.dealroom.assistant.schemas import (
    ANSWER_DECIDED,
    ANSWER_HELD,
    WRITE_ANSWER,
    Answer,
    AnswerApproval,
    AnswerChange,
    AnswerLimits,
    AnswerNotHeld,
    AnswerOvertaken,
    Excess,
    WriteAnswer,
)
from colonnade.products.dealroom.messages.actions import Posted, post_message
from colonnade.products.dealroom.messages.schemas import Draft, Message, MessageReused
from colonnade.products.dealroom.sessions.actions import note_change, publish_session
from colonnade.products.dealroom.sessions.queries import lock_session, set_human_lease
from colonnade.products.dealroom.sessions.schemas import ChatSession
from colonnade.products.dealroom.shared.rules.languages import language_of_notes
from colonnade.products.dealroom.shared.rules.places import session_room
from colonnade.products.dealroom.storefronts.queries import fetch_rules_of
from colonnade.products.dealroom.vendors.queries import find_answering_vendor

__all__ = [
    "NO_WAIT",
    "answer_anew",
    "approve_answer",
    "cancel_answers",
    "erase_answer",
    "fail_answer",
    "find_wanted",
    "hand_back",
    "overtake_answer",
    "plan_answer",
    "publish_overtaken",
    "reject_answer",
    "settle_answer",
    "take_over",
]

MAX_DRAFT_CHARACTERS = 20_000
TAKEN_OVER = "HUMAN_ANSWERS"
ANSWERED = "ANSWERED_MEANWHILE"
NO_WAIT = timedelta(0)


async def plan_answer(
    tx: Transaction, message: Message, *, quiet: timedelta = NO_WAIT, limits: AnswerLimits | None = None
) -> Excess | None:
    """Queue the answer to a customer's message; it answers the messages before it as well.

    It waits `quiet` for the next message: of a burst only the last one's job finds its answer. Return why nothing was
    queued, if the customer has got more answers than the `limits` let through: it may be a machine.
    """
    planned = await queue_answer(
        tx,
        message.session_id,
        message.id,
        message.seq,
        quiet,
        likeness=likeness(message.content),
        limits=limits,
    )
    if planned.answer_id is not None:
        job = WriteAnswer(planned.answer_id, message.id, planned.owner_id)
        await tx.enqueue(WRITE_ANSWER, job, delay=planned.wait or None)
    return planned.excess


async def answer_anew(tx: Transaction, session_id: UUID) -> None:
    """Make the answer that is being written void, because a message was changed, and have another one written."""
    planned = await queries.plan_anew(tx, session_id)
    if planned is not None:
        await tx.enqueue(WRITE_ANSWER, WriteAnswer(*planned))


async def _publish(tx: Transaction, owner_id: int, answer: Answer) -> None:
    """Tell the session's clients that an answer is held, or has been decided on."""
    event = ANSWER_HELD if answer.state == "held" else ANSWER_DECIDED
    await append_event(tx, room=session_room(answer.session_id), event=event, data=AnswerChange(answer))
    note_change(tx, owner_id, answer.session_id)


async def cancel_answers(tx: Transaction, owner_id: int, session_id: UUID) -> None:
    """Cancel the session's planned answer, because a human answers."""
    answer = await queries.cancel_queued(tx, session_id, TAKEN_OVER)
    if answer is not None:
        await _publish(tx, owner_id, answer)


async def publish_overtaken(tx: Transaction, owner_id: int, posted: Posted) -> None:
    """Tell the session's clients which held answers a new message has overtaken."""
    if posted.overtakes:
        message = posted.message
        for answer in await queries.list_overtaken(tx, message.session_id, message.seq):
            await _publish(tx, owner_id, answer)


async def overtake_answer(tx: Transaction, owner_id: int, message: Message) -> None:
    """Let held answers to a customer's message wait no more, because that was changed or deleted."""
    for answer in await queries.overtake_held(tx, message.session_id, message.seq):
        await _publish(tx, owner_id, answer)


async def erase_answer(tx: Transaction, message_id: int) -> None:
    """Erase a deleted message's text from its answer and from the room's log, and the prompts that have it."""
    await erase_prompts(tx, message_id)
    answer = await queries.erase_draft(tx, message_id)
    if answer is not None:
        room = session_room(answer.session_id)
        said = {"answer": {"id": answer.id}}
        await rewrite_events(tx, room=room, having=said, data=AnswerChange(answer))


async def find_wanted(
    tx: Transaction, attempt: queries.Attempt, *, late: timedelta | None = None
) -> Answer | None:
    """Lock the session and fetch the queued answer of this attempt; return None if it is no longer wanted.

    An unwanted one is cancelled: a human or another client has answered, the session is not active, the message was
    deleted. One that was planned longer ago than `late`, or that no channel would take any more, is left to a human.
    Raise SessionNotFound.
    """
    session = await lock_session(tx, attempt.owner_id, attempt.session_id)
    answer = await queries.find_queued(tx, attempt)
    if answer is None:
        return None
    trigger = await queries.describe_trigger(tx, answer.id)
    reason = _unwanted(session, trigger)
    if reason is not None:
        await _end(tx, attempt.owner_id, answer.id, "cancelled", reason)
        return None
    if late is not None and (trigger.unreachable or trigger.waited > late):
        minutes = int(trigger.waited.total_seconds() // 60)
        reason = "WINDOW_CLOSED" if trigger.unreachable else f"TOO_LATE: {minutes} min"
        await _hand_over(tx, attempt.owner_id, answer, reason)
        return None
    return answer


def _unwanted(session: ChatSession, trigger: queries.Trigger) -> str | None:
    if session.status != "active":
        return f"SESSION_{session.status.upper()}"
    if session.handled_by == "human":
        return TAKEN_OVER
    if trigger.deleted:
        return "MESSAGE_DELETED"
    return ANSWERED if trigger.answered else None


async def settle_answer(
    tx: Transaction,
    attempt: queries.Attempt,
    text: str,
    judgement: Judgement,
    model: str,
    *,
    sent_prompt: SentPrompt | None = None,
) -> None:
    """Send the assistant's text, or hold it, unless it is no longer wanted. Raise SessionNotFound."""
    answer = await find_wanted(tx, attempt)
    if answer is None:
        return
    if sent_prompt is not None:  # locks messages: before anything else of the session
        await save_prompt(tx, answer.id, answer.session_id, sent_prompt)
    sources = list(judgement.sources)
    if judgement.reasons:
        draft = text[:MAX_DRAFT_CHARACTERS]
        held = await queries.hold_answer(tx, answer.id, draft, judgement.reasons, sources, model)
        assert held is not None
        await _publish(tx, attempt.owner_id, held)
        return
    try:
        message = await _post(tx, attempt.owner_id, answer, text)
    except MessageReused:  # a client has used an id of ours
        await _end(tx, attempt.owner_id, answer.id, "failed", MessageReused.code)
        return
    sent = await queries.send_answer(tx, answer.id, message.id, draft=text, sources=sources, model=model)
    assert sent is not None
    await _publish(tx, attempt.owner_id, sent)


async def _post(tx: Transaction, owner_id: int, answer: Answer, text: str) -> Message:
    vendor = await find_answering_vendor(tx, answer.session_id)
    draft = Draft(
        session_id=answer.session_id,
        sender="assistant",
        type="text",
        content=text,
        sender_name=vendor.name if vendor else None,
        reply_to_id=answer.trigger_message_id,
        client_message_id=f"answer:{answer.id}",
        fingerprint=hashlib.sha256(f"answer:{answer.id}\n{text}".encode()).digest(),
    )
    posted = await post_message(tx, owner_id, draft)
    await publish_overtaken(tx, owner_id, posted)
    return posted.message


async def fail_answer(tx: Transaction, attempt: queries.Attempt, reason: str) -> None:
    """Record that there will be no answer, and leave the message to a human. Raise SessionNotFound."""
    answer = await find_wanted(tx, attempt)
    if answer is not None:
        await _hand_over(tx, attempt.owner_id, answer, reason)


async def _hand_over(tx: Transaction, owner_id: int, answer: Answer, reason: str) -> None:
    """End an answer as failed, with a note in the session's record for the human who has to answer now."""
    await _end(tx, owner_id, answer.id, "failed", reason)
    vendor = await find_answering_vendor(tx, answer.session_id)
    rules = await fetch_rules_of(tx, answer.session_id)
    language = language_of_notes(rules.language, vendor.language if vendor else None)
    note = UNANSWERED[language].format(reason=reason.partition(":")[0])
    draft = Draft(
        session_id=answer.session_id,
        sender="system",
        type="text",
        content=note,
        client_message_id=f"answer:{answer.id}:note",
        fingerprint=hashlib.sha256(f"answer:{answer.id}\n{note}".encode()).digest(),
    )
    try:
        await post_message(tx, owner_id, draft)
    except MessageReused:
        return  # a client has used an id of ours; the answer says it as well


async def _end(tx: Transaction, owner_id: int, answer_id: int, state: queries.Ended, reason: str) -> None:
    ended = await queries.end_queued(tx, answer_id, state, reason)
    assert ended is not None
    await _publish(tx, owner_id, ended)


async def _lock_held(tx: Transaction, caller: Principal, answer_id: int) -> Answer:
    session_id = (await queries.fetch_answer(tx, caller.id, answer_id)).session_id
    await lock_session(tx, caller.id, session_id)
    answer = await queries.fetch_answer(tx, caller.id, answer_id)
    if answer.state not in ("held", "overtaken"):
        raise AnswerNotHeld(details={"state": answer.state})
    return answer


async def _check_seen(tx: Transaction, answer: Answer, seen_seq: int | UnsetType) -> None:
    """Raise AnswerOvertaken unless the customer alone has overtaken an answer, and what they wrote was read."""
    assert answer.overtaken_seq is not None
    by, seq = await queries.find_overtaking(tx, answer.id) or ("customer", answer.overtaken_seq)
    seq = max(seq, answer.overtaken_seq) if by == "customer" else seq
    details = {"by": by, "seq": seq}
    if by != "customer":
        raise AnswerOvertaken(details=details)
    if seen_seq is UNSET or seen_seq < seq:
        raise AnswerOvertaken(
            "The customer has written since: read it, then approve with seenSeq, or answer with a message of your own",
            details=details,
        )


async def approve_answer(tx: Transaction, caller: Principal, answer_id: int, data: AnswerApproval) -> Answer:
    """Send a held answer, with another text if one is given; it remains the assistant's message.

    One that was overtaken is sent if only the customer has, and `seen_seq` says that this was read; an answer that is
    being written is then written anew. Raise AnswerNotFound, AnswerNotHeld, AnswerOvertaken, SessionClosed, Invalid.
    """
    answer = await _lock_held(tx, caller, answer_id)
    if answer.state == "overtaken":
        await _check_seen(tx, answer, data.seen_seq)
    text = (answer.draft or "") if data.content is UNSET else data.content
    if not text.strip():
        raise Invalid(fields={"content": "Content must not be blank"})
    if len(text) > MAX_REPLY_CHARACTERS:
        raise Invalid(fields={"content": f"Content must be at most {MAX_REPLY_CHARACTERS} characters"})
    message = await _post(tx, caller.id, answer, text)
    sent = await queries.send_answer(tx, answer.id, message.id, decided_by=caller.id)
    if sent is None:
        raise AnswerNotHeld
    await _publish(tx, caller.id, sent)
    if answer.state == "overtaken":
        await answer_anew(tx, answer.session_id)
    return sent


async def reject_answer(tx: Transaction, caller: Principal, answer_id: int) -> Answer:
    """Reject a held or overtaken answer, so that it is not sent. Raise AnswerNotFound, AnswerNotHeld."""
    answer = await _lock_held(tx, caller, answer_id)
    rejected = await queries.reject_answer(tx, answer.id, caller.id)
    if rejected is None:
        raise AnswerNotHeld
    await _publish(tx, caller.id, rejected)
    return rejected


async def take_over(tx: Transaction, caller: Principal, session_id: UUID, minutes: int) -> ChatSession:
    """Hand a session to a human for some minutes and cancel the planned answer.

    Raise SessionNotFound.
    """
    session = await set_human_lease(tx, caller.id, session_id, minutes)
    await queries.note_takeover(tx, caller.id, session_id)
    await cancel_answers(tx, caller.id, session_id)
    await publish_session(tx, session)
    return session


async def hand_back(tx: Transaction, caller: Principal, session_id: UUID) -> ChatSession:
    """Hand a session back to the assistant, which answers the next message. Raise SessionNotFound."""
    session = await set_human_lease(tx, caller.id, session_id, None)
    await publish_session(tx, session)
    return session
