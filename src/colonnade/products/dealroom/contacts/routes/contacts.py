"""Contacts: an owner's customers, by all that they are known by, with their sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.core import given_fields
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Exchange,
    ExpectedVersion,
    IdempotencyKey,
    Ok,
    Page,
    QueryParameter,
    Router,
    SearchText,
    allows,
    cursor_page,
    decode_cursor,
    delete,
    encode_cursor,
    get,
    once,
    patch,
    post,
    put,
)
from colonnade.kernel.search import wanted_text
from colonnade.products.dealroom.contacts.actions import contacts as actions
from colonnade.products.dealroom.contacts.actions import merging
from colonnade.products.dealroom.contacts.queries import contacts as queries
from colonnade.products.dealroom.contacts.routes.bindings import BINDINGS
from colonnade.products.dealroom.contacts.schemas import (
    Contact,
    ContactFilters,
    ContactMerge,
    ContactSession,
    ContactSplit,
    ContactUpdate,
    SplitContacts,
)
from colonnade.products.dealroom.shared.rules.places import LONG_BODY_BYTES, PREFIX

__all__ = ["CONTACTS"]

USE = "chats:use"

Limit = Annotated[int, QueryParameter(ge=1, le=100, description="Items per page, at most 100.")]
Cursor = Annotated[str | None, QueryParameter(max_length=300, description="`nextCursor` of the page before.")]
Label = Annotated[str | None, QueryParameter(max_length=50)]
ChannelId = Annotated[
    int | None,
    QueryParameter(
        name="channelId", ge=1, le=2**31 - 1, description="Only contacts with a session of this channel."
    ),
]
Sessions = Annotated[
    Literal["keep", "delete"],
    QueryParameter(
        description="`delete`: its sessions with all their messages as well; else it must have none."
    ),
]


@get("/", guards=[allows(USE)])
async def list_contacts(
    db: Database,
    caller: Principal,
    search: SearchText = None,
    label: Label = None,
    channel_id: ChannelId = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[Contact]:
    """One's own contacts, those who wrote last first, each with its latest sessions.

    `search` finds names without their accents, labels, user names, and numbers in any spelling or by their last digits.
    """
    filters = ContactFilters(wanted_text(search), label, channel_id)
    after = None if cursor is None or cursor == "*" else decode_cursor(cursor, datetime, int)
    found = await queries.list_contacts(db, caller.id, filters, limit=limit + 1, after=after)
    return cursor_page(found, limit, _cursor)


def _cursor(contact: Contact) -> str:
    return encode_cursor(contact.last_seen_at or contact.created_at, contact.id)


@get("/{contact_id:int}", guards=[allows(USE)])
async def show_contact(contact_id: int, db: Database, caller: Principal) -> Ok[Contact]:
    """One contact."""
    contact = await queries.fetch_contact(db, caller.id, contact_id)
    return Ok(contact, version=contact.version)


@get("/{contact_id:int}/sessions", guards=[allows(USE)])
async def list_contact_sessions(
    contact_id: int, db: Database, caller: Principal, limit: Limit = 20, cursor: Cursor = None
) -> Page[ContactSession]:
    """The sessions of a contact, the one with the latest message first."""
    after = None if cursor is None or cursor == "*" else decode_cursor(cursor, datetime, UUID)
    found = await queries.list_contact_sessions(db, caller.id, contact_id, limit=limit + 1, after=after)
    return cursor_page(found, limit, lambda one: encode_cursor(one.last_activity_at, one.session_id))


@patch("/{contact_id:int}", guards=[allows(USE)], request_max_body_size=LONG_BODY_BYTES)
async def update_contact(
    contact_id: int, data: ContactUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Contact]:
    """Change a contact's name, language, labels and notes; `If-Match` guards against overwriting another's edit."""
    async with db.transaction(caller) as tx:
        await actions.change_contact(tx, caller, contact_id, given_fields(data), expected=expected)
        contact = await queries.fetch_contact(tx, caller.id, contact_id)
    return Ok(contact, version=contact.version)


@put("/{contact_id:int}", guards=[allows(USE)], request_max_body_size=LONG_BODY_BYTES)
async def put_contact(
    contact_id: int, data: ContactUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Contact]:
    """Set a contact's name, language, labels and notes; those that are absent stay."""
    async with db.transaction(caller) as tx:
        await actions.change_contact(tx, caller, contact_id, given_fields(data), expected=expected)
        contact = await queries.fetch_contact(tx, caller.id, contact_id)
    return Ok(contact, version=contact.version)


@delete("/{contact_id:int}", guards=[allows(USE)])
async def delete_contact(
    contact_id: int,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    expected: ExpectedVersion,
    sessions: Sessions = "keep",
) -> None:
    """Delete a contact for good, with notes and identities; 409 while it has sessions that are to be kept."""
    async with db.transaction(caller) as tx:
        await actions.delete_contact(
            tx, caller, contact_id, with_sessions=sessions == "delete", expected=expected, origin=exchange
        )


@post("/{contact_id:int}/merge", guards=[allows(USE)], status_code=200)
async def merge_contacts(
    contact_id: int,
    data: ContactMerge,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    expected: ExpectedVersion,
    idempotency_key: IdempotencyKey = None,
) -> Ok[Contact]:
    """Make another contact part of this one, with its identities and their sessions; `split` takes it back.

    `Idempotency-Key` is honoured.
    """
    async with once(exchange, db, caller, idempotency_key) as attempt:
        tx = attempt.tx
        await merging.merge_contacts(
            tx, caller, contact_id, data.other_id, expected=expected, origin=exchange
        )
        contact = await queries.fetch_contact(tx, caller.id, contact_id)
        return await attempt.answer(Ok(contact, version=contact.version), status=200)


@post("/{contact_id:int}/split", guards=[allows(USE)], status_code=200)
async def split_contact(
    contact_id: int,
    data: ContactSplit,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    expected: ExpectedVersion,
    idempotency_key: IdempotencyKey = None,
) -> Ok[SplitContacts]:
    """Make identities a contact of their own, with their sessions; those that a merge brought are the one of before.

    `Idempotency-Key` is honoured.
    """
    async with once(exchange, db, caller, idempotency_key) as attempt:
        tx = attempt.tx
        other_id = await merging.split_contact(
            tx, caller, contact_id, data.identity_ids, expected=expected, origin=exchange
        )
        contact = await queries.fetch_contact(tx, caller.id, contact_id)
        other = await queries.fetch_contact(tx, caller.id, other_id)
        return await attempt.answer(Ok(SplitContacts(contact, other), version=contact.version), status=200)


CONTACTS = Router(
    f"{PREFIX}/contacts",
    route_handlers=[
        list_contacts,
        show_contact,
        list_contact_sessions,
        update_contact,
        put_contact,
        delete_contact,
        merge_contacts,
        split_contact,
    ],
    tags=BINDINGS.tags,
)
