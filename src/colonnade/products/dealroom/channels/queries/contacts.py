"""All SQL about contacts: their bindings to sessions, and the messages that they sent or were sent."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from msgspec import UNSET

from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.products.dealroom.channels.schemas import Contact
from colonnade.products.dealroom.messages.queries import COLUMNS, message_of
from colonnade.products.dealroom.messages.schemas import Message

__all__ = [
    "find_binding",
    "find_message_id",
    "find_person",
    "identify_contact",
    "insert_contact",
    "is_sending",
    "list_pending",
    "lock_contact",
    "lock_incoming",
    "lock_person",
    "lock_sent",
    "open_window",
]

WINDOW = timedelta(hours=24)
"""How long after a customer's message the provider accepts anything but templates."""

_CONTACT = "id, channel_id, wa_id, user_id, session_id, profile_name, username, window_ends_at, created_at"


def _contact(row: Record) -> Contact:
    return Contact(
        id=row["id"],
        channel_id=row["channel_id"],
        session_id=row["session_id"],
        phone_number=f"+{row['wa_id']}" if row["wa_id"] is not None else None,
        user_id=row["user_id"] or UNSET,
        profile_name=row["profile_name"],
        username=row["username"] or UNSET,
        window_ends_at=row["window_ends_at"],
        created_at=row["created_at"],
    )


async def lock_contact(tx: Transaction, channel_id: int, wa_id: str) -> None:
    """Lock a contact, known or not, until the transaction ends; taken before the session's lock."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 5))", f"{channel_id}:{wa_id}")


async def lock_person(tx: Transaction, channel_id: int, wa_id: str | None, user_id: str | None) -> None:
    """Lock whoever has this number or this id, known or not, as `lock_contact` does."""
    await tx.execute(
        """
        SELECT pg_advisory_xact_lock(hashtextextended($1::text || ':' || one, 5))
        FROM unnest(ARRAY[$2, $3]) WITH ORDINALITY AS given (one, place) WHERE one IS NOT NULL ORDER BY place
        """,
        str(channel_id),
        user_id,
        wa_id,
    )


async def find_person(
    tx: Transaction, channel_id: int, wa_id: str | None, user_id: str | None
) -> Contact | None:
    """Find the contact with this number, else the one with this id."""
    row = await tx.fetch_row(
        f"""
        SELECT {_CONTACT} FROM channel_contacts
        WHERE channel_id = $1 AND (wa_id = $2 OR user_id = $3) ORDER BY wa_id = $2 DESC NULLS LAST LIMIT 1
        """,
        channel_id,
        wa_id,
        user_id,
    )
    return _contact(row) if row else None


async def find_binding(tx: Transaction, channel_id: int, wa_id: str, session_id: UUID) -> list[Contact]:
    """Return the contact and the contact of the session, as far as they exist."""
    rows = await tx.fetch(
        f"SELECT {_CONTACT} FROM channel_contacts WHERE (channel_id = $1 AND wa_id = $2) OR session_id = $3",
        channel_id,
        wa_id,
        session_id,
    )
    return [_contact(row) for row in rows]


async def insert_contact(
    tx: Transaction,
    channel_id: int,
    wa_id: str | None,
    session_id: UUID,
    profile_name: str | None,
    *,
    user_id: str | None = None,
    username: str | None = None,
) -> Contact:
    """Bind a contact, who has a number, an id or both, to a session."""
    row = await tx.fetch_row(
        f"""
        INSERT INTO channel_contacts (channel_id, wa_id, session_id, profile_name, user_id, username)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING {_CONTACT}
        """,
        channel_id,
        wa_id,
        session_id,
        profile_name,
        user_id,
        username,
    )
    assert row is not None
    return _contact(row)


async def identify_contact(
    tx: Transaction,
    contact_id: int,
    *,
    wa_id: str | None,
    user_id: str | None,
    profile_name: str | None,
    username: str | None,
) -> None:
    """Store what is known anew of a contact; None changes nothing, and nobody gets another contact's number or id."""
    await tx.execute(
        """
        UPDATE channel_contacts c SET
            wa_id = CASE WHEN EXISTS (SELECT FROM channel_contacts o WHERE o.channel_id = c.channel_id
                AND o.wa_id = $2 AND o.id <> c.id) THEN wa_id ELSE coalesce($2, wa_id) END,
            user_id = CASE WHEN EXISTS (SELECT FROM channel_contacts o WHERE o.channel_id = c.channel_id
                AND o.user_id = $3 AND o.id <> c.id) THEN user_id ELSE coalesce($3, user_id) END,
            profile_name = coalesce($4, profile_name), username = coalesce($5, username)
        WHERE id = $1
        """,
        contact_id,
        wa_id,
        user_id,
        profile_name,
        username,
    )


async def open_window(tx: Transaction, session_id: UUID) -> None:
    """Note that the session's contact has written now: for a day they can be sent anything."""
    await tx.execute(
        """
        UPDATE channel_contacts SET window_ends_at = now() + $2::interval
        WHERE session_id = $1 AND coalesce(window_ends_at < now() + $2::interval - interval '10 seconds', true)
        """,
        session_id,
        WINDOW,
    )


async def find_message_id(
    db: Executor, channel_id: int, session_id: UUID, provider_message_id: str
) -> int | None:
    """Find the message of a session by the provider's id."""
    id_: int | None = await db.fetch_value(
        "SELECT id FROM messages WHERE channel_id = $1 AND provider_message_id = $2 AND session_id = $3",
        channel_id,
        provider_message_id,
        session_id,
    )
    return id_


async def lock_sent(tx: Transaction, channel_id: int, provider_message_id: str) -> int | None:
    """Lock a message that we sent, its session first, and return its id; None for one that is not ours."""
    id_: int | None = await tx.fetch_value(
        """
        SELECT m.id FROM messages m JOIN chat_sessions s ON s.id = m.session_id
        WHERE m.channel_id = $1 AND m.provider_message_id = $2 AND m.sender <> 'customer'
        FOR NO KEY UPDATE OF s, m
        """,
        channel_id,
        provider_message_id,
    )
    return id_


async def is_sending(db: Executor, channel_id: int, wa_id: str | None, user_id: str | None) -> bool:
    """Return whether a message to whoever has this number or id is being sent now."""
    found: bool = await db.fetch_value(
        """
        SELECT EXISTS (SELECT FROM channel_contacts
            WHERE channel_id = $1 AND (wa_id = $2 OR user_id = $3) AND run IS NOT NULL AND busy_until > now())
        """,
        channel_id,
        wa_id,
        user_id,
    )
    return found


async def list_pending(tx: Transaction, channel_id: int) -> list[int]:
    """List the ids of a channel's pending messages."""
    rows = await tx.fetch(
        "SELECT id FROM messages WHERE channel_id = $1 AND status = 'pending' ORDER BY id", channel_id
    )
    return [row["id"] for row in rows]


async def lock_incoming(tx: Transaction, message_id: int) -> Message | None:
    """Lock a customer's message that still lacks its file, its session first; None if it has it, or was deleted."""
    row = await tx.fetch_row(
        f"""
        SELECT {COLUMNS} FROM messages m JOIN chat_sessions s ON s.id = m.session_id
        WHERE m.id = $1 AND m.media_key IS NULL AND m.deleted_at IS NULL FOR NO KEY UPDATE OF s, m
        """,
        message_id,
    )
    return message_of(row) if row else None
