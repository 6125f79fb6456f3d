"""All SQL of the desk: it reads the tables of chat, songs, prayers and testimonials, and has the claims as its own.

Every kind is a part of one statement with the same columns, so that one order and one page go over all of them.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import Any, Literal

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.products.radio.desk.schemas import (
    Claimant,
    Filters,
    HandedOver,
    OpenRequest,
    Place,
    QueueItem,
    Sight,
)
from colonnade.products.radio.livechat.queries import WAITS
from colonnade.products.radio.shared.schemas import QueueKind

__all__ = [
    "CLAIMS_OF",
    "claim_item",
    "count_items",
    "delete_old_claims",
    "fetch_item",
    "find_claim",
    "find_neighbour",
    "forget_claims",
    "list_handed_over",
    "list_items",
    "release_item",
]

CLAIMS_OF = """
SELECT kind, item_id, claimed_at, expires_at FROM desk_claims WHERE account_id = $1 ORDER BY claimed_at, kind, item_id
"""
"""What an account works on, as its export shows it."""

_WAITING: dict[QueueKind, str] = {
    "chat": f"""
        SELECT 'chat' AS kind, m.id::text AS id, m.created_at, m.status, m.username AS name, m.message AS text, m.flags,
            m.session_id, NULL::text AS visibility
        FROM chat_messages m
        WHERE {WAITS}""",
    "song": """
        SELECT 'song', s.id::text, s.created_at, s.status, s.requester_name,
            concat_ws(' – ', s.song_title, s.artist), 0, s.chat_session_id, NULL
        FROM song_requests s WHERE s.status = 'pending'""",
    "prayer": """
        SELECT 'prayer', p.id::text, p.created_at, p.status, NULL, NULL, 0, NULL::uuid, p.visibility
        FROM prayer_requests p
        WHERE p.status = 'new' AND p.redacted_at IS NULL AND ($1::boolean OR p.visibility = 'on_air')""",
    "testimonial": """
        SELECT 'testimonial', t.id::text, t.created_at, t.status, t.name, t.content, 0, NULL::uuid, NULL
        FROM testimonials t WHERE t.status = 'pending'""",
}
_COLUMNS = "kind, id, created_at, status, name, text, flags, session_id, visibility"
_ITEM = f"""{", ".join(f"w.{name}" for name in _COLUMNS.split(", "))},
    floor(extract(epoch FROM now() - w.created_at))::int AS age_seconds,
    c.account_id, a.name AS account_name, c.expires_at, r.name AS presenter"""
_JOINS = """LEFT JOIN desk_claims c ON c.kind = w.kind AND c.item_id = w.id AND c.expires_at > now()
    LEFT JOIN accounts a ON a.id = c.account_id
    LEFT JOIN onair_requests o
        ON o.kind = w.kind AND o.item_id = CASE WHEN w.kind IN ('song', 'prayer') THEN w.id::uuid END
    LEFT JOIN presenters r ON r.id = o.presenter_id"""


def _waiting(kinds: tuple[QueueKind, ...], page: str = "") -> str:
    """Return the CTE `w` of these kinds; $1 is whether the caller sees all prayers.

    `page` is SQL on `x` that cuts each kind to what may be on the page, so that it costs the same however much waits.
    """
    parts = " UNION ALL ".join(
        f"(SELECT x.* FROM ({_WAITING[kind]}) AS x ({_COLUMNS}) {page})" for kind in kinds
    )
    return f"WITH sight AS (SELECT $1::boolean), w ({_COLUMNS}) AS ({parts})"


def _item(row: Record) -> QueueItem:
    claim = None
    if row["account_id"] is not None:
        claim = Claimant(row["account_id"], row["account_name"], row["expires_at"])
    return QueueItem(
        kind=row["kind"],
        id=row["id"],
        created_at=row["created_at"],
        age_seconds=row["age_seconds"],
        status=row["status"],
        name=row["name"],
        text=row["text"],
        flags=row["flags"],
        session_id=row["session_id"],
        visibility=row["visibility"],
        presenter=row["presenter"],
        claim=claim,
    )


def _claims(filters: Filters, account_id: int, args: list[Any]) -> str:
    """Return the condition on who works on an item; append its argument."""
    args.append(account_id)
    mine = f"c.account_id = ${len(args)}"
    anybody = f"${len(args)}::int IS NOT NULL"
    if filters.claims == "mine":
        return mine
    if filters.claims == "others":
        return f"NOT {mine}"
    return f"{anybody} AND c.account_id IS NULL" if filters.claims == "free" else anybody


def _span(
    filters: Filters, args: list[Any], place: Place | None = None, direction: Literal["<", ">"] = ">"
) -> str:
    """Return the conditions on the place and age of `w`; append their arguments."""
    clauses = ["true"]
    for comparison, minutes in (("<=", filters.older_than), (">", filters.newer_than)):
        if minutes is not None:
            args.append(timedelta(minutes=minutes))
            clauses.append(f"w.created_at {comparison} now() - ${len(args)}::interval")
    if place is not None:
        args.extend((place.created_at, place.kind, place.id))
        at = len(args)
        # The first is for the index.
        clauses.append(f"w.created_at {direction}= ${at - 2}")
        clauses.append(f"(w.created_at, w.kind, w.id) {direction} (${at - 2}, ${at - 1}, ${at})")
    return " AND ".join(clauses)


def _page(filters: Filters, span: str, order: str, limit: int) -> str:
    """Return what cuts each kind to `limit` items; nothing where claims decide which these are."""
    if filters.claims is not None:
        return ""
    return f"WHERE {span.replace('w.', 'x.')} ORDER BY x.created_at {order}, x.id {order} LIMIT {limit:d}"


async def list_items(
    db: Executor, sight: Sight, filters: Filters, *, account_id: int, after: Place | None, limit: int
) -> list[QueueItem]:
    """Return the next items of the queue, oldest first, after a place in it."""
    args: list[Any] = [sight.all_prayers, limit]
    claims, span = _claims(filters, account_id, args), _span(filters, args, after)
    rows = await db.fetch(
        f"{_waiting(filters.kinds, _page(filters, span, 'ASC', limit))} SELECT {_ITEM} FROM w {_JOINS} "
        f"WHERE {claims} AND {span} ORDER BY w.created_at, w.kind, w.id LIMIT $2",
        *args,
    )
    return [_item(row) for row in rows]


async def count_items(
    db: Executor, sight: Sight, filters: Filters, *, account_id: int
) -> dict[QueueKind, int]:
    """Count the items of each kind."""
    args: list[Any] = [sight.all_prayers]
    claims, span = _claims(filters, account_id, args), _span(filters, args)
    rows = await db.fetch(
        f"{_waiting(filters.kinds)} SELECT w.kind, count(*)::int AS count FROM w {_JOINS} WHERE {claims} AND {span} "
        "GROUP BY w.kind",
        *args,
    )
    return dict.fromkeys(filters.kinds, 0) | {row["kind"]: row["count"] for row in rows}


async def fetch_item(db: Executor, sight: Sight, kind: QueueKind, item_id: str) -> QueueItem:
    """Return one item. Raise NotFound if it does not wait, or the caller may not see it."""
    row = None
    if kind in sight.kinds:
        row = await db.fetch_row(
            f"{_waiting((kind,))} SELECT {_ITEM} FROM w {_JOINS} WHERE w.id = $2", sight.all_prayers, item_id
        )
    if row is None:
        raise NotFound("There is no such item in the queue.")
    return _item(row)


async def find_neighbour(
    db: Executor,
    sight: Sight,
    filters: Filters,
    place: Place,
    direction: Literal["<", ">"],
    *,
    account_id: int,
) -> str | None:
    """Return `kind/id` of the item before (`<`) or after (`>`) a place, or None."""
    args: list[Any] = [sight.all_prayers]
    claims, span = _claims(filters, account_id, args), _span(filters, args, place, direction)
    order = "DESC" if direction == "<" else "ASC"
    found: str | None = await db.fetch_value(
        f"{_waiting(filters.kinds, _page(filters, span, order, 1))} SELECT w.kind || '/' || w.id FROM w {_JOINS} "
        f"WHERE {claims} AND {span} ORDER BY w.created_at {order}, w.kind {order}, w.id {order} LIMIT 1",
        *args,
    )
    return found


async def claim_item(
    tx: Transaction, kind: QueueKind, item_id: str, account_id: int, lease: timedelta
) -> Record | None:
    """Take an item on, or renew one's own claim; return `expires_at`, or None if somebody else works on it.

    It is one statement: of two at once the second waits for the first, and finds its row.
    """
    return await tx.fetch_row(
        """
        INSERT INTO desk_claims AS c (kind, item_id, account_id, expires_at) VALUES ($1, $2, $3, now() + $4)
        ON CONFLICT (kind, item_id) DO UPDATE
        SET account_id = excluded.account_id, claimed_at = now(), expires_at = excluded.expires_at
        WHERE c.account_id = excluded.account_id OR c.expires_at <= now()
        RETURNING c.expires_at
        """,
        kind,
        item_id,
        account_id,
        lease,
    )


async def find_claim(db: Executor, kind: QueueKind, item_id: str) -> Claimant | None:
    """Return who works on an item, or None."""
    row = await db.fetch_row(
        """
        SELECT a.id, a.name, c.expires_at AS until FROM desk_claims c JOIN accounts a ON a.id = c.account_id
        WHERE c.kind = $1 AND c.item_id = $2 AND c.expires_at > now()
        """,
        kind,
        item_id,
    )
    return Claimant(**row) if row else None


async def release_item(tx: Transaction, kind: QueueKind, item_id: str, account_id: int) -> bool | None:
    """Let an item go; return whether it is a prayer for the air, None if the account does not work on it."""
    on_air: bool | None = await tx.fetch_value(
        """
        DELETE FROM desk_claims c WHERE kind = $1 AND item_id = $2 AND account_id = $3 AND expires_at > now()
        RETURNING EXISTS (
            SELECT FROM prayer_requests p
            WHERE p.id = CASE WHEN c.kind = 'prayer' THEN c.item_id::uuid END AND p.visibility = 'on_air')
        """,
        kind,
        item_id,
        account_id,
    )
    return on_air


async def forget_claims(tx: Executor, account_id: int) -> None:
    """Let go of everything that an account works on."""
    await tx.execute("DELETE FROM desk_claims WHERE account_id = $1", account_id)


async def delete_old_claims(db: Executor) -> None:
    """Delete claims that have run out."""
    await db.execute("DELETE FROM desk_claims WHERE expires_at <= now()")


async def list_handed_over(db: Executor, *, with_prayers: bool, limit: int) -> list[HandedOver]:
    """Return what is open, by broadcast and presenter; at most `limit` requests, those of the earliest broadcasts."""
    rows = await db.fetch(
        """
        SELECT o.presenter_id, r.name AS presenter, g.name AS program, o.starts_at, o.ends_at,
            coalesce(o.ends_at <= now(), false) AS is_over, o.kind, o.item_id,
            concat_ws(' – ', s.song_title, s.artist) AS title, s.requester_name, coalesce(s.status, p.status) AS status,
            coalesce(s.created_at, p.created_at) AS created_at, f.name AS handed_over_from, o.handed_over_at
        FROM onair_requests o
        LEFT JOIN song_requests s ON o.kind = 'song' AND s.id = o.item_id
        LEFT JOIN prayer_requests p ON o.kind = 'prayer' AND p.id = o.item_id
        LEFT JOIN presenters r ON r.id = o.presenter_id
        LEFT JOIN presenters f ON f.id = o.handed_over_from
        LEFT JOIN programs g ON g.id = o.program_id
        WHERE o.closed_at IS NULL AND (
            s.status IN ('pending', 'approved') OR ($1 AND p.status = 'new' AND p.redacted_at IS NULL))
        ORDER BY o.starts_at NULLS LAST, o.presenter_id NULLS LAST, created_at, o.item_id LIMIT $2
        """,
        with_prayers,
        limit,
    )
    return [
        _handed_over(list(group)) for _, group in groupby(rows, lambda r: (r["starts_at"], r["presenter_id"]))
    ]


def _handed_over(rows: list[Record]) -> HandedOver:
    first = rows[0]
    return HandedOver(
        presenter_id=first["presenter_id"],
        presenter=first["presenter"],
        program=first["program"],
        starts_at=first["starts_at"],
        ends_at=first["ends_at"],
        is_over=first["is_over"],
        requests=[
            OpenRequest(
                kind=row["kind"],
                id=row["item_id"],
                title=row["title"] or None,
                requester_name=row["requester_name"],
                status=row["status"],
                created_at=row["created_at"],
                handed_over_from=row["handed_over_from"],
                handed_over_at=row["handed_over_at"],
            )
            for row in rows
        ],
    )
