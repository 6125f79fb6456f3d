"""Opens chat sessions, posts messages, changes settings.

Out of scope: blocks (`blocks`) and decisions (`moderation`).
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from uuid import UUID

from msgspec import UNSET, structs

from colonnade.kernel.access import Principal
from colonnade.kernel.core import changed_fields, check_version, given_fields
from colonnade.kernel.db import SingleStatement, Transaction
from colonnade.kernel.identity import Tokens, VisitorProof, use_visitor_code
from colonnade.kernel.realtime import Emit, announce, append_event
from colonnade.products.radio.livechat import queries
from colonnade.products.radio.livechat.actions.guests import TOKEN_KIND
from colonnade.products.radio.livechat.queries import guests as guest_queries
from colonnade.products.radio.livechat.queries import settings as settings_queries
from colonnade.products.radio.livechat.queries.blocks import find_block
from colonnade.products.radio.livechat.rules.names import STATION_NAME, imitates
from colonnade.products.radio.livechat.rules.rooms import MODERATORS_ROOM, ROOM
from colonnade.products.radio.livechat.schemas import (
    MESSAGE_WAITS,
    NEW_MESSAGE,
    SETTINGS_CHANGED,
    BlockedTerm,
    ChatClosed,
    ChatMessage,
    ChatSettings,
    GuestCreate,
    GuestSession,
    NameTaken,
    Posted,
    SessionBlocked,
    SessionEnded,
    SettingsUpdate,
    SlowMode,
)
from colonnade.products.radio.livechat.schemas.blocks import Found
from colonnade.products.radio.shared.actions import tell_queue
from colonnade.products.radio.shared.rules.wording import (
    fold,
    has_blocked_term,
)

__all__ = [
    "STATION_NAME",
    "blocked_by",
    "change_settings",
    "open_session",
    "post_at_once",
    "post_guest_message",
    "post_station_message",
    "public_settings",
    "publish",
    "without_staff_part",
]

SESSION_TTL = timedelta(hours=24)
STAFF_FIELDS = (
    "status",
    "session_id",
    "account_id",
    "flags",
    "moderated_by",
    "moderated_at",
    "moderation_reason",
    "version",
)


def without_staff_part(message: ChatMessage) -> ChatMessage:
    """Return the message without the fields that only staff may see."""
    return structs.replace(message, **dict.fromkeys(STAFF_FIELDS, UNSET))


def public_settings(settings: ChatSettings) -> ChatSettings:
    """Return the settings without the fields that only staff may see."""
    return ChatSettings(settings.is_open, settings.slow_mode_seconds)


async def publish(tx: Transaction, message: ChatMessage) -> None:
    """Append a message to the room's log, which sends it to everybody in the room after the commit."""
    await append_event(tx, room=ROOM, event=NEW_MESSAGE, data=without_staff_part(message))


async def open_session(
    tx: Transaction,
    tokens: Tokens,
    data: GuestCreate,
    *,
    address: str,
    device: str | None,
    staff: bool = False,
    proof: VisitorProof | None = None,
    confirmable: bool = False,
) -> GuestSession:
    """Open a guest session of 24 hours. Raise BlockedTerm, NameTaken (not for `staff`), ChatClosed.

    Raise SessionBlocked for a blocked device, address or e-mail address; with the `proof` of an e-mail address, which
    is used up, a blocked address does not matter. `confirmable`: whether visitors are told of that.
    """
    settings = await settings_queries.fetch_settings(tx)
    if not settings.is_open:
        raise ChatClosed
    name, city, country = data.name, data.city, data.country
    if not staff and imitates(name, await guest_queries.list_staff_names(tx)):
        raise NameTaken(field="name")
    _check_wording(settings, data)
    email = proof.subject if proof is not None else None
    block = await find_block(tx, address=address, device=device, email=email)
    if block is not None and not (proof is not None and block.kind == "address"):
        raise blocked_by(block, confirmable=confirmable)
    if proof is not None:
        await use_visitor_code(tx, proof)
    row = await guest_queries.insert_session(
        tx,
        name=name,
        city=city,
        country=country,
        address=address,
        device=device,
        confirmed_by=email,
        ttl=SESSION_TTL,
    )
    return GuestSession(
        session_id=row["id"],
        token=tokens.issue(TOKEN_KIND, str(row["id"]), SESSION_TTL),
        room=ROOM,
        name=name,
        city=city,
        country=country,
        expires_at=row["expires_at"],
        settings=public_settings(settings),
    )


def _check_wording(settings: ChatSettings, data: GuestCreate) -> None:
    """Raise BlockedTerm for a field with a term that the station has blocked."""
    assert settings.blocked_terms is not UNSET
    for field, text in (("name", data.name), ("city", data.city), ("country", data.country)):
        if text and has_blocked_term(settings.blocked_terms, text):
            raise BlockedTerm(field=field, details={field: "Please choose another one"})


def blocked_by(block: Found, *, confirmable: bool) -> SessionBlocked:
    """Return the error to raise for somebody whom `block` keeps out."""
    details = {"until": block.until.isoformat(), "blocked": block.kind}
    if confirmable and block.kind == "address":
        details["confirm"] = "email"
    return SessionBlocked(details=details)


async def post_guest_message(
    tx: Transaction, session_id: UUID, text: str, client_message_id: str | None
) -> Posted:
    """Store a guest's message and send it to the room, or, with pre-moderation, to the moderators.

    The author's name is the session's. Raise SessionEnded, SessionBlocked, ChatClosed, SlowMode, BlockedTerm.
    """
    context = await queries.lock_posting_context(tx, session_id, client_message_id)
    if context is None:
        await settings_queries.ensure_settings(tx)
        context = await queries.lock_posting_context(tx, session_id, client_message_id)
    if context is None or not context.is_live:
        raise SessionEnded
    if context.blocked_until is not None:
        raise blocked_by(Found("session", context.blocked_until), confirmable=False)
    if context.duplicate_id is not None and context.duplicate_status is not None:
        return Posted(context.duplicate_id, context.duplicate_status, True, client_message_id)
    if not context.is_open:
        raise ChatClosed
    if context.wait_seconds > 0:
        wait = ceil(context.wait_seconds)
        raise SlowMode(retry_after_seconds=wait, details={"retryAfterSeconds": wait})
    if has_blocked_term(context.blocked_terms, text):
        raise BlockedTerm(field="message", details={"message": "Please say it in other words"})
    message = await queries.insert_guest_message(
        tx,
        session_id,
        context,
        text=text,
        status="pending" if context.pre_moderation else "visible",
        client_message_id=client_message_id,
    )
    if message is None:
        return await queries.find_posted(tx, session_id, client_message_id)
    if context.pre_moderation:
        tx.after_commit(Emit(room=MODERATORS_ROOM, event=MESSAGE_WAITS, data=message))
        tell_queue(tx, "chat", [message.id], "added")
        return Posted(message.id, "pending", False, client_message_id)
    await publish(tx, message)
    return Posted(message.id, "visible", False, client_message_id)


async def post_at_once(
    tx: SingleStatement,
    context: queries.PostingContext | None,
    session_id: UUID,
    text: str,
    client_message_id: str | None,
) -> Posted | None:
    """Do what `post_guest_message` does in one statement; return None, and write nothing, where that takes more.

    `context` has been read before; the statement compares it. It takes more where the guest may not post, with
    pre-moderation, and for a message that was stored before. Raise Invalid.
    """
    if context is None or has_blocked_term(context.blocked_terms, text):
        return None
    inserted = await queries.insert_visible_message(
        tx, session_id, context, text=text, client_message_id=client_message_id, room=ROOM
    )
    return _posted(tx, inserted, client_message_id)


async def post_station_message(
    tx: SingleStatement, caller: Principal, text: str, client_message_id: str | None
) -> Posted | None:
    """Post in the station's name, even while the chat is closed, and without pre-moderation.

    Return None if it was stored before: `queries.find_posted` finds it.
    """
    inserted = await queries.insert_station_message(
        tx,
        caller.id,
        username=STATION_NAME,
        text=text,
        client_message_id=client_message_id,
        room=ROOM,
    )
    return _posted(tx, inserted, client_message_id)


def _posted(
    tx: SingleStatement, inserted: tuple[ChatMessage, int] | None, client_message_id: str | None
) -> Posted | None:
    """Announce the event of a message that was inserted with it."""
    if inserted is None:
        return None
    message, seq = inserted
    announce(tx, room=ROOM, event=NEW_MESSAGE, seq=seq, data=message)
    return Posted(message.id, "visible", False, client_message_id)


async def change_settings(
    tx: Transaction, caller: Principal, data: SettingsUpdate, *, expected: int | None
) -> ChatSettings:
    """Change the settings, in force in all processes from the commit on. Raise PreconditionFailed.

    Everybody in the room is sent the public ones (`settings-changed`).
    """
    values = given_fields(data)
    if data.blocked_terms is not UNSET:
        # Spellings that fold to the same term are one term; the first spelling is kept.
        terms = {fold(term): term for term in reversed(data.blocked_terms)}
        values["blocked_terms"] = [term for folded, term in reversed(terms.items()) if folded]
    await settings_queries.ensure_settings(tx)
    before = await settings_queries.lock_settings(tx)
    assert before.version is not UNSET
    check_version(expected, before.version)
    values = changed_fields(before, values)
    if not values:
        return before
    settings = await settings_queries.update_settings(tx, values, caller.id)
    await append_event(tx, room=ROOM, event=SETTINGS_CHANGED, data=public_settings(settings))
    return settings
