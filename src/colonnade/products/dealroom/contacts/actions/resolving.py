"""Finds out who a provider means, and keeps what is learnt about them.

Whoever calls holds the locks of `lock_person` before they look for what else may be known (a repeated message): so two
first messages at once make one contact.

A number and a user id are known together or one by one. If both are known of two contacts, these are one: the provider
says so. A user name finds nobody: it may be somebody else's tomorrow.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import structs

from colonnade.kernel.audit import record
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.contacts.actions.merging import join_contacts
from colonnade.products.dealroom.contacts.queries import bindings, contacts, identities
from colonnade.products.dealroom.contacts.rules.identities import identities_of
from colonnade.products.dealroom.contacts.schemas import (
    ContactBinding,
    Given,
    IdentityKind,
    Known,
    Person,
    Resolved,
)

__all__ = [
    "ACTOR",
    "bind_person",
    "change_identity",
    "is_in_session",
    "lock_person",
    "note_preference",
    "resolve_contact",
    "stop_marketing",
]

ACTOR = "webhook:whatsapp"
MAX_ENDED = 20
"""Identities that a contact has given up and is still shown with; who changes the number more often loses the first."""


async def lock_person(tx: Transaction, owner_id: int, *people: Person) -> None:
    """Lock whoever is meant, known or not, until the transaction ends; taken before the session's lock."""
    await identities.lock_values(tx, owner_id, [one for person in people for one in identities_of(person)])


async def resolve_contact(
    tx: Transaction, owner_id: int, channel_id: int, person: Person, *, wrote: bool
) -> Resolved:
    """Return the contact that a provider means, a new one if there is none, and their binding on the channel.

    `wrote`: they have sent something just now. The caller holds `lock_person`.
    """
    given = identities_of(person)
    known = dict(await identities.find_known(tx, owner_id, given))
    username = known.pop("username", None)
    strong = [one for one in given if one.kind != "username"]
    found = [known[one.kind] for one in strong if one.kind in known]
    if found:
        contact_id, profile_name = found[0].contact_id, found[0].profile_name
        for other_id in {one.contact_id for one in found} - {contact_id}:
            await join_contacts(tx, owner_id, contact_id, other_id, actor=ACTOR)
    else:
        contact_id = await contacts.insert_contact(tx, owner_id, person.name)
        profile_name = person.name
    leader_id = await _learn(tx, owner_id, contact_id, strong, known)
    named = next((one for one in given if one.kind == "username"), None)
    if named is not None and (username is None or username.leader_id != leader_id):
        await identities.replace_username(tx, owner_id, contact_id, named, leader_id)
    new_name = person.name if person.name != profile_name else None
    if wrote or new_name is not None:
        await contacts.mark_seen(tx, contact_id, wrote=wrote, profile_name=new_name)
    binding = await bindings.find_binding(tx, channel_id, leader_id) if found else None
    if binding is not None:
        await _identify(tx, binding, leader_id, person)
    phone = known.get("phone")
    return Resolved(contact_id, leader_id, person.wa_id or (phone.written if phone else None), binding)


async def _learn(
    tx: Transaction, owner_id: int, contact_id: int, strong: list[Given], known: dict[IdentityKind, Known]
) -> int:
    """Store what is new of an account's identities; return the id of the one that leads it, which is its number's."""
    ids: list[int] = []
    for one in strong:
        have = known.get(one.kind)
        if have is None:
            ids.append(
                await identities.insert_identity(tx, owner_id, contact_id, one, ids[0] if ids else None)
            )
            continue
        if ids and have.leader_id not in (None, ids[0]):
            # Whoever has this id has another number now.
            await _give_up(tx, have.leader_id, ids[0], Person(strong[0].written))
        ids.append(have.id)
        if one.written is not None and one.written != have.written:
            await identities.write_spelling(tx, have.id, one)
        if len(ids) > 1 and have.leader_id != ids[0]:
            await identities.lead_identities(tx, have.id, ids[0])
    if len(strong) == 1 and strong[0].kind in known:
        return known[strong[0].kind].leader_id or ids[0]
    return ids[0]


async def _identify(tx: Transaction, binding: ContactBinding, leader_id: int, person: Person) -> None:
    """Store on the binding what a message says anew about the person."""
    number = binding.phone_number.removeprefix("+") if binding.phone_number else None
    have = Person(number, binding.user_id, binding.profile_name, binding.username, person.number)
    news = {
        name: value if value is not None and value != getattr(have, name) else None
        for name, value in structs.asdict(person).items()
    }
    if any(news.values()) or binding.identity_id != leader_id:
        await bindings.identify_binding(tx, binding.id, leader_id, Person(**news))


async def is_in_session(tx: Transaction, session_id: UUID, person: Person) -> bool:
    """Return whether a person is a session's contact, by number or id: a user name says nothing."""
    given = [one for one in identities_of(person) if one.kind != "username"]
    return await bindings.is_session_of(tx, session_id, given)


async def bind_person(
    tx: Transaction, channel_id: int, session_id: UUID, resolved: Resolved, person: Person
) -> ContactBinding:
    """Bind whoever was resolved, and has no binding on the channel, to a session."""
    number = person.number.removeprefix("+") if person.number else None
    written = structs.replace(person, wa_id=resolved.wa_id or number)
    return await bindings.insert_binding(
        tx, channel_id, session_id, resolved.contact_id, resolved.identity_id, written
    )


async def change_identity(
    tx: Transaction, owner_id: int, channel_id: int, before: Person, after: Person
) -> Resolved | None:
    """Give whoever was `before` their new number or user id; return them, or None if they are not known.

    What they give up finds them no more: whoever gets their number is somebody else. So was whoever has had their new
    number until now; that contact keeps its sessions. The caller holds `lock_person` of both.
    """
    known = await identities.find_known(tx, owner_id, identities_of(before))
    found = [known[kind] for kind in ("phone", "user_id") if kind in known]
    if not found:
        return None
    contact_id = found[0].contact_id
    leader_id = found[0].leader_id or found[0].id
    taken = await identities.find_known(tx, owner_id, identities_of(after))
    for one in identities_of(after):
        former, holder = known.get(one.kind), taken.get(one.kind)
        if one.kind == "username" or (former is not None and former.value in (one.value, one.other)):
            continue
        if holder is not None and holder.contact_id != contact_id:
            await identities.end_identity(tx, holder.id)
            holder = None
        if holder is not None:
            new_id = holder.id
        else:
            leader = None if one.kind == "phone" else leader_id
            new_id = await identities.insert_identity(tx, owner_id, contact_id, one, leader)
        if former is not None:
            await _give_up(tx, former.id, new_id, after)
        if one.kind == "phone" or (former is not None and former.id == leader_id):
            await identities.lead_identities(tx, leader_id, new_id)
            leader_id = new_id
    target = ("contact", contact_id)
    await record(
        tx, action="contact.identity_changed", actor=ACTOR, target=target, after={"identity": leader_id}
    )
    await identities.forget_ended(tx, contact_id, MAX_ENDED)
    binding = await bindings.find_binding(tx, channel_id, leader_id)
    return Resolved(contact_id, leader_id, after.wa_id, binding)


async def note_preference(
    tx: Transaction, owner_id: int, person: Person, *, stopped: bool, at: datetime
) -> None:
    """Note whether somebody who is known wants marketing. The caller holds `lock_person`."""
    known = await identities.find_known(tx, owner_id, identities_of(person))
    leaders = {one.leader_id or one.id for kind, one in known.items() if kind != "username"}
    await identities.mark_preference(tx, sorted(leaders), at if stopped else None, at)


async def stop_marketing(tx: Transaction, binding_id: int, at: datetime) -> None:
    """Note that whoever is sent to over a binding wants no marketing. Call it before a session is locked."""
    found = await bindings.find_person(tx, binding_id)
    if found is not None:
        owner_id, person = found
        await lock_person(tx, owner_id, person)
        await note_preference(tx, owner_id, person, stopped=True, at=at)


async def _give_up(tx: Transaction, former_id: int, new_id: int, after: Person) -> None:
    """End an identity that its holder has replaced: its sessions are those of the new one."""
    await identities.end_identity(tx, former_id)
    await identities.inherit_preference(tx, former_id, new_id)
    await bindings.move_bindings(tx, former_id, new_id, after)
