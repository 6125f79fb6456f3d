"""Two contacts in one, and apart again: which fields, and which identities.

A merge keeps what the contact has and takes the rest of the other's. What it changed, and from what, is kept with the
other (`Merge`), so that a split gives back each field that nobody has changed since.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from colonnade.products.dealroom.contacts.schemas import (
    MAX_IDENTITIES,
    MAX_LABELS,
    MAX_NOTES,
    ContactTooLarge,
    Kept,
    Link,
    Merge,
)

__all__ = ["find_part", "merge_fields", "unmerge_fields", "whole_accounts"]


def merge_fields(one: Kept, other: Kept, *, identities: int, strict: bool) -> Merge:
    """Return what `one` gets of `other`. Raise ContactTooLarge, unless not `strict`: then it gets what fits."""
    labels = list(dict.fromkeys([*one.labels, *other.labels]))
    notes = "\n\n".join(text for text in (one.notes, other.notes) if text) or None
    is_long = notes is not None and len(notes) > MAX_NOTES
    if strict and (identities > MAX_IDENTITIES or len(labels) > MAX_LABELS or is_long):
        raise ContactTooLarge
    wanted = {
        "name": one.name or other.name,
        "profile_name": one.profile_name or other.profile_name,
        "language": one.language or other.language,
        "labels": labels[:MAX_LABELS],
        "notes": one.notes if is_long else notes,
    }
    after = {name: value for name, value in wanted.items() if value != getattr(one, name)}
    return Merge({name: getattr(one, name) for name in after}, after)


def unmerge_fields(one: Kept, merge: Merge) -> dict[str, Any]:
    """Return the fields that are as the merge wrote them, as they were before it."""
    return {name: merge.before[name] for name, value in merge.after.items() if getattr(one, name) == value}


def whole_accounts(links: Sequence[Link], chosen: Collection[int]) -> set[int]:
    """Return the chosen identities with those of the same accounts at the provider."""
    leaders = {link.id: link.leader_id or link.id for link in links}
    wanted = {leaders[id_] for id_ in chosen}
    return {id_ for id_, leader in leaders.items() if leader in wanted}


def find_part(links: Sequence[Link], chosen: Collection[int], merged: Mapping[int, int]) -> int | None:
    """Return the contact that brought exactly these identities, of those that were merged (into which).

    None if they have not come together.
    """
    brought: dict[int, set[int]] = {id_: set() for id_ in merged}
    for link in links:
        home = link.home_id
        while home in merged:
            brought[home].add(link.id)
            home = merged[home]
    fitting = [id_ for id_, identities in brought.items() if identities == set(chosen)]
    outer = [id_ for id_ in fitting if merged[id_] not in fitting]
    return outer[0] if outer else None
