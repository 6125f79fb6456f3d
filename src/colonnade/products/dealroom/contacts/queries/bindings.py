"""All SQL that binds identities on a channel to sessions."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.products.dealroom.contacts.schemas import ContactBinding, Given, Person

__all__ = [
    "find_binding",
    "find_binding_of_session",
    "find_person",
    "identify_binding",
    "insert_binding",
    "is_session_of",
    "move_bindings",
]

_COLUMNS = """b.id, b.channel_id, b.session_id, b.wa_id, b.user_id, b.profile_name, b.username, b.window_ends_at,
    b.created_at, b.contact_id, b.identity_id"""


def _binding(row: Record | None) -> ContactBinding | None:
    if row is None:
        return None
    values = dict(row)
    wa_id = values.pop("wa_id")
    return ContactBinding(phone_number=f"+{wa_id}" if wa_id is not None else None, **values)


async def find_binding(db: Executor, channel_id: int, identity_id: int) -> ContactBinding | None:
    """Find the binding of an account on a channel: of the identity that leads it, else of one that goes with it."""
    row = await db.fetch_row(
        f"""
        SELECT {_COLUMNS} FROM channel_contacts b JOIN contact_identities i ON i.id = b.identity_id
        WHERE b.channel_id = $1 AND b.identity_id IN (
            SELECT $2::integer UNION ALL SELECT id FROM contact_identities WHERE leader_id = $2)
        ORDER BY i.id = $2 DESC, b.id LIMIT 1
        """,
        channel_id,
        identity_id,
    )
    return _binding(row)


async def find_binding_of_session(db: Executor, session_id: UUID) -> ContactBinding | None:
    """Find the binding of a session."""
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM channel_contacts b WHERE b.session_id = $1", session_id)
    return _binding(row)


async def is_session_of(db: Executor, session_id: UUID, given: Sequence[Given]) -> bool:
    """Return whether the contact of a session has one of these identities."""
    found: bool = await db.fetch_value(
        """
        SELECT EXISTS (
            SELECT FROM channel_contacts b JOIN contact_identities i ON i.contact_id = b.contact_id
            WHERE b.session_id = $1 AND i.ended_at IS NULL
                AND (i.kind, i.value) IN (SELECT * FROM unnest($2::text[], $3::text[]))
        )
        """,
        session_id,
        [one.kind for one in given],
        [one.value for one in given],
    )
    return found


async def find_person(db: Executor, binding_id: int) -> tuple[int, Person] | None:
    """Find whom a binding is sent to, and whose contact that is."""
    row = await db.fetch_row(
        """
        SELECT h.owner_id, b.wa_id, b.user_id FROM channel_contacts b JOIN channels h ON h.id = b.channel_id
        WHERE b.id = $1
        """,
        binding_id,
    )
    return (row["owner_id"], Person(row["wa_id"], row["user_id"])) if row else None


async def insert_binding(
    tx: Transaction, channel_id: int, session_id: UUID, contact_id: int, identity_id: int, person: Person
) -> ContactBinding:
    """Bind an identity of a contact to a session."""
    row = await tx.fetch_row(
        f"""
        INSERT INTO channel_contacts AS b
            (channel_id, session_id, contact_id, identity_id, wa_id, user_id, profile_name, username)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {_COLUMNS}
        """,
        channel_id,
        session_id,
        contact_id,
        identity_id,
        person.wa_id,
        person.user_id,
        person.name,
        person.username,
    )
    found = _binding(row)
    assert found is not None
    return found


async def identify_binding(tx: Transaction, binding_id: int, identity_id: int, person: Person) -> None:
    """Store what is known anew of somebody; None changes nothing. The identity is another only if it has no binding."""
    await tx.execute(
        """
        UPDATE channel_contacts b SET wa_id = coalesce($3, wa_id), user_id = coalesce($4, user_id),
            profile_name = coalesce($5, profile_name), username = coalesce($6, username),
            identity_id = CASE WHEN EXISTS (SELECT FROM channel_contacts o
                WHERE o.channel_id = b.channel_id AND o.identity_id = $2) THEN identity_id ELSE $2 END
        WHERE id = $1
        """,
        binding_id,
        identity_id,
        person.wa_id,
        person.user_id,
        person.name,
        person.username,
    )


async def move_bindings(tx: Transaction, former_id: int, identity_id: int, person: Person) -> None:
    """Bind the sessions of an identity that is given up to another, on each channel where that has none."""
    await tx.execute(
        """
        UPDATE channel_contacts b SET identity_id = $2, wa_id = coalesce($3, wa_id), user_id = coalesce($4, user_id)
        WHERE b.identity_id = $1 AND NOT EXISTS (
            SELECT FROM channel_contacts o WHERE o.channel_id = b.channel_id AND o.identity_id = $2)
        """,
        former_id,
        identity_id,
        person.wa_id,
        person.user_id,
    )
