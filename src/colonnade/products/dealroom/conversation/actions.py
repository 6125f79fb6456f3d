"""Writes and deletes messages: a flow over the slices messages and assistant.

A customer's message plans an answer, as the channel's rules say, a human's cancels the planned one, and deleting a
message erases its text from its answer, all in the caller's transaction. The slice messages knows nothing of answers;
the assistant, which posts its own messages, knows nothing of this flow; the entries of people's messages (the API, the
channels) use it.

Out of scope: sending to a channel's contact, which follows every stored message (`messages.actions`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.core import now
from colonnade.kernel.db import NOW, SingleStatement, Transaction
from colonnade.products.dealroom.assistant.actions import (
    NO_WAIT,
    answer_anew,
    cancel_answers,
    erase_answer,
    overtake_answer,
    plan_answer,
    publish_overtaken,
)
from colonnade.products.dealroom.assistant.actions.handing import hand_over
from colonnade.products.dealroom.assistant.queries import is_trigger
from colonnade.products.dealroom.assistant.rules.notes import ASKED_FOR_PERSON, EXCESS
from colonnade.products.dealroom.assistant.rules.notices import CLOSED, HANDOVER
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.channels.rules.opening import closed_since, is_open, next_opening
from colonnade.products.dealroom.channels.rules.wishes import asked_for_person
from colonnade.products.dealroom.channels.schemas import ChannelRules
from colonnade.products.dealroom.conversation.queries import (
    count_waiting_anew,
    find_last_waiting,
    find_unanswered,
    is_planned,
)
from colonnade.products.dealroom.conversation.schemas import ANSWER_WHEN_OPEN, AnswerWhenOpen
from colonnade.products.dealroom.messages.actions import (
    Posted,
    erase_locked,
    post_at_once,
    post_message,
    publish_change,
    take_back_message,
)
from colonnade.products.dealroom.messages.queries.revising import revise_message
from colonnade.products.dealroom.messages.schemas import Draft, Message, MessageReused
from colonnade.products.dealroom.sessions.actions import note_change, show_activity
from colonnade.products.dealroom.sessions.queries import lock_session, mark_waiting
from colonnade.products.dealroom.shared.rules.languages import NoteLanguage, language_of_notes
from colonnade.products.dealroom.storefronts.queries import fetch_rules_of
from colonnade.products.dealroom.vendors.queries import find_answering_vendor

__all__ = [
    "answer_waiting",
    "delete_message",
    "edit_told",
    "erase_message",
    "note_former",
    "write_at_once",
    "write_message",
]


async def write_message(tx: Transaction, settings: AssistantSettings, owner_id: int, draft: Draft) -> Posted:
    """Post a message (see `post_message`); a customer's is answered, a human's cancels the planned answer."""
    people = draft.sender in ("customer", "human")
    rules = await fetch_rules_of(tx, draft.session_id) if people else ChannelRules()
    lease = timedelta(minutes=rules.human_minutes) if rules.human_minutes else settings.human_lease
    posted = await post_message(tx, owner_id, draft, lease=lease, unarchive=settings.unarchive)
    if posted.repeated:
        return posted
    await publish_overtaken(tx, owner_id, posted)
    if draft.sender == "human" and posted.message.status == "pending":
        await show_activity(tx, draft.session_id)  # whoever answers has read
    if posted.answerable:
        await _answer(tx, settings, owner_id, posted.message, rules)
    elif draft.sender == "human" and settings.assistant != "off":
        await cancel_answers(tx, owner_id, draft.session_id)
    return posted


async def _answer(
    tx: Transaction, settings: AssistantSettings, owner_id: int, message: Message, rules: ChannelRules
) -> None:
    """Do what the channel's rules say about a customer's message: hand over, say that it is closed, plan an answer."""
    moment = now()
    told = None
    if not is_open(rules, moment):
        told = rules.closed_message
        if told is not None:
            await _tell(
                tx,
                owner_id,
                message.session_id,
                f"{CLOSED}{closed_since(rules, moment):%Y-%m-%dT%H:%M}Z",
                told,
            )
    word = asked_for_person(message.content, rules.handover_words)
    if word is not None:
        if told is None and rules.handover_message is not None:
            await _tell(tx, owner_id, message.session_id, f"{HANDOVER}{message.id}", rules.handover_message)
        notes = {language: note.format(word=word) for language, note in ASKED_FOR_PERSON.items()}
        await _hand_over(tx, settings, owner_id, message.session_id, rules, notes)
    elif settings.assistant != "off":
        await _plan(tx, settings, owner_id, message, rules, quiet=settings.quiet)


async def _hand_over(
    tx: Transaction,
    settings: AssistantSettings,
    owner_id: int,
    session_id: UUID,
    rules: ChannelRules,
    notes: Mapping[NoteLanguage, str],
) -> None:
    minutes = rules.human_minutes or settings.human_lease_minutes
    vendor = await find_answering_vendor(tx, session_id)
    language = language_of_notes(rules.language, vendor.language if vendor else None)
    await hand_over(tx, owner_id, session_id, minutes=minutes, note=notes[language])


async def _plan(
    tx: Transaction,
    settings: AssistantSettings,
    owner_id: int,
    message: Message,
    rules: ChannelRules,
    *,
    quiet: timedelta = NO_WAIT,
) -> None:
    """Plan an answer now, or when the channel opens, unless the customer has got too many and may be a machine."""
    moment = now()
    if rules.while_closed == "answer" or is_open(rules, moment):
        excess = await plan_answer(tx, message, quiet=quiet, limits=settings.limits)
        if excess is not None:
            await _hand_over(tx, settings, owner_id, message.session_id, rules, EXCESS[excess])
        return
    waiting = AnswerWhenOpen(owner_id, message.session_id, message.id)
    await tx.enqueue(ANSWER_WHEN_OPEN, waiting, delay=next_opening(rules, moment) - moment)


async def _tell(tx: Transaction, owner_id: int, session_id: UUID, key: str, text: str) -> None:
    """Send the customer a text of the channel's rules, once under this key."""
    vendor = await find_answering_vendor(tx, session_id)
    draft = Draft(
        session_id=session_id,
        sender="assistant",
        type="text",
        content=text,
        sender_name=vendor.name if vendor else None,
        client_message_id=key,
        fingerprint=hashlib.sha256(key.encode()).digest(),
        notice=True,
    )
    with suppress(MessageReused):  # a client has used an id of ours
        await post_message(tx, owner_id, draft)


async def answer_waiting(
    tx: Transaction, settings: AssistantSettings, owner_id: int, session_id: UUID, message_id: int
) -> None:
    """Plan the answer to a message that waited for the channel to open. Raise SessionNotFound.

    If a person has answered, or the customer has written again, nothing is planned; if the channel is still closed,
    because its hours were changed, the message waits on.
    """
    await lock_session(tx, owner_id, session_id)
    message = await find_unanswered(tx, session_id, message_id)
    if message is not None and not await is_planned(tx, session_id, message.seq):
        await _plan(tx, settings, owner_id, message, await fetch_rules_of(tx, session_id))


async def write_at_once(
    tx: SingleStatement, settings: AssistantSettings, owner_id: int, draft: Draft
) -> Posted | None:
    """Do what `write_message` does in one statement; return None, and write nothing, where that takes more.

    Most messages of people need no more while the assistant is off, in sessions without a channel.
    """
    if settings.assistant != "off" and draft.sender in ("customer", "human"):
        return None
    return await post_at_once(tx, owner_id, draft, lease=settings.human_lease, unarchive=settings.unarchive)


async def delete_message(
    tx: Transaction, caller: Principal, message_id: int, *, expected: int | None
) -> Message:
    """Delete a message: its number stays, its content is erased, from its answer and the room's log too.

    Raise MessageNotFound, MessageTaken, PreconditionFailed.
    """
    message = await take_back_message(tx, caller, message_id, expected=expected)
    return await _erased(tx, caller.id, message)


async def erase_message(tx: Transaction, owner_id: int, message: Message, *, by: str) -> Message:
    """Do what `delete_message` does to a message that is locked, and not deleted yet, because its sender revoked it."""
    return await _erased(tx, owner_id, await erase_locked(tx, message, by=by))


async def _erased(tx: Transaction, owner_id: int, message: Message) -> Message:
    """Erase what was made of a message. The planned answer is for what else waits, if anything does."""
    await erase_answer(tx, message.id)
    await publish_change(tx, message)
    if message.sender != "customer":
        return message
    await overtake_answer(tx, owner_id, message)
    await count_waiting_anew(tx, message.session_id)
    note_change(tx, owner_id, message.session_id)
    if not await is_trigger(tx, message.id):
        await answer_anew(tx, message.session_id)  # what is being written may be about it
        return message
    left = await find_last_waiting(tx, message.session_id)
    if left is not None:
        await plan_answer(tx, left)
    return message


async def edit_told(tx: Transaction, owner_id: int, message: Message, content: str, *, by: str) -> None:
    """Replace the text of a message that is locked, because its sender did.

    A customer waits for an answer to what it says now: one that is being written is void, and written anew.
    """
    values = {"content": content, "edited_at": NOW}
    edited = await revise_message(tx, message.id, values, kind="edited", by=by)
    assert edited is not None, "it is locked"
    await publish_change(tx, edited)
    if message.sender == "customer":
        await overtake_answer(tx, owner_id, message)
        await mark_waiting(tx, message.session_id)
        note_change(tx, owner_id, message.session_id)
        await answer_anew(tx, message.session_id)


async def note_former(tx: Transaction, message: Message, content: str, *, by: str) -> None:
    """Keep in the chain, as revisions, what a message that is locked has said before its present text.

    Its sender's older edit has arrived after the newer one: what it says now stands, and is answered already.
    """
    await revise_message(tx, message.id, {"content": content}, kind="edited", by=by)
    revised = await revise_message(tx, message.id, {"content": message.content}, kind="edited", by=by)
    assert revised is not None, "it is locked"
    await publish_change(tx, revised)
