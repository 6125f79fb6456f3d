"""All SQL about identities. Their rows are locked in the order of their ids, before the contacts that have them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from colonnade.kernel.db import Executor, Transaction
from colonnade.products.dealroom.contacts.schemas import Given, Identity, IdentityKind, Known, Link

__all__ = [
    "end_identity",
    "find_known",
    "forget_ended",
    "inherit_preference",
    "insert_identity",
    "lead_identities",
    "list_identities",
    "list_links",
    "lock_values",
    "mark_preference",
    "move_identities",
    "replace_username",
    "write_spelling",
]

_IDENTITY = "id, kind, value, written, created_at, ended_at, marketing_stopped_at"


async def lock_values(tx: Transaction, owner_id: int, given: Sequence[Given]) -> None:
    """Lock identities of an owner, known or not, until the transaction ends."""
    await tx.execute(
        """
        SELECT pg_advisory_xact_lock(hashtextextended(one, 6))
        FROM (SELECT one FROM unnest($1::text[]) AS one ORDER BY one OFFSET 0) AS given
        """,
        [f"{owner_id}:{one.kind}:{min(one.value, one.other or one.value)}" for one in given],
    )


async def find_known(tx: Transaction, owner_id: int, given: Sequence[Given]) -> dict[IdentityKind, Known]:
    """Find and lock those of these identities, one of a kind at most, that an owner's contacts have.

    A number's own form comes before its other one.
    """
    # Two statements: one that waits for a merge and joins would look for the contact of before, and find nobody.
    locked = await tx.fetch(
        """
        SELECT id FROM contact_identities WHERE owner_id = $1 AND ended_at IS NULL
            AND (kind, value) IN (SELECT * FROM unnest($2::text[], $3::text[]))
        ORDER BY id FOR NO KEY UPDATE
        """,
        owner_id,
        [one.kind for one in given for _ in _values(one)],
        [value for one in given for value in _values(one)],
    )
    rows = await tx.fetch(
        """
        SELECT i.id, i.contact_id, i.leader_id, i.kind, i.value, i.written, c.profile_name
        FROM contact_identities i JOIN contacts c ON c.id = i.contact_id WHERE i.id = ANY ($1) ORDER BY i.id
        """,
        [row["id"] for row in locked],
    )
    others = {(one.kind, one.other) for one in given}
    rows.sort(key=lambda row: (row["kind"], row["value"]) not in others)
    return {row["kind"]: Known(*row) for row in rows}


def _values(given: Given) -> list[str]:
    return [given.value] if given.other is None else [given.value, given.other]


async def insert_identity(
    tx: Transaction, owner_id: int, contact_id: int, given: Given, leader_id: int | None
) -> int:
    """Give a contact an identity, and return its id."""
    id_: int = await tx.fetch_value(
        """
        INSERT INTO contact_identities (owner_id, contact_id, home_id, leader_id, kind, value, written, found_by)
        VALUES ($1, $2, $2, $3, $4, $5, $6, $7) RETURNING id
        """,
        owner_id,
        contact_id,
        leader_id,
        given.kind,
        given.value,
        given.written,
        given.found_by,
    )
    return id_


async def write_spelling(tx: Transaction, identity_id: int, given: Given) -> None:
    """Store how the provider spells an identity."""
    await tx.execute(
        "UPDATE contact_identities SET written = $2, found_by = $3 WHERE id = $1",
        identity_id,
        given.written,
        given.found_by,
    )


async def lead_identities(tx: Transaction, former_id: int, leader_id: int) -> None:
    """Let an identity, and those that it has led, go with another."""
    await tx.execute(
        """
        UPDATE contact_identities SET leader_id = $2 WHERE (id = $1 OR leader_id = $1) AND id <> $2
            AND contact_id = (SELECT contact_id FROM contact_identities WHERE id = $2)
        """,
        former_id,
        leader_id,
    )


async def end_identity(tx: Transaction, identity_id: int) -> None:
    """End an identity: it finds nobody any more."""
    await tx.execute("UPDATE contact_identities SET ended_at = now() WHERE id = $1", identity_id)


async def inherit_preference(tx: Transaction, former_id: int, identity_id: int) -> None:
    """Let what somebody has said of marketing hold for the identity by which they are known now."""
    await tx.execute(
        """
        UPDATE contact_identities i SET marketing_stopped_at = f.marketing_stopped_at FROM contact_identities f
        WHERE i.id = $2 AND f.id = $1 AND i.marketing_stopped_at IS NULL AND f.marketing_stopped_at IS NOT NULL
        """,
        former_id,
        identity_id,
    )


async def forget_ended(tx: Transaction, contact_id: int, keep: int) -> None:
    """Delete the identities that a contact gave up first, but for the latest `keep` and those of sessions."""
    await tx.execute(
        """
        DELETE FROM contact_identities i WHERE contact_id = $1 AND id IN (
                SELECT id FROM contact_identities WHERE contact_id = $1 AND ended_at IS NOT NULL
                ORDER BY ended_at DESC, id DESC OFFSET $2)
            AND NOT EXISTS (SELECT FROM channel_contacts b WHERE b.identity_id = i.id)
        """,
        contact_id,
        keep,
    )


async def mark_preference(
    tx: Transaction, leader_ids: Sequence[int], stopped_at: datetime | None, at: datetime
) -> None:
    """Note of accounts since when they want no marketing (None: they do), unless more is known since `at`."""
    await tx.execute(
        """
        UPDATE contact_identities SET marketing_stopped_at = $2::timestamptz
        WHERE (id = ANY ($1) OR leader_id = ANY ($1))
            AND coalesce(marketing_stopped_at <= $3, $2::timestamptz IS NOT NULL)
        """,
        list(leader_ids),
        stopped_at,
        at,
    )


async def replace_username(
    tx: Transaction, owner_id: int, contact_id: int, given: Given, leader_id: int
) -> None:
    """Give an account this user name in place of its own; whoever had the name has it no more."""
    await tx.execute(
        """
        DELETE FROM contact_identities WHERE owner_id = $1 AND kind = 'username' AND (value = $2 OR leader_id = $3)
        """,
        owner_id,
        given.value,
        leader_id,
    )
    await insert_identity(tx, owner_id, contact_id, given, leader_id)


async def list_identities(db: Executor, contact_ids: Sequence[int]) -> dict[int, list[Identity]]:
    """List the identities of contacts, by contact."""
    rows = await db.fetch(
        f"SELECT contact_id, {_IDENTITY} FROM contact_identities WHERE contact_id = ANY ($1) ORDER BY id",
        list(contact_ids),
    )
    found: dict[int, list[Identity]] = {id_: [] for id_ in contact_ids}
    for row in rows:
        found[row["contact_id"]].append(Identity(*row[1:]))
    return found


async def list_links(tx: Transaction, contact_id: int) -> list[Link]:
    """List how the identities of a contact hang together."""
    rows = await tx.fetch(
        "SELECT id, leader_id, home_id FROM contact_identities WHERE contact_id = $1 ORDER BY id", contact_id
    )
    return [Link(*row) for row in rows]


async def move_identities(
    tx: Transaction, contact_id: int, identity_ids: Sequence[int], *, home: bool = False
) -> None:
    """Give identities to another contact, for good with `home`; their sessions follow by the foreign key."""
    await tx.execute(
        """
        UPDATE contact_identities SET contact_id = $1, home_id = CASE WHEN $3 THEN $1 ELSE home_id END
        WHERE id = ANY ($2)
        """,
        contact_id,
        list(identity_ids),
        home,
    )
