"""SQL of the items that are kept as they came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.products.dealroom.webhooks.schemas import ItemNotFound, KeptItem, KeptOutcome

__all__ = [
    "Place",
    "SealedItem",
    "collect_items",
    "drop_oldest",
    "fetch_item",
    "find_known",
    "insert_item",
    "insert_items",
    "list_items",
    "name_item",
    "prune_items",
    "weigh_items",
]

PRUNED_AT_ONCE = 5_000

_COLUMNS = """i.id, i.channel_id, i.kind, i.called, i.outcome, i.provider_id,
    (SELECT m.id FROM messages m WHERE m.channel_id = i.channel_id AND m.provider_message_id = i.provider_id)
        AS message_id, i.provider_time, i.received_at, i.raw IS NOT NULL AS raw_kept"""


class SealedItem(NamedTuple):
    """An item as it is stored; `raw` is encrypted, None for one that is kept without. `about` names people, with spaces
    between them."""

    id: UUID
    channel_id: int
    digest: bytes
    kind: str
    called: str
    outcome: KeptOutcome
    provider_id: str | None
    provider_time: datetime | None
    raw: str | None
    about: str | None


class Place(NamedTuple):
    """Where a page of items ends."""

    received_at: datetime
    id: UUID


async def insert_item(tx: Transaction, item: SealedItem) -> bool:
    """Keep an item; return False if it was kept before."""
    kept: Any = await tx.fetch_value(
        """
        INSERT INTO webhook_items (id, channel_id, digest, kind, called, outcome, provider_id, provider_time, raw,
            about)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, webhook_person_hashes($10))
        ON CONFLICT (channel_id, digest) DO NOTHING RETURNING id
        """,
        *item,
    )
    return kept is not None


async def find_known(db: Executor, channel_id: int, digests: Sequence[bytes]) -> set[bytes]:
    """Find which of these items are kept already."""
    rows = await db.fetch(
        "SELECT digest FROM webhook_items WHERE channel_id = $1 AND digest = ANY ($2::bytea[])",
        channel_id,
        list(digests),
    )
    return {row["digest"] for row in rows}


async def name_item(tx: Transaction, item_id: UUID, provider_id: str) -> None:
    """Say that an item is about another message than it seemed."""
    await tx.execute("UPDATE webhook_items SET provider_id = $2 WHERE id = $1", item_id, provider_id)


async def insert_items(tx: Transaction, items: list[SealedItem]) -> None:
    """Keep many items; those that were kept before stay as they are."""
    await tx.execute(
        """
        INSERT INTO webhook_items (id, channel_id, digest, kind, called, outcome, provider_id, provider_time, raw,
            about)
        SELECT id, channel_id, digest, kind, called, outcome, provider_id, provider_time, raw,
            webhook_person_hashes(about)
        FROM unnest($1::uuid[], $2::int[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::timestamptz[], $9::text[], $10::text[])
            AS given (id, channel_id, digest, kind, called, outcome, provider_id, provider_time, raw, about)
        ON CONFLICT (channel_id, digest) DO NOTHING
        """,
        *(list(column) for column in zip(*items, strict=True)),
    )


async def list_items(
    db: Executor, channel_id: int, *, kind: str | None, outcome: str | None, below: Place | None, limit: int
) -> list[KeptItem]:
    """List a channel's items, the latest first."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM webhook_items i
        WHERE i.channel_id = $1 AND ($2::text IS NULL OR i.kind = $2) AND ($3::text IS NULL OR i.outcome = $3)
            AND ($4::timestamptz IS NULL OR (i.received_at, i.id) < ($4, $5::uuid))
        ORDER BY i.received_at DESC, i.id DESC LIMIT $6
        """,
        channel_id,
        kind,
        outcome,
        below.received_at if below else None,
        below.id if below else None,
        limit,
    )
    return [_item(row) for row in rows]


async def fetch_item(
    db: Executor, owner_id: int, channel_id: int, item_id: UUID
) -> tuple[KeptItem, str | None]:
    """Fetch an item and its encrypted text. Raise ItemNotFound."""
    row = await db.fetch_row(
        f"""
        SELECT {_COLUMNS}, i.raw FROM webhook_items i JOIN channels c ON c.id = i.channel_id
        WHERE i.id = $1 AND i.channel_id = $2 AND c.owner_id = $3
        """,
        item_id,
        channel_id,
        owner_id,
    )
    if row is None:
        raise ItemNotFound
    return _item(row), row["raw"]


def _item(row: Record) -> KeptItem:
    return KeptItem(**{name: row[name] for name in KeptItem.__struct_fields__})


async def weigh_items(db: Executor, owner_id: int) -> tuple[int, int]:
    """Return how many bytes are kept in the items of an owner's channels, and how many items there are."""
    row = await db.fetch_row(
        """
        SELECT coalesce(sum(i.size_bytes), 0)::bigint, count(*)
        FROM webhook_items i JOIN channels c ON c.id = i.channel_id WHERE c.owner_id = $1
        """,
        owner_id,
    )
    assert row is not None
    return row[0], row[1]


async def drop_oldest(db: Executor, owner_id: int, size_bytes: int, count: int) -> tuple[int, int]:
    """Delete the oldest of an owner's items that are in no message, until so much is gone; return how much is."""
    # Of each channel no more are read, in the order of an index, than are deleted at once.
    row = await db.fetch_row(
        """
        WITH first AS (
            SELECT i.* FROM channels c CROSS JOIN LATERAL (
                SELECT id, received_at, size_bytes FROM webhook_items
                WHERE channel_id = c.id AND (outcome = 'ignored' OR kind LIKE 'statuses.%')
                ORDER BY received_at, id LIMIT $4
            ) i WHERE c.owner_id = $1 ORDER BY i.received_at, i.id LIMIT $4
        ), old AS (
            SELECT id, sum(size_bytes) OVER place - size_bytes AS bytes_before, row_number() OVER place AS place
            FROM first WINDOW place AS (ORDER BY received_at, id)
        ), dropped AS (
            DELETE FROM webhook_items WHERE id IN (SELECT id FROM old WHERE bytes_before < $2 OR place <= $3)
            RETURNING size_bytes)
        SELECT coalesce(sum(size_bytes), 0)::bigint, count(*) FROM dropped
        """,
        owner_id,
        size_bytes,
        count,
        PRUNED_AT_ONCE,
    )
    assert row is not None
    return row[0], row[1]


async def prune_items(db: Executor, before: datetime) -> int:
    """Delete items received before a time, some at once; return their number."""
    tag: str = await db.execute(
        """
        DELETE FROM webhook_items WHERE id IN (
            SELECT id FROM webhook_items WHERE received_at < $1 ORDER BY received_at LIMIT $2)
        """,
        before,
        PRUNED_AT_ONCE,
    )
    return int(tag.split()[-1])


async def collect_items(db: Executor, owner_id: int) -> list[dict[str, Any]]:
    """Return the items of the owner's channels for their export, without the encrypted texts."""
    rows = await db.fetch(
        """
        SELECT i.channel_id, i.kind, i.called, i.outcome, i.provider_id, i.provider_time, i.received_at
        FROM webhook_items i JOIN channels c ON c.id = i.channel_id WHERE c.owner_id = $1 ORDER BY i.received_at, i.id
        """,
        owner_id,
    )
    return [dict(row) for row in rows]
