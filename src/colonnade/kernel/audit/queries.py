"""All SQL of the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from colonnade.kernel.audit.schemas import Actor, AuditEntry, AuditFilters, Target
from colonnade.kernel.audit.seal import COLUMNS
from colonnade.kernel.db import Executor, Record, Transaction

__all__ = [
    "append_entries",
    "count_outside",
    "delete_linked",
    "fetch_head",
    "find_last",
    "insert_entry",
    "list_entries",
    "list_links",
    "list_waiting",
    "lock_head",
    "update_seal",
]

# before and after as text: the signature covers the bytes that were written.
_READ = ", ".join(f"{name}::text" if name in ("before", "after") else name for name in COLUMNS)
_ENTRY = """position, id, created_at, action, actor_kind, actor_id, actor_role, session_id, target_kind, target_id,
    before, after, address, request_id"""

_INSERT = f"""
INSERT INTO audit.inbox ({", ".join(COLUMNS)}, signature)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::json, $11::text::json, $12, $13, $14)"""

_APPEND = f"""
WITH appended AS (
    INSERT INTO audit.entries (position, {", ".join(COLUMNS)}, signature, hash)
    SELECT linked.position, {", ".join(COLUMNS)}, signature, linked.hash
    FROM audit.inbox JOIN unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS linked (arrival, position, hash)
        USING (arrival)
)
UPDATE audit.head SET position = $4, hash = $5, seal = $6"""


async def insert_entry(tx: Transaction, values: Sequence[Any], signature: str) -> None:
    """Insert an entry into the inbox; `values` are those of COLUMNS."""
    await tx.kernel.execute(_INSERT, *values, signature)


async def lock_head(tx: Transaction) -> Record:
    """Return position, hash and seal of the chain's end, locked: one linker at a time."""
    return await tx.fetch_row("SELECT position, hash, seal FROM audit.head FOR UPDATE")


async def fetch_head(db: Executor) -> Record:
    """Return position, hash and seal of the chain's end."""
    return await db.fetch_row("SELECT position, hash, seal FROM audit.head")


async def find_last(db: Executor) -> Record | None:
    """Return position and hash of the last entry, or None."""
    return await db.fetch_row("SELECT position, hash FROM audit.entries ORDER BY position DESC LIMIT 1")


async def list_waiting(db: Executor, *, after: int, limit: int) -> list[Record]:
    """Return entries not in the chain yet, by arrival; `known` is true if one with the same id is in it already."""
    return await db.fetch(
        f"""
        SELECT arrival, {_READ}, signature,
            EXISTS (SELECT 1 FROM audit.entries AS linked WHERE linked.id = inbox.id) AS known
        FROM audit.inbox WHERE arrival > $1 ORDER BY arrival LIMIT $2
        """,
        after,
        limit,
    )


async def append_entries(
    tx: Transaction, links: Sequence[tuple[int, int, bytes]], position: int, digest: bytes, seal: str
) -> None:
    """Copy entries, given as (arrival, position, hash), from the inbox to the chain, and update its end."""
    arrivals, positions, hashes = zip(*links, strict=True)
    await tx.execute(_APPEND, list(arrivals), list(positions), list(hashes), position, digest, seal)


async def delete_linked(tx: Transaction, arrivals: Sequence[int]) -> None:
    """Delete entries that are in the chain from the inbox."""
    await tx.execute("DELETE FROM audit.inbox WHERE arrival = ANY($1::bigint[])", list(arrivals))


async def update_seal(tx: Transaction, seal: str) -> None:
    """Replace the seal of the chain's end."""
    await tx.execute("UPDATE audit.head SET seal = $1", seal)


async def list_links(db: Executor, *, after: int, until: int, limit: int) -> list[Record]:
    """Return entries with their signatures and hashes, in order; positions in (after, until]."""
    return await db.fetch(
        f"""
        SELECT position, {_READ}, signature, hash FROM audit.entries
        WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3
        """,
        after,
        until,
        limit,
    )


async def count_outside(db: Executor) -> Record:
    """Count the entries after the end of the chain, in one snapshot with its position."""
    return await db.fetch_row(
        """
        SELECT head.position, (SELECT count(*) FROM audit.entries WHERE entries.position > head.position) AS behind
        FROM audit.head
        """
    )


def _where(filters: AuditFilters, args: list[Any]) -> str:
    clauses = []
    for column in ("action", "actor_id", "target_kind", "target_id", "request_id"):
        value = getattr(filters, column)
        if value is not None:
            args.append(value)
            clauses.append(f"{column} = ${len(args)}")
    for operator, moment in ((">=", filters.since), ("<", filters.until)):
        if moment is not None:
            args.append(moment)
            clauses.append(f"created_at {operator} ${len(args)}")
    return "".join(f" AND {clause}" for clause in clauses)


async def list_entries(
    db: Executor,
    filters: AuditFilters,
    *,
    limit: int,
    before: int | None = None,
    after: int | None = None,
) -> list[AuditEntry]:
    """Return a page: newest first, positions below `before`; or, with `after`, oldest first, positions above it."""
    args: list[Any] = [limit, before if after is None else after]
    bound, order = (
        ("$2::bigint IS NULL OR position < $2", "DESC") if after is None else ("position > $2", "ASC")
    )
    rows = await db.fetch(
        f"SELECT {_ENTRY} FROM audit.entries WHERE ({bound}){_where(filters, args)} "
        f"ORDER BY position {order} LIMIT $1",
        *args,
    )
    return [_entry(row) for row in rows]


def _entry(row: Record) -> AuditEntry:
    session: UUID | None = row["session_id"]
    return AuditEntry(
        position=row["position"],
        id=row["id"],
        created_at=row["created_at"],
        action=row["action"],
        actor=Actor(row["actor_kind"], row["actor_id"], row["actor_role"], session),
        target=Target(row["target_kind"], row["target_id"] or "") if row["target_kind"] else None,
        before=row["before"],
        after=row["after"],
        address=row["address"],
        request_id=row["request_id"],
    )
