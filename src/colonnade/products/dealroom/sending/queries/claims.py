"""The claims of runs that send to contacts, and the pending messages of each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.products.dealroom.messages.queries import COLUMNS, message_of
from colonnade.products.dealroom.messages.schemas import Message
from colonnade.products.dealroom.sending.queries.templates import STOPPED

__all__ = [
    "Claim",
    "NextMessage",
    "claim_contact",
    "end_attempt",
    "end_contact_pause",
    "end_run",
    "find_first_contact",
    "find_next",
    "find_receiver",
    "forget_upload",
    "hand_over_claim",
    "list_queue",
    "list_stuck",
    "note_upload",
    "pause_contact",
    "release_contact",
]

CLAIM_TTL = timedelta(seconds=60)
"""How long a claim lasts (a lease): longer than one sending can take, and renewed with each message."""

UPLOAD_TTL = timedelta(minutes=15)
"""How long the claim of a run lasts whose file waits to be uploaded, and then is: longer than one upload can take."""

MEDIA_TTL = timedelta(days=25)
"""How long an upload is used; the provider keeps it for thirty days."""

STUCK_CONTACTS_PER_CHANNEL = 500


class Claim(Struct, frozen=True):
    """Whether a run may send to a contact (`free`), and whether it is the run that had it before (`own`).

    `paused`: the channel is, which ends every run. `left_over` is the message that a run was sending when it died.
    """

    free: bool
    own: bool
    paused: bool
    wait_seconds: float
    left_over: int | None


class NextMessage(Struct, frozen=True):
    """The next message to be sent to a contact; `template` with name, language and parameters, if it is one.

    `given_up`: whoever had the number has another one now, and who has it is somebody else. `unwanted`: the message is
    marketing, which the contact has stopped. A file of ours that is stored under `media_key` is the provider's
    `media_id`, once it was uploaded.
    """

    message: Message
    channel_id: int
    to: str
    media_key: str | None
    media_id: str | None
    reply_to: str | None
    written_at: datetime
    window_ends_at: datetime | None
    resends: int
    template: tuple[str, str, Any] | None
    given_up: bool
    unwanted: bool

    @property
    def lacks_file(self) -> bool:
        """Return whether the message has a file that the provider does not have."""
        return self.media_key is not None and self.media_id is None


async def claim_contact(db: Executor, contact_id: int, run: UUID, *, probing: bool = False) -> Claim | None:
    """Claim a contact for `run`, unless another run has it or a pause lasts; return None if the contact is gone.

    If another run has it, that run is made to look again before it ends. `probing` disregards the channel's pause.
    """
    row = await db.fetch_row(
        """
        WITH before AS (
            SELECT c.id, run, busy_until, sending_id, coalesce(busy_until <= now(), true) AS free,
                ch.paused_until IS NOT NULL AND NOT $4 AS paused
            FROM channel_contacts c JOIN channels ch ON ch.id = c.channel_id WHERE c.id = $1 FOR UPDATE OF c
        )
        UPDATE channel_contacts c SET
            run = CASE WHEN before.free AND NOT before.paused THEN $2 ELSE before.run END,
            busy_until = CASE WHEN before.free AND NOT before.paused
                THEN now() + $3::interval ELSE before.busy_until END,
            again = NOT before.free
        FROM before WHERE c.id = before.id
        RETURNING before.free, coalesce(before.run = $2, false) AS own, before.paused,
            greatest(0, coalesce(extract(epoch FROM before.busy_until - now()), 0))::float8 AS wait_seconds,
            CASE WHEN before.free THEN before.sending_id END AS left_over
        """,
        contact_id,
        run,
        CLAIM_TTL,
        probing,
    )
    return Claim(**row) if row else None


async def end_attempt(tx: Transaction, contact_id: int, run: UUID, *, answered: bool) -> None:
    """Note that what became of the message that the run was sending is recorded.

    If the provider has `answered`, the contact's next pause is the shortest again.
    """
    await tx.execute(
        """
        UPDATE channel_contacts SET sending_id = NULL, failures = CASE WHEN $3 THEN 0 ELSE failures END
        WHERE id = $1 AND run = $2
        """,
        contact_id,
        run,
        answered,
    )


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


async def end_run(db: Executor, contact_id: int, run: UUID) -> None:
    """End a run whatever was written meanwhile: another one follows, and would find the contact claimed."""
    await db.execute(
        "UPDATE channel_contacts SET again = false, run = NULL, busy_until = NULL WHERE id = $1 AND run = $2",
        contact_id,
        run,
    )


async def pause_contact(
    tx: Transaction, contact_id: int, run: UUID, *, wait_seconds: int | None = None
) -> timedelta | None:
    """End the run with a pause (`wait_seconds`, else exponential backoff up to ten minutes); None if it had ended."""
    seconds: int | None = await tx.fetch_value(
        """
        UPDATE channel_contacts SET run = NULL, again = false, sending_id = NULL, failures = failures + 1,
            busy_until = now() + make_interval(secs => coalesce($3, least(600, 5 * 2 ^ least(failures, 10))))
        WHERE id = $1 AND run = $2 RETURNING coalesce($3, least(600, 5 * 2 ^ least(failures - 1, 10)))::integer
        """,
        contact_id,
        run,
        wait_seconds,
    )
    return None if seconds is None else timedelta(seconds=seconds)


async def end_contact_pause(tx: Transaction, contact_id: int) -> None:
    """Let the contact's next run begin at once: not the contact but the channel pauses."""
    await tx.execute(
        "UPDATE channel_contacts SET busy_until = NULL, failures = 0 WHERE id = $1 AND run IS NULL",
        contact_id,
    )


async def hand_over_claim(
    tx: Transaction, contact_id: int, run: UUID, heir: UUID, *, probing: bool = False
) -> bool:
    """Give the claim of a run to the run that uploads the next message's file; return False if it has ended.

    If it is `probing`, the channel's pause waits for the upload as well.
    """
    channel_id: int | None = await tx.fetch_value(
        """
        UPDATE channel_contacts SET run = $3, busy_until = now() + $4::interval, sending_id = NULL
        WHERE id = $1 AND run = $2 RETURNING channel_id
        """,
        contact_id,
        run,
        heir,
        UPLOAD_TTL,
    )
    if channel_id is not None and probing:
        await tx.execute(
            "UPDATE channels SET probing_until = now() + $2::interval WHERE id = $1 AND paused_until IS NOT NULL",
            channel_id,
            UPLOAD_TTL,
        )
    return channel_id is not None


async def note_upload(tx: Transaction, message_id: int, media_id: str) -> None:
    """Store the provider's id of a message's file."""
    await tx.execute(
        """
        INSERT INTO message_uploads (message_id, media_id) SELECT id, $2 FROM messages WHERE id = $1
        ON CONFLICT (message_id) DO UPDATE SET media_id = excluded.media_id, uploaded_at = now()
        """,
        message_id,
        media_id,
    )


async def forget_upload(tx: Transaction, message_id: int) -> None:
    """Have a message's file uploaded anew when it is sent again."""
    await tx.execute("DELETE FROM message_uploads WHERE message_id = $1", message_id)


async def find_next(
    db: Executor, contact_id: int, run: UUID, *, probing: bool = False, uploading: bool = False
) -> NextMessage | None:
    """Find the contact's first pending message, note that the run is sending it, and renew the run's claim.

    One whose file the provider does not have is not being sent, nor is any by a run that is `uploading`. There is none
    while the channel is paused, unless the run is `probing`.
    """
    row = await db.fetch_row(
        f"""
        WITH next AS (
            SELECT m.*, u.media_id FROM channel_contacts c JOIN channels ch ON ch.id = c.channel_id
                JOIN messages m ON m.session_id = c.session_id AND m.channel_id = c.channel_id
                LEFT JOIN message_uploads u ON u.message_id = m.id AND u.uploaded_at > now() - $5::interval
            WHERE c.id = $1 AND c.run = $2 AND m.status = 'pending' AND (ch.paused_until IS NULL OR $4)
            ORDER BY m.seq LIMIT 1
        ), c AS (
            UPDATE channel_contacts SET busy_until = now() + $3::interval,
                sending_id = (SELECT id FROM next WHERE NOT $6 AND (media_key IS NULL OR media_id IS NOT NULL))
            WHERE id = $1 AND run = $2 RETURNING *
        )
        SELECT {COLUMNS}, m.media_key, m.media_id, coalesce(m.resends, 0) AS resends, c.channel_id,
            coalesce(c.wa_id, c.user_id) AS person, c.window_ends_at,
            r.provider_message_id AS reply_to, m.created_at AS written_at, t.name AS template, t.language, t.parameters,
            EXISTS (SELECT FROM contact_identities i WHERE i.id = c.identity_id AND i.ended_at IS NOT NULL
                AND NOT EXISTS (SELECT FROM contact_identities o WHERE o.contact_id = i.contact_id
                    AND o.kind = i.kind AND o.value = i.value AND o.ended_at IS NULL)) AS given_up,
            coalesce(p.category = 'MARKETING', false) AND {STOPPED} AS unwanted
        FROM c JOIN next m ON true
        LEFT JOIN messages r ON r.id = m.reply_to_id AND r.channel_id = c.channel_id
        LEFT JOIN template_messages t ON t.message_id = m.id
        LEFT JOIN channel_templates p
            ON p.channel_id = c.channel_id AND p.name = t.name AND p.language = t.language
        """,
        contact_id,
        run,
        UPLOAD_TTL if uploading else CLAIM_TTL,
        probing,
        MEDIA_TTL,
        uploading,
    )
    return None if row is None else _next_message(row)


def _next_message(row: Record) -> NextMessage:
    template = row["template"]
    return NextMessage(
        message=message_of(row),
        channel_id=row["channel_id"],
        to=row["person"],
        media_key=row["media_key"],
        media_id=row["media_id"],
        reply_to=row["reply_to"],
        written_at=row["written_at"],
        window_ends_at=row["window_ends_at"],
        resends=row["resends"],
        template=None if template is None else (template, row["language"], row["parameters"]),
        given_up=row["given_up"],
        unwanted=row["unwanted"],
    )


async def find_first_contact(db: Executor, channel_id: int) -> int | None:
    """Find the contact with the channel's first pending message, of those whom no run sends to or pauses for."""
    id_: int | None = await db.fetch_value(
        """
        SELECT c.id FROM messages m
            JOIN channel_contacts c ON c.session_id = m.session_id AND c.channel_id = m.channel_id
        WHERE m.channel_id = $1 AND m.status = 'pending' AND coalesce(c.busy_until <= now(), true)
        ORDER BY m.id LIMIT 1
        """,
        channel_id,
    )
    return id_


async def find_receiver(db: Executor, message_id: int) -> tuple[int, int] | None:
    """Find the contact that a message of ours goes to, and how often it was sent again."""
    row = await db.fetch_row(
        """
        SELECT c.id, coalesce(m.resends, 0) AS resends FROM messages m
            JOIN channel_contacts c ON c.session_id = m.session_id AND c.channel_id = m.channel_id
        WHERE m.id = $1 AND m.sender IN ('human', 'assistant')
        """,
        message_id,
    )
    return (row["id"], row["resends"]) if row else None


async def list_queue(
    db: Executor, channel_id: int, *, after_id: int, limit: int
) -> tuple[list[int], int | None]:
    """List the contacts of the channel's next `limit` pending messages, each once in order, and the last one's id."""
    rows = await db.fetch(
        """
        SELECT m.id, c.id AS contact_id FROM messages m
            LEFT JOIN channel_contacts c ON c.session_id = m.session_id AND c.channel_id = m.channel_id
        WHERE m.channel_id = $1 AND m.status = 'pending' AND m.id > $2 ORDER BY m.id LIMIT $3
        """,
        channel_id,
        after_id,
        limit,
    )
    contacts = dict.fromkeys(row["contact_id"] for row in rows if row["contact_id"] is not None)
    return list(contacts), rows[-1]["id"] if len(rows) == limit else None


async def list_stuck(db: Executor) -> list[int]:
    """List contacts whose messages have been pending for minutes without a run, in channels that are not paused."""
    rows = await db.fetch(
        """
        SELECT DISTINCT c.id
        FROM channels ch CROSS JOIN LATERAL (
            SELECT session_id FROM messages
            WHERE channel_id = ch.id AND status = 'pending' AND created_at < now() - interval '5 minutes'
            ORDER BY id LIMIT $1
        ) m JOIN channel_contacts c ON c.session_id = m.session_id AND c.channel_id = ch.id
        WHERE ch.paused_until IS NULL AND coalesce(c.busy_until < now() - interval '1 minute', true)
        ORDER BY c.id
        """,
        STUCK_CONTACTS_PER_CHANNEL,
    )
    return [row["id"] for row in rows]
