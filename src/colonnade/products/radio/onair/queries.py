"""All SQL of who has which request. Out of scope: the requests themselves (`songs`, `prayers`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.products.radio.onair.schemas import Broadcasting, RequestKind
from colonnade.products.radio.programs.queries.schedule import LOOK_AHEAD_DAYS, list_broadcasts

__all__ = [
    "close_requests",
    "count_open",
    "delete_old",
    "find_turn",
    "hold_turn",
    "insert_route",
    "list_ended",
    "pass_on",
]


async def find_turn(db: Executor, moment: datetime, zone: ZoneInfo) -> Broadcasting | None:
    """Return the broadcast on air at `moment` if it has presenters, else the next one that has, within four weeks."""
    today = moment.astimezone(zone).date()
    for first, last in ((-1, 1), (2, LOOK_AHEAD_DAYS)):
        days = [today + timedelta(days=number) for number in (first, last)]
        for each in await list_broadcasts(db, days[0], days[1], zone):
            if each.ends_at > moment and each.program.presenters:
                return Broadcasting(
                    each.program.id,
                    each.program.name,
                    {presenter.id: presenter.name for presenter in each.program.presenters},
                    each.starts_at.astimezone(UTC),
                    each.ends_at.astimezone(UTC),
                )
    return None


async def hold_turn(tx: Transaction, turn: Broadcasting) -> set[int]:
    """Lock a broadcast's programme and presenters against deletion; return the presenters who are still there.

    None are if the programme is not.
    """
    rows = await tx.fetch(
        """
        SELECT r.id FROM programs p, presenters r WHERE p.id = $1 AND r.id = ANY($2::int[])
        ORDER BY r.id FOR KEY SHARE
        """,
        turn.program_id,
        list(turn.presenters),
    )
    return {row["id"] for row in rows}


async def count_open(db: Executor, turn: Broadcasting) -> dict[int, int]:
    """Return how many open requests each presenter of a broadcast has in it."""
    rows = await db.fetch(
        """
        SELECT presenter_id, count(*)::int AS count FROM onair_requests
        WHERE presenter_id = ANY($1::int[]) AND starts_at = $2 AND closed_at IS NULL GROUP BY presenter_id
        """,
        list(turn.presenters),
        turn.starts_at,
    )
    return dict.fromkeys(turn.presenters, 0) | {row["presenter_id"]: row["count"] for row in rows}


async def insert_route(
    tx: Transaction, kind: RequestKind, item_id: UUID, turn: Broadcasting | None, presenter_id: int | None
) -> None:
    """Give a new request to a presenter of a broadcast, or to nobody yet."""
    await tx.execute(
        """
        INSERT INTO onair_requests (kind, item_id, presenter_id, program_id, starts_at, ends_at, first_starts_at)
        VALUES ($1, $2, $3, $4, $5, $6, $5)
        """,
        kind,
        item_id,
        presenter_id,
        turn.program_id if turn else None,
        turn.starts_at if turn else None,
        turn.ends_at if turn else None,
    )


async def list_ended(tx: Transaction, moment: datetime, *, limit: int) -> list[Record]:
    """Return kind, id and presenter of open requests whose broadcast has ended at `moment`, oldest first, locked.

    Those that another process is passing on are left out.
    """
    return await tx.fetch(
        """
        SELECT kind, item_id, presenter_id FROM onair_requests
        WHERE closed_at IS NULL AND (ends_at <= $1 OR presenter_id IS NULL)
        ORDER BY routed_at, kind, item_id LIMIT $2 FOR UPDATE SKIP LOCKED
        """,
        moment,
        limit,
    )


async def pass_on(
    tx: Transaction, kind: RequestKind, ids: Sequence[UUID], turn: Broadcasting, presenter_id: int
) -> None:
    """Give requests to a presenter of another broadcast; they remember whose they were."""
    await tx.execute(
        """
        UPDATE onair_requests SET handed_over_from = coalesce(presenter_id, handed_over_from),
            handed_over_at = CASE WHEN presenter_id IS NULL THEN handed_over_at ELSE now() END,
            presenter_id = $3, program_id = $4, starts_at = $5, ends_at = $6,
            first_starts_at = coalesce(first_starts_at, $5)
        WHERE kind = $1 AND item_id = ANY($2::uuid[])
        """,
        kind,
        list(ids),
        presenter_id,
        turn.program_id,
        turn.starts_at,
        turn.ends_at,
    )


async def delete_old(db: Executor, older_than: timedelta) -> None:
    """Delete what is known of requests that were closed longer ago than this."""
    await db.execute("DELETE FROM onair_requests WHERE closed_at < now() - $1::interval", older_than)


async def close_requests(tx: Transaction, kind: RequestKind, ids: Sequence[UUID]) -> None:
    """Mark requests as no longer open: nobody has to hand them over."""
    await tx.execute(
        "UPDATE onair_requests SET closed_at = now() "
        "WHERE kind = $1 AND item_id = ANY($2::uuid[]) AND closed_at IS NULL",
        kind,
        list(ids),
    )
