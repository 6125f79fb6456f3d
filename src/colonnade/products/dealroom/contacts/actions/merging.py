"""Merges contacts, and splits them again; their sessions follow their identities."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import Invalid, check_version
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.contacts.queries import contacts, identities
from colonnade.products.dealroom.contacts.rules.joining import (
    find_part,
    merge_fields,
    unmerge_fields,
    whole_accounts,
)
from colonnade.products.dealroom.sessions.actions import note_change

__all__ = ["join_contacts", "merge_contacts", "split_contact"]


async def merge_contacts(
    tx: Transaction,
    caller: Principal,
    contact_id: int,
    other_id: int,
    *,
    expected: int | None,
    origin: Origin | None = None,
) -> None:
    """Make another of the caller's contacts part of this one.

    Raise ContactNotFound, PreconditionFailed, ContactTooLarge, Invalid for a contact and itself.
    """
    if other_id == contact_id:
        raise Invalid(fields={"otherId": "Other id must be another contact's"})
    await join_contacts(
        tx, caller.id, contact_id, other_id, actor=caller, expected=expected, strict=True, origin=origin
    )


async def join_contacts(
    tx: Transaction,
    owner_id: int,
    contact_id: int,
    other_id: int,
    *,
    actor: Principal | str,
    expected: int | None = None,
    strict: bool = False,
    origin: Origin | None = None,
) -> None:
    """Make one contact part of another, as `merge_contacts` does; unless `strict`, what does not fit stays behind."""
    one, other = await contacts.lock_contacts(tx, owner_id, contact_id, other_id)
    check_version(expected, one.version)
    merge = merge_fields(one.kept, other.kept, identities=one.identities + other.identities, strict=strict)
    moved = [link.id for link in await identities.list_links(tx, other_id)]
    await identities.move_identities(tx, contact_id, moved)
    await contacts.hide_contact(tx, other_id, contact_id, merge)
    await contacts.update_contact(tx, contact_id, merge.after)
    for session_id in await contacts.list_session_ids(tx, contact_id):
        note_change(tx, owner_id, session_id)
    await record(
        tx,
        action="contact.merged",
        actor=actor,
        target=("contact", contact_id),
        after={"merged": other_id, "identities": moved},
        origin=origin,
    )


async def split_contact(
    tx: Transaction,
    caller: Principal,
    contact_id: int,
    identity_ids: Sequence[int],
    *,
    expected: int | None,
    origin: Origin | None = None,
) -> int:
    """Split identities off one of the caller's contacts, and return the id of the contact that has them now.

    Those that came together by a merge are the contact again that they were. Raise ContactNotFound, PreconditionFailed,
    Invalid for identities that it has not, or all of its own.
    """
    (one,) = await contacts.lock_contacts(tx, caller.id, contact_id)
    check_version(expected, one.version)
    links = await identities.list_links(tx, contact_id)
    if not set(identity_ids) <= {link.id for link in links}:
        raise Invalid(fields={"identityIds": "Identity ids must be of this contact"})
    chosen = whole_accounts(links, identity_ids)
    if len(chosen) == len(links):
        raise Invalid(fields={"identityIds": "Identity ids must leave the contact one account at least"})
    merged = await contacts.list_merged(tx, contact_id)
    part = find_part(links, chosen, merged)
    restored = {}
    if part is None:
        other_id = await contacts.insert_contact(tx, caller.id, None)
    else:
        other_id = part
        merge = await contacts.show_contact(tx, part)
        restored = unmerge_fields(one.kept, merge) if merged[part] == contact_id else {}
    await identities.move_identities(tx, other_id, sorted(chosen), home=part is None)
    await contacts.update_contact(tx, contact_id, restored)
    await contacts.reckon_seen(tx, [contact_id, other_id])
    for each in (contact_id, other_id):
        for session_id in await contacts.list_session_ids(tx, each):
            note_change(tx, caller.id, session_id)
    await record(
        tx,
        action="contact.split",
        target=("contact", contact_id),
        after={"split": other_id, "identities": sorted(chosen)},
        origin=origin,
    )
    return other_id
