"""Changes and deletes contacts, and binds sessions to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import Invalid, check_version
from colonnade.kernel.db import Transaction, erase_kept
from colonnade.products.dealroom.channels.queries.rules import fetch_rules
from colonnade.products.dealroom.contacts.actions.resolving import bind_person, lock_person, resolve_contact
from colonnade.products.dealroom.contacts.queries import contacts
from colonnade.products.dealroom.contacts.queries.bindings import find_binding_of_session
from colonnade.products.dealroom.contacts.queries.identities import list_identities
from colonnade.products.dealroom.contacts.schemas import (
    ContactBind,
    ContactBinding,
    ContactHasSessions,
    ContactTaken,
    Identity,
    Person,
)
from colonnade.products.dealroom.sessions.actions import delete_session, note_change
from colonnade.products.dealroom.sessions.queries import lock_session
from colonnade.products.dealroom.shared.rules.numbers import read_number

__all__ = ["bind_contact", "change_contact", "delete_contact"]


async def change_contact(
    tx: Transaction, caller: Principal, contact_id: int, given: Mapping[str, Any], *, expected: int | None
) -> None:
    """Change these fields of one of the caller's contacts. Raise ContactNotFound, PreconditionFailed."""
    (before,) = await contacts.lock_contacts(tx, caller.id, contact_id)
    check_version(expected, before.version)
    values = {name: value for name, value in given.items() if getattr(before.kept, name) != value}
    if values:
        await contacts.update_contact(tx, contact_id, values)
        for session_id in await contacts.list_session_ids(tx, contact_id):
            note_change(tx, caller.id, session_id)


async def delete_contact(
    tx: Transaction,
    caller: Principal,
    contact_id: int,
    *,
    with_sessions: bool,
    expected: int | None,
    origin: Origin | None = None,
) -> None:
    """Delete a contact with all that was merged into it, its notes, and its sessions if that is asked for.

    Raise ContactNotFound, PreconditionFailed, ContactHasSessions.
    """
    # First whoever is meant, as where something of theirs is received: what waits is received before, or never.
    meant = (await list_identities(tx, [contact_id]))[contact_id]
    await lock_person(tx, caller.id, *(_named(one) for one in meant))
    (before,) = await contacts.lock_contacts(tx, caller.id, contact_id)
    check_version(expected, before.version)
    sessions = await contacts.list_session_ids(tx, contact_id)
    if sessions and not with_sessions:
        raise ContactHasSessions
    for session_id in sessions:
        await delete_session(tx, caller, session_id, expected=None)
    known = await list_identities(tx, [contact_id])
    await erase_kept(tx, caller.id, [f'"id":{one.id},"kind":"' for one in known.get(contact_id, [])])
    await contacts.delete_contact(tx, caller.id, contact_id)
    await record(
        tx,
        action="contact.deleted",
        target=("contact", contact_id),
        before={"sessions": len(sessions)},
        origin=origin,
    )


def _named(identity: Identity) -> Person:
    if identity.kind == "phone":
        return Person(None, number=identity.value)
    return Person(None, user_id=identity.value) if identity.kind == "user_id" else Person(None)


async def bind_contact(
    tx: Transaction, caller: Principal, session_id: UUID, data: ContactBind, *, region: str | None
) -> ContactBinding:
    """Bind one of the caller's sessions to a contact by number; idempotent.

    A number without a country is one of the channel's region, else of `region`. Raise SessionNotFound, ChannelNotFound,
    ContactTaken, Invalid for a number that is not in use.
    """
    rules, _ = await fetch_rules(tx, caller.id, data.channel_id)
    try:
        number = read_number(data.phone_number, rules.region or region)
    except ValueError as error:
        raise Invalid(fields={"phoneNumber": f"Phone number {error}"}) from None
    person = Person(None, number=number)
    await lock_person(tx, caller.id, person)
    await lock_session(tx, caller.id, session_id)
    bound = await find_binding_of_session(tx, session_id)
    resolved = await resolve_contact(tx, caller.id, data.channel_id, person, wrote=False)
    found = resolved.binding
    if found is None and bound is None:
        note_change(tx, caller.id, session_id)
        return await bind_person(tx, data.channel_id, session_id, resolved, person)
    if found is None or bound is None or found.id != bound.id:
        raise ContactTaken
    return found
