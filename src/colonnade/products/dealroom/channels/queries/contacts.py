"""All SQL about contacts: their bindings to sessions, and the claims of runs that send to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.products.dealroom.channels.schemas import Contact
from colonnade.products.dealroom.messages.queries import COLUMNS, message_of
from colonnade.products.dealroom.messages.schemas import Message

__all__ = [
    "Claim",
    "NextMessage",
    "attach_media",
    "claim_contact",
    "find_binding",
    "find_contact",
    "find_message_id",
    "find_next",
    "insert_contact",
    "is_sending",
    "list_pending",
    "list_stuck",
    "lock_contact",
    "lock_incoming",
    "lock_sent",
    "pause_contact",
    "record_sent",
    "release_contact",
    "rename_contact",
    "reset_failures",
]

CLAIM_TTL = timedelta(seconds=60)
"""How long a claim lasts (a lease): longer than one sending can take, and renewed with each message."""

_CONTACT = "id, channel_id, wa_id, session_id, profile_name, created_at"


class Claim(Struct, frozen=True):
    """Whether a run may send to a contact (`free`), and whether it is the run that had it before (`own`)."""

    free: bool
    own: bool
    wait_seconds: float


class NextMessage(Struct, frozen=True):
    """The next message to be sent to a contact."""

    message: Message
    channel_id: int
    wa_id: str
    media_key: str | None
    reply_to: str | None
    written_at: datetime


def _contact(row: Record) -> Contact:
    return Contact(
        id=row["id"],
        channel_id=row["channel_id"],
        session_id=row["session_id"],
        phone_number=f"+{row['wa_id']}",
        profile_name=row["profile_name"],
        created_at=row["created_at"],
    )


async def lock_contact(tx: Transaction, channel_id: int, wa_id: str) -> None:
    """Lock a contact, known or not, until the transaction ends; taken before the session's lock."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 5))", f"{channel_id}:{wa_id}")


async def find_contact(
    tx: Transaction, channel_id: int, wa_id: str, provider_message_id: str
) -> tuple[Contact | None, bool]:
    """Return the contact, if known, and whether the channel has a message with this id already."""
    row = await tx.fetch_row(
        f"""
        SELECT {_CONTACT}, EXISTS (
            SELECT FROM messages WHERE channel_id = $1 AND provider_message_id = $3) AS repeated
        FROM (SELECT) one LEFT JOIN channel_contacts ON channel_id = $1 AND wa_id = $2
        """,
        channel_id,
        wa_id,
        provider_message_id,
    )
    assert row is not None
    return (_contact(row) if row["id"] is not None else None), row["repeated"]


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
    tx: Transaction, channel_id: int, wa_id: str, session_id: UUID, profile_name: str | None
) -> Contact:
    """Bind a contact to a session."""
    row = await tx.fetch_row(
        f"""
        INSERT INTO channel_contacts (channel_id, wa_id, session_id, profile_name) VALUES ($1, $2, $3, $4)
        RETURNING {_CONTACT}
        """,
        channel_id,
        wa_id,
        session_id,
        profile_name,
    )
    assert row is not None
    return _contact(row)


async def rename_contact(tx: Transaction, contact_id: int, profile_name: str) -> None:
    """Store the name that a contact has chosen."""
    await tx.execute("UPDATE channel_contacts SET profile_name = $2 WHERE id = $1", contact_id, profile_name)


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
    """Lock a message that we sent and return its id; None for one that is not ours."""
    id_: int | None = await tx.fetch_value(
        """
        SELECT id FROM messages WHERE channel_id = $1 AND provider_message_id = $2 AND sender <> 'customer'
        FOR NO KEY UPDATE
        """,
        channel_id,
        provider_message_id,
    )
    return id_


async def is_sending(db: Executor, channel_id: int, wa_id: str) -> bool:
    """Return whether a message to this contact is being sent now."""
    found: bool = await db.fetch_value(
        """
        SELECT EXISTS (SELECT FROM channel_contacts
            WHERE channel_id = $1 AND wa_id = $2 AND run IS NOT NULL AND busy_until > now())
        """,
        channel_id,
        wa_id,
    )
    return found


async def claim_contact(db: Executor, contact_id: int, run: UUID) -> Claim | None:
    """Claim a contact for `run`, unless another run has it or a pause lasts; return None if the contact is gone.

    If another run has it, that run is made to look again before it ends.
    """
    row = await db.fetch_row(
        """
        WITH before AS (
            SELECT id, run, busy_until, coalesce(busy_until <= now(), true) AS free
            FROM channel_contacts WHERE id = $1 FOR UPDATE
        )
        UPDATE channel_contacts c SET
            run = CASE WHEN before.free THEN $2 ELSE before.run END,
            busy_until = CASE WHEN before.free THEN now() + $3::interval ELSE before.busy_until END,
            again = NOT before.free
        FROM before WHERE c.id = before.id
        RETURNING before.free, coalesce(before.run = $2, false) AS own,
            greatest(0, coalesce(extract(epoch FROM before.busy_until - now()), 0))::float8 AS wait_seconds
        """,
        contact_id,
        run,
        CLAIM_TTL,
    )
    return Claim(**row) if row else None


async def reset_failures(tx: Transaction, contact_id: int) -> None:
    """Reset the pauses to the shortest, because the provider has answered."""
    await tx.execute("UPDATE channel_contacts SET failures = 0 WHERE id = $1 AND failures > 0", contact_id)


async def release_contact(db: Executor, contact_id: int, run: UUID) -> bool:
    """End a run that found nothing more to send; return False if it must look again."""
    look_again: bool | None = await db.fetch_value(
        """
        UPDATE channel_contacts SET again = false, run = CASE WHEN again THEN run END,
            busy_until = CASE WHEN again THEN now() + $3::interval END
        WHERE id = $1 AND run = $2 RETURNING run IS NOT NULL
        """,
        contact_id,
        run,
        CLAIM_TTL,
    )
    return not look_again


async def pause_contact(tx: Transaction, contact_id: int, run: UUID) -> timedelta | None:
    """End the run with a pause (exponential backoff up to ten minutes); return None if it had ended."""
    seconds: int | None = await tx.fetch_value(
        """
        UPDATE channel_contacts SET run = NULL, again = false, failures = failures + 1,
            busy_until = now() + make_interval(secs => least(600, 5 * 2 ^ least(failures, 10)))
        WHERE id = $1 AND run = $2 RETURNING least(600, 5 * 2 ^ least(failures - 1, 10))::integer
        """,
        contact_id,
        run,
    )
    return None if seconds is None else timedelta(seconds=seconds)


async def find_next(db: Executor, contact_id: int, run: UUID) -> NextMessage | None:
    """Find the contact's first pending message, and renew the run's claim."""
    row = await db.fetch_row(
        f"""
        WITH c AS (
            UPDATE channel_contacts SET busy_until = now() + $3::interval WHERE id = $1 AND run = $2 RETURNING *
        )
        SELECT {COLUMNS}, m.media_key, c.channel_id, c.wa_id, r.provider_message_id AS reply_to,
            m.created_at AS written_at
        FROM c JOIN messages m ON m.session_id = c.session_id AND m.channel_id = c.channel_id
        LEFT JOIN messages r ON r.id = m.reply_to_id AND r.channel_id = c.channel_id
        WHERE m.status = 'pending' ORDER BY m.seq LIMIT 1
        """,
        contact_id,
        run,
        CLAIM_TTL,
    )
    if row is None:
        return None
    return NextMessage(
        message=message_of(row),
        channel_id=row["channel_id"],
        wa_id=row["wa_id"],
        media_key=row["media_key"],
        reply_to=row["reply_to"],
        written_at=row["written_at"],
    )


async def record_sent(tx: Transaction, message_id: int, provider_message_id: str | None) -> Message | None:
    """Record that the provider accepted a pending message; return None if it is no longer pending."""
    row = await tx.fetch_row(
        f"""
        UPDATE messages m SET status = 'sent', provider_message_id = $2, version = version + 1
        WHERE id = $1 AND status = 'pending' RETURNING {COLUMNS}
        """,
        message_id,
        provider_message_id,
    )
    return message_of(row) if row else None


async def list_pending(tx: Transaction, channel_id: int) -> list[int]:
    """List the ids of a channel's pending messages."""
    rows = await tx.fetch(
        "SELECT id FROM messages WHERE channel_id = $1 AND status = 'pending' ORDER BY id", channel_id
    )
    return [row["id"] for row in rows]


async def list_stuck(db: Executor) -> list[int]:
    """List contacts whose messages have been pending for minutes without a run."""
    rows = await db.fetch(
        """
        SELECT DISTINCT c.id
        FROM messages m JOIN channel_contacts c ON c.session_id = m.session_id AND c.channel_id = m.channel_id
        WHERE m.status = 'pending' AND m.created_at < now() - interval '5 minutes'
            AND coalesce(c.busy_until < now() - interval '1 minute', true)
        ORDER BY c.id
        """
    )
    return [row["id"] for row in rows]


async def lock_incoming(tx: Transaction, message_id: int) -> Message | None:
    """Lock a customer's message that still lacks its file; return None if it has it, or was deleted."""
    row = await tx.fetch_row(
        f"""
        SELECT {COLUMNS} FROM messages m
        WHERE m.id = $1 AND m.media_key IS NULL AND m.deleted_at IS NULL FOR NO KEY UPDATE
        """,
        message_id,
    )
    return message_of(row) if row else None


async def attach_media(
    tx: Transaction, message_id: int, *, key: str, mimetype: str, name: str, size_bytes: int
) -> Message:
    """Attach the fetched file to a message, in place of the placeholder."""
    row = await tx.fetch_row(
        f"""
        UPDATE messages m SET media_key = $2, media_mimetype = $3, media_name = $4, media_size_bytes = $5,
            content = nullif(content, '[' || type || ']'), version = version + 1
        WHERE id = $1 RETURNING {COLUMNS}
        """,
        message_id,
        key,
        mimetype,
        name,
        size_bytes,
    )
    assert row is not None
    return message_of(row)
