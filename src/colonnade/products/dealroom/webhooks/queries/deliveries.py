"""SQL of the bodies that wait to be received, because there is much in them.

Each stands in a line for everybody whom it is about (`webhook_delivery_people`, kept by triggers on `people`), and may
be received when it is first in all of them. One that cannot be read is set aside, in no line, until it can be.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from colonnade.kernel.db import Executor, Transaction

__all__ = [
    "SealedDelivery",
    "SetAside",
    "claim_delivery",
    "collect_deliveries",
    "count_waiting_bytes",
    "find_forgotten",
    "find_set_aside",
    "finish_delivery",
    "give_back_delivery",
    "insert_delivery",
    "is_behind",
    "leave_delivery",
    "leave_lines",
    "list_waiting_channels",
    "prune_set_aside",
    "set_aside",
    "take_up",
]


class SealedDelivery(Struct, frozen=True):
    """A body that waits; `raw` is encrypted, `people` are those whose later messages wait for it."""

    id: UUID
    channel_id: int
    digest: bytes
    people: list[str]
    raw: str
    size_bytes: int


class SetAside(Struct, frozen=True):
    """A body that could not be read; `raw` is encrypted."""

    id: UUID
    channel_id: int
    raw: str


async def insert_delivery(tx: Transaction, delivery: SealedDelivery) -> None:
    """Keep a body until it is received; one that waits already stays, one that could not be read is replaced."""
    await tx.execute(
        "DELETE FROM webhook_deliveries WHERE channel_id = $1 AND digest = $2 AND problem IS NOT NULL",
        delivery.channel_id,
        delivery.digest,
    )
    await tx.execute(
        """
        INSERT INTO webhook_deliveries (id, channel_id, digest, people, raw, size_bytes)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (channel_id, digest) DO NOTHING
        """,
        delivery.id,
        delivery.channel_id,
        delivery.digest,
        delivery.people,
        delivery.raw,
        delivery.size_bytes,
    )


async def count_waiting_bytes(db: Executor, owner_id: int) -> int:
    """Count the bytes that wait in the bodies of an owner's channels, without those that were set aside."""
    size: int = await db.fetch_value(
        """
        SELECT coalesce(sum(d.size_bytes), 0)::bigint
        FROM webhook_deliveries d JOIN channels c ON c.id = d.channel_id WHERE c.owner_id = $1 AND d.problem IS NULL
        """,
        owner_id,
    )
    return size


async def is_behind(db: Executor, channel_id: int, people: Collection[str]) -> bool:
    """Return whether a body waits that says something of any of these people."""
    found: bool = await db.fetch_value(
        "SELECT EXISTS (SELECT FROM webhook_delivery_people WHERE channel_id = $1 AND person = ANY ($2::text[]))",
        channel_id,
        list(people),
    )
    return found


async def claim_delivery(
    db: Executor, channel_id: int, job_id: int, claim: timedelta
) -> tuple[UUID, str] | None:
    """Claim the first body whose people are in none before it, unless another job has it; return its id and text."""
    row = await db.fetch_row(
        """
        UPDATE webhook_deliveries SET claimed_by = $2, claimed_until = now() + $3::interval
        WHERE id = (
            SELECT d.id FROM webhook_deliveries d
            WHERE d.channel_id = $1 AND d.blocked = 0 AND d.problem IS NULL
                AND (d.claimed_until IS NULL OR d.claimed_until < now() OR d.claimed_by = $2)
            ORDER BY d.place LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id, raw
        """,
        channel_id,
        job_id,
        claim,
    )
    return (row["id"], row["raw"]) if row else None


async def find_forgotten(
    tx: Transaction, delivery_id: UUID, about: Sequence[str | None], *, locks: bool = False
) -> list[bool] | None:
    """Return of which items, by whom they are `about`, the body brings nothing any more; None if the body is gone.

    Their contact was deleted while it waited; of an item about nobody knows whom, anybody's was. With `locks` none is
    deleted until the transaction ends.
    """
    rows = await tx.fetch(
        f"""
        WITH body AS (SELECT forgotten FROM webhook_deliveries WHERE id = $1 {"FOR SHARE" if locks else ""})
        SELECT coalesce(forgotten && webhook_person_hashes(given.people), forgotten <> '{{}}') AS gone
        FROM body, unnest($2::text[]) WITH ORDINALITY AS given (people, place) ORDER BY given.place
        """,
        delivery_id,
        list(about),
    )
    return [row["gone"] for row in rows] if rows else None


async def leave_delivery(db: Executor, delivery_id: UUID, people: Collection[str], pause: timedelta) -> None:
    """Let a body wait for its next attempt: only these people's later messages wait for it still."""
    await db.execute(
        "UPDATE webhook_deliveries SET people = $2, claimed_until = now() + $3::interval WHERE id = $1",
        delivery_id,
        list(people),
        pause,
    )


async def give_back_delivery(tx: Transaction, delivery_id: UUID) -> None:
    """Let another job claim a body of which there is more to be received."""
    await tx.execute(
        "UPDATE webhook_deliveries SET claimed_by = NULL, claimed_until = NULL WHERE id = $1", delivery_id
    )


async def leave_lines(db: Executor, channel_id: int, delivery_id: UUID, people: Collection[str]) -> None:
    """Say that a body has nothing more of these people; what comes of them waits for it no more."""
    await db.execute(
        "SELECT webhook_deliveries_leave($1, $2, $3::text[])", channel_id, delivery_id, list(people)
    )


async def finish_delivery(tx: Transaction, channel_id: int, delivery_id: UUID) -> bool:
    """Forget a body that was received; return whether another one of the channel waits."""
    await tx.execute("DELETE FROM webhook_deliveries WHERE id = $1", delivery_id)
    return await _has_waiting(tx, channel_id)


async def _has_waiting(tx: Transaction, channel_id: int) -> bool:
    more: bool = await tx.fetch_value(
        "SELECT EXISTS (SELECT FROM webhook_deliveries WHERE channel_id = $1 AND problem IS NULL)", channel_id
    )
    return more


async def set_aside(tx: Transaction, channel_id: int, delivery_id: UUID, problem: str) -> bool:
    """Keep a body that cannot be read out of all lines; return whether another one of the channel waits."""
    await tx.execute(
        """
        UPDATE webhook_deliveries SET problem = $2, set_aside_at = now(), people = '{}', claimed_by = NULL,
            claimed_until = NULL
        WHERE id = $1
        """,
        delivery_id,
        problem[:300],
    )
    return await _has_waiting(tx, channel_id)


async def find_set_aside(db: Executor, after: UUID | None) -> SetAside | None:
    """Find the next body that was set aside, in the order of their ids."""
    row = await db.fetch_row(
        """
        SELECT id, channel_id, raw FROM webhook_deliveries
        WHERE problem IS NOT NULL AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT 1
        """,
        after,
    )
    return SetAside(*row) if row else None


async def take_up(tx: Transaction, delivery_id: UUID) -> None:
    """Let a body that was set aside wait to be received again; nobody's later messages wait for it."""
    await tx.execute(
        "UPDATE webhook_deliveries SET problem = NULL, set_aside_at = NULL WHERE id = $1", delivery_id
    )


async def prune_set_aside(db: Executor, before: datetime) -> None:
    """Delete bodies that were set aside before a time."""
    await db.execute("DELETE FROM webhook_deliveries WHERE problem IS NOT NULL AND set_aside_at < $1", before)


async def collect_deliveries(db: Executor, owner_id: int) -> list[dict[str, Any]]:
    """Return what waits to be received on the owner's channels, for their export, without the encrypted texts."""
    rows = await db.fetch(
        """
        SELECT d.channel_id, d.received_at, d.size_bytes, d.people, d.problem, d.set_aside_at
        FROM webhook_deliveries d JOIN channels c ON c.id = d.channel_id WHERE c.owner_id = $1 ORDER BY d.place
        """,
        owner_id,
    )
    return [dict(row) for row in rows]


async def list_waiting_channels(db: Executor) -> list[int]:
    """List the channels that have bodies for which nothing was done for an hour."""
    rows = await db.fetch(
        """
        SELECT DISTINCT channel_id FROM webhook_deliveries
        WHERE problem IS NULL AND coalesce(claimed_until, received_at) < now() - interval '1 hour'
        ORDER BY channel_id
        """
    )
    return [row["channel_id"] for row in rows]
