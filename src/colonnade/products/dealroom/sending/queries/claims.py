"""The claims of runs that send to contacts, and the pending messages of each."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from colonnade.kernel.db import Executor, Transaction
from colonnade.products.dealroom.messages.queries import COLUMNS, message_of
from colonnade.products.dealroom.messages.schemas import Message

__all__ = [
    "Claim",
    "NextMessage",
    "claim_contact",
    "find_next",
    "list_stuck",
    "pause_contact",
    "release_contact",
    "reset_failures",
]

CLAIM_TTL = timedelta(seconds=60)
"""How long a claim lasts (a lease): longer than one sending can take, and renewed with each message."""


class Claim(Struct, frozen=True):
    """Whether a run may send to a contact (`free`), and whether it is the run that had it before (`own`)."""

    free: bool
    own: bool
    wait_seconds: float


class NextMessage(Struct, frozen=True):
    """The next message to be sent to a contact."""

    message: Message
    channel_id: int
    to: str
    media_key: str | None
    reply_to: str | None
    written_at: datetime


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
        SELECT {COLUMNS}, m.media_key, c.channel_id, coalesce(c.wa_id, c.user_id) AS person,
            r.provider_message_id AS reply_to, m.created_at AS written_at
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
        to=row["person"],
        media_key=row["media_key"],
        reply_to=row["reply_to"],
        written_at=row["written_at"],
    )


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
