"""All SQL about contacts. A contact that was merged into another is found by nothing but a split."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from colonnade.kernel.db import Executor, Record, Transaction, assignments
from colonnade.kernel.search import Corpus, matching
from colonnade.products.dealroom.contacts.queries.identities import list_identities
from colonnade.products.dealroom.contacts.schemas import (
    MAX_SHOWN_SESSIONS,
    Contact,
    ContactFilters,
    ContactNotFound,
    ContactSession,
    Kept,
    Merge,
)
from colonnade.products.dealroom.shared.rules.numbers import search_text

__all__ = [
    "CORPUS",
    "Held",
    "collect_contacts",
    "delete_contact",
    "fetch_contact",
    "hide_contact",
    "insert_contact",
    "list_contact_sessions",
    "list_contacts",
    "list_merged",
    "list_session_ids",
    "lock_contacts",
    "mark_seen",
    "reckon_seen",
    "show_contact",
    "update_contact",
]

CORPUS = Corpus("contacts", "contacts", owned=True)
"""Names, labels, numbers and user names."""

_COLUMNS = """c.id, c.name, c.profile_name, c.language, c.labels, c.notes, c.first_seen_at, c.last_seen_at, c.version,
    c.created_at, c.updated_at"""
_SESSION = """b.session_id, b.channel_id, b.identity_id, s.title, s.status, s.archived,
    s.last_seq - s.read_seq AS unread, s.active_at AS last_activity_at, b.window_ends_at"""


class Held(Struct, frozen=True):
    """A contact whose row, and whose identities, are locked."""

    id: int
    version: int
    kept: Kept
    identities: int


async def list_contacts(
    db: Executor,
    owner_id: int,
    filters: ContactFilters,
    *,
    limit: int,
    after: tuple[datetime, int] | None = None,
) -> list[Contact]:
    """List the owner's contacts, those who wrote last first, each with its identities and latest sessions."""
    args: list[Any] = [owner_id]
    clauses = ["c.owner_id = $1", "c.merged_into IS NULL"]
    if filters.label is not None:
        args.append([filters.label])
        clauses.append(f"c.labels @> ${len(args)}")
    if filters.channel_id is not None:
        args.append(filters.channel_id)
        clauses.append(
            f"EXISTS (SELECT FROM channel_contacts b WHERE b.contact_id = c.id AND b.channel_id = ${len(args)})"
        )
    if filters.search is not None:
        wanted, more = matching(CORPUS, search_text(filters.search), owner=owner_id, first=len(args) + 1)
        args += more
        args.append(f"'owner:{owner_id}'")
        clauses.append(f"c.search @@ ({wanted} && ${len(args)}::text::tsquery)")
    if after is not None:
        args += after
        clauses.append(f"(c.listed_at, c.id) < (${len(args) - 1}, ${len(args)})")
    args.append(limit)
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM contacts c WHERE {' AND '.join(clauses)} "
        f"ORDER BY c.listed_at DESC, c.id DESC LIMIT ${len(args)}",
        *args,
    )
    return await _complete(db, rows)


async def fetch_contact(db: Executor, owner_id: int, contact_id: int) -> Contact:
    """Fetch a contact of its owner. Raise ContactNotFound if there is none."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM contacts c WHERE c.id = $1 AND c.owner_id = $2 AND c.merged_into IS NULL",
        contact_id,
        owner_id,
    )
    if not rows:
        raise ContactNotFound
    return (await _complete(db, rows))[0]


async def _complete(db: Executor, rows: Sequence[Record]) -> list[Contact]:
    """Return contacts with their identities and sessions, in two statements for all of them."""
    ids = [row["id"] for row in rows]
    if not ids:
        return []
    identities = await list_identities(db, ids)
    found = await db.fetch(
        f"""
        SELECT o.id, latest.* FROM unnest($1::integer[]) AS o (id) CROSS JOIN LATERAL (
            SELECT count(*) OVER () AS count, max(b.window_ends_at) OVER () AS last_window_ends_at, {_SESSION}
            FROM channel_contacts b JOIN chat_sessions s ON s.id = b.session_id
            WHERE b.contact_id = o.id ORDER BY s.active_at DESC, s.id DESC LIMIT $2
        ) latest
        """,
        ids,
        MAX_SHOWN_SESSIONS,
    )
    sessions: dict[int, list[ContactSession]] = {id_: [] for id_ in ids}
    counts = dict.fromkeys(ids, 0)
    windows: dict[int, datetime | None] = {}
    for row in found:
        sessions[row["id"]].append(ContactSession(*row[3:]))
        counts[row["id"]] = row["count"]
        windows[row["id"]] = row["last_window_ends_at"]
    stopped = {
        id_: max((at for one in identities[id_] if (at := one.marketing_stopped_at)), default=None)
        for id_ in ids
    }
    return [
        Contact(*(*row, identities[id_], sessions[id_], counts[id_], stopped.get(id_), windows.get(id_)))
        for row, id_ in zip(rows, ids, strict=True)
    ]


async def list_contact_sessions(
    db: Executor, owner_id: int, contact_id: int, *, limit: int, after: tuple[datetime, UUID] | None
) -> list[ContactSession]:
    """List the sessions of a contact, the one with the latest message first. Raise ContactNotFound."""
    rows = await db.fetch(
        f"""
        SELECT latest.* FROM contacts c LEFT JOIN LATERAL (
            SELECT {_SESSION} FROM channel_contacts b JOIN chat_sessions s ON s.id = b.session_id
            WHERE b.contact_id = c.id AND ($3::timestamptz IS NULL OR (s.active_at, s.id) < ($3, $4::uuid))
            ORDER BY s.active_at DESC, s.id DESC LIMIT $5
        ) latest ON true
        WHERE c.id = $1 AND c.owner_id = $2 AND c.merged_into IS NULL
        ORDER BY latest.last_activity_at DESC, latest.session_id DESC
        """,
        contact_id,
        owner_id,
        *(after or (None, None)),
        limit,
    )
    if not rows:
        raise ContactNotFound
    return [ContactSession(*row) for row in rows if row["session_id"] is not None]


async def list_session_ids(tx: Transaction, contact_id: int) -> list[UUID]:
    """List the ids of a contact's sessions."""
    rows = await tx.fetch(
        "SELECT session_id FROM channel_contacts WHERE contact_id = $1 ORDER BY session_id", contact_id
    )
    return [row["session_id"] for row in rows]


async def lock_contacts(tx: Transaction, owner_id: int, *contact_ids: int) -> list[Held]:
    """Lock contacts of an owner with their identities. Raise ContactNotFound unless all are there."""
    identities = await tx.fetch(
        """
        SELECT contact_id FROM contact_identities WHERE owner_id = $1 AND contact_id = ANY ($2) ORDER BY id FOR UPDATE
        """,
        owner_id,
        list(contact_ids),
    )
    rows = await tx.fetch(
        f"""
        SELECT {_COLUMNS} FROM contacts c
        WHERE c.owner_id = $1 AND c.id = ANY ($2) AND c.merged_into IS NULL ORDER BY c.id FOR UPDATE
        """,
        owner_id,
        list(contact_ids),
    )
    having = [row["contact_id"] for row in identities]
    held = {
        row["id"]: Held(
            row["id"],
            row["version"],
            Kept(**{name: row[name] for name in Kept.__struct_fields__}),
            having.count(row["id"]),
        )
        for row in rows
    }
    if set(held) != set(contact_ids):
        raise ContactNotFound
    return [held[id_] for id_ in contact_ids]


async def insert_contact(tx: Transaction, owner_id: int, profile_name: str | None) -> int:
    """Insert a contact, and return its id."""
    id_: int = await tx.fetch_value(
        "INSERT INTO contacts (owner_id, profile_name) VALUES ($1, $2) RETURNING id", owner_id, profile_name
    )
    return id_


async def update_contact(tx: Transaction, contact_id: int, values: dict[str, Any]) -> None:
    """Write `values` and increase the version."""
    changes, args = assignments(values, first=2)
    await tx.execute(
        f"UPDATE contacts SET {changes} version = version + 1, updated_at = now() WHERE id = $1",
        contact_id,
        *args,
    )


async def mark_seen(tx: Transaction, contact_id: int, *, wrote: bool, profile_name: str | None) -> None:
    """Note that a contact wrote, to the second, or what it calls itself now (None: as before)."""
    # A name is written only where it changes: the row's search is made of it.
    named = ", profile_name = $3" if profile_name is not None else ""
    await tx.execute(
        f"""
        UPDATE contacts SET first_seen_at = CASE WHEN $2 THEN coalesce(first_seen_at, now()) ELSE first_seen_at END,
            last_seen_at = CASE WHEN $2 THEN now() ELSE last_seen_at END{named}
        WHERE id = $1 AND ({bool(named)} OR last_seen_at IS NULL OR last_seen_at < now() - interval '1 second')
        """,
        contact_id,
        wrote,
        *([profile_name] if named else []),
    )


async def hide_contact(tx: Transaction, contact_id: int, into_id: int, merge: Merge) -> None:
    """Hide a contact that has become part of another, which also gets its times."""
    await tx.execute(
        """
        WITH part AS (
            UPDATE contacts SET merged_into = $2, merge = $3, version = version + 1 WHERE id = $1
            RETURNING first_seen_at, last_seen_at
        )
        UPDATE contacts c SET first_seen_at = least(c.first_seen_at, part.first_seen_at),
            last_seen_at = greatest(c.last_seen_at, part.last_seen_at) FROM part WHERE c.id = $2
        """,
        contact_id,
        into_id,
        msgspec.to_builtins(merge),
    )


async def show_contact(tx: Transaction, contact_id: int) -> Merge:
    """Let a contact be one of its own again, and return what its merge had changed."""
    merge = await tx.fetch_value(
        """
        WITH before AS (SELECT merge FROM contacts WHERE id = $1 FOR UPDATE)
        UPDATE contacts SET merged_into = NULL, merge = NULL, version = version + 1, updated_at = now() FROM before
        WHERE id = $1 RETURNING before.merge
        """,
        contact_id,
    )
    return msgspec.convert(merge, Merge)


async def list_merged(tx: Transaction, contact_id: int) -> dict[int, int]:
    """List the contacts that were merged into one, and into those: each with the one that it was merged into."""
    rows = await tx.fetch(
        """
        WITH RECURSIVE parts AS (
            SELECT id, merged_into FROM contacts WHERE merged_into = $1
            UNION ALL
            SELECT c.id, c.merged_into FROM contacts c JOIN parts p ON c.merged_into = p.id
        )
        SELECT id, merged_into FROM parts
        """,
        contact_id,
    )
    return {row["id"]: row["merged_into"] for row in rows}


async def reckon_seen(tx: Transaction, contact_ids: Sequence[int]) -> None:
    """Find out from their messages when contacts wrote, after identities have changed between them."""
    await tx.execute(
        """
        UPDATE contacts c SET first_seen_at = said.first, last_seen_at = said.last
        FROM unnest($1::integer[]) AS o (id) LEFT JOIN LATERAL (
            SELECT min(m.created_at) AS first, max(m.created_at) AS last
            FROM channel_contacts b JOIN messages m ON m.session_id = b.session_id
            WHERE b.contact_id = o.id AND m.sender = 'customer'
        ) said ON true
        WHERE c.id = o.id
        """,
        list(contact_ids),
    )


async def delete_contact(tx: Transaction, owner_id: int, contact_id: int) -> None:
    """Delete a contact with its identities, those that were merged into it, and the words that were only theirs."""
    words = await tx.fetch_value(
        """
        WITH RECURSIVE parts AS (
            SELECT id, search FROM contacts WHERE id = $1
            UNION ALL SELECT c.id, c.search FROM contacts c JOIN parts p ON c.merged_into = p.id
        )
        SELECT array_agg(DISTINCT word) FROM parts, unnest(tsvector_to_array(search)) AS word WHERE word !~ '[~#:]'
        """,
        contact_id,
    )
    await tx.execute("DELETE FROM contacts WHERE id = $1", contact_id)
    await tx.execute(
        "SELECT search_forget('contacts'::regclass, $1, $2, $3)", CORPUS.name, owner_id, words or []
    )


async def collect_contacts(db: Executor, owner_id: int) -> list[dict[str, Any]]:
    """Return the owner's contacts for their export; those that were merged say into which."""
    rows = await db.fetch(
        """
        SELECT c.id, c.name, c.profile_name, c.language, c.labels, c.notes, c.first_seen_at, c.last_seen_at,
            c.created_at, c.merged_into,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', i.kind, 'value', i.value, 'written', i.written,
                    'created_at', i.created_at, 'ended_at', i.ended_at,
                    'marketing_stopped_at', i.marketing_stopped_at) ORDER BY i.id), '[]')
                FROM contact_identities i WHERE i.contact_id = c.id AND i.owner_id = $1) AS identities,
            (SELECT coalesce(array_agg(b.session_id ORDER BY b.id), '{}') FROM channel_contacts b
                WHERE b.contact_id = c.id) AS sessions
        FROM contacts c WHERE c.owner_id = $1 ORDER BY c.id
        """,
        owner_id,
    )
    return [dict(row) for row in rows]
