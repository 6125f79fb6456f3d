"""How a slice says what it holds about an account: what an export contains of it, and what a deletion removes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from colonnade.kernel.db import Executor, Transaction

__all__ = ["PersonalData", "rows_of"]


@dataclass(frozen=True)
class PersonalData:
    """One part of what is held about an account, such as `sessions`.

    `collect(db, account_id)` gives what the export shows of it, as anything msgspec can write as JSON; no
    secrets, no hashes, nothing about other people. `erase(tx, account_id)` removes or blanks what a deletion of
    the account must not leave; None where foreign keys say it all (see `Accounts.erase`). It may raise a Problem
    to refuse the deletion.
    """

    name: str
    collect: Callable[[Executor, int], Awaitable[Any]]
    erase: Callable[[Transaction, int], Awaitable[None]] | None = None


def rows_of(sql: str) -> Callable[[Executor, int], Awaitable[list[dict[str, Any]]]]:
    """Return a `collect` that shows the rows of `sql`, whose `$1` is the account's id, as they are."""

    async def collect(db: Executor, account_id: int) -> list[dict[str, Any]]:
        return [dict(row) for row in await db.fetch(sql, account_id)]

    return collect
