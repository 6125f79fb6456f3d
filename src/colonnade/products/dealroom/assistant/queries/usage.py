"""All SQL about what owners use of the models: calls and tokens of a day (UTC), within their budget."""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec import Struct

from colonnade.kernel.db import Executor, Record, Transaction

__all__ = ["Budget", "Used", "add_tokens", "collect_usage", "find_used", "mark_told", "reserve_call"]


class Budget(Struct, frozen=True):
    """The most calls and tokens of an owner in a day."""

    calls: int
    tokens: int


class Used(Struct, frozen=True):
    """What an owner has used on a day, and of what they were told (1: 80 %, 2: the end) of which budget."""

    day: date
    calls: int
    tokens: int
    told: int
    told_of: Budget | None = None

    def told_about(self, budget: Budget) -> int:
        """Return of what the owner was told that holds for a budget: nothing, if that was raised since."""
        was = self.told_of or budget
        return self.told if budget.calls <= was.calls and budget.tokens <= was.tokens else 0


_COLUMNS = "u.day, u.calls, u.tokens, u.told, u.told_calls, u.told_tokens"


def _used(row: Record | None) -> Used | None:
    if row is None:
        return None
    told_of = None if row["told_calls"] is None else Budget(row["told_calls"], row["told_tokens"])
    return Used(row["day"], row["calls"], row["tokens"], row["told"], told_of)


async def reserve_call(tx: Executor, owner_id: int, tokens: int, budget: Budget) -> Used | None:
    """Take one call and these tokens from today's budget; return None, and take nothing, if that has not so much."""
    row = await tx.fetch_row(
        f"""
        INSERT INTO assistant_usage AS u (owner_id, day, calls, tokens)
        SELECT $1::int, (now() AT TIME ZONE 'UTC')::date, 1, $2::bigint WHERE $3::int >= 1 AND $2::bigint <= $4::bigint
        ON CONFLICT (owner_id, day) DO UPDATE SET calls = u.calls + 1, tokens = u.tokens + $2::bigint
        WHERE u.calls + 1 <= $3::int AND u.tokens + $2::bigint <= $4::bigint
        RETURNING {_COLUMNS}
        """,
        owner_id,
        tokens,
        budget.calls,
        budget.tokens,
    )
    return _used(row)


async def add_tokens(tx: Executor, owner_id: int, day: date, tokens: int) -> Used | None:
    """Add the tokens by which a call differed from what was reserved (may be negative)."""
    row = await tx.fetch_row(
        f"""
        UPDATE assistant_usage u SET tokens = greatest(u.tokens + $3::bigint, 0) WHERE u.owner_id = $1 AND u.day = $2
        RETURNING {_COLUMNS}
        """,
        owner_id,
        day,
        tokens,
    )
    return _used(row)


async def mark_told(tx: Transaction, owner_id: int, day: date, told: int, budget: Budget) -> str | None:
    """Record that the owner is told of a day's budget; return their e-mail address, None if they were told before."""
    email: str | None = await tx.fetch_value(
        """
        UPDATE assistant_usage u SET told = $3::smallint, told_calls = $4, told_tokens = $5 FROM accounts a
        WHERE u.owner_id = $1 AND u.day = $2 AND a.id = u.owner_id
            AND (u.told < $3::smallint OR u.told_calls < $4 OR u.told_tokens < $5)
        RETURNING a.email
        """,
        owner_id,
        day,
        told,
        budget.calls,
        budget.tokens,
    )
    return email


async def find_used(db: Executor, owner_id: int) -> Used | None:
    """Find what an owner has used today; None if nothing."""
    return _used(
        await db.fetch_row(
            f"""
            SELECT {_COLUMNS} FROM assistant_usage u
            WHERE u.owner_id = $1 AND u.day = (now() AT TIME ZONE 'UTC')::date
            """,
            owner_id,
        )
    )


async def collect_usage(db: Executor, owner_id: int) -> list[dict[str, Any]]:
    """Return what an owner has used, day by day, for their export."""
    rows = await db.fetch(
        "SELECT day, calls, tokens FROM assistant_usage WHERE owner_id = $1 ORDER BY day", owner_id
    )
    return [dict(row) for row in rows]
