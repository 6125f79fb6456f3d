"""A slice's declaration of its personal data: what an export contains, and what deleting an account removes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from colonnade.kernel.core.providing import provided
from colonnade.kernel.db import Executor, Transaction

__all__ = ["HeldData", "PersonalData", "rows_of"]


@dataclass(frozen=True)
class PersonalData:
    """One part of the data about an account, such as `sessions`.

    `collect(db, account_id)` returns its content of an export, as anything msgspec can encode as JSON; no
    secrets, no hashes, nothing about other people. `erase(tx, account_id)` removes or blanks what must not remain
    after the account is deleted; None if foreign keys remove it (see `Accounts.erase`). It may raise a Problem to
    refuse the deletion.
    """

    name: str
    collect: Callable[[Executor, int], Awaitable[Any]]
    erase: Callable[[Transaction, int], Awaitable[None]] | None = None


@provided("personal_data")
class HeldData(tuple[PersonalData, ...]):
    """Everything that a product holds about an account: the declarations of all its slices."""


def rows_of(sql: str) -> Callable[[Executor, int], Awaitable[list[dict[str, Any]]]]:
    """Return a `collect` that returns the rows of `sql` unchanged; its `$1` is the account's id."""

    async def collect(db: Executor, account_id: int) -> list[dict[str, Any]]:
        return [dict(row) for row in await db.fetch(sql, account_id)]

    return collect
