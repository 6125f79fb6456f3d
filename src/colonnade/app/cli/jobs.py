"""`colonnade jobs list|retry`: what waits, what failed for good, and another try."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from colonnade.app.cli.common import err, find_products, one_line_errors, out, read_settings
from colonnade.app.preparation import infrastructure
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import JobRecord, JobState, list_jobs, retry_jobs

__all__ = ["jobs"]

jobs = typer.Typer(help="Background jobs.", no_args_is_help=True)
T = TypeVar("T")
ProductName = Annotated[str, typer.Argument(help="The product.")]


def _with_database(product: str, use: Callable[[Database], Awaitable[T]]) -> T:
    chosen = find_products([product])

    async def run(dsn: str) -> T:
        db = Database(dsn)
        try:
            return await use(db)
        finally:
            await db.close()

    with one_line_errors(), infrastructure(chosen, read_settings(product), say=err.print) as found:
        return asyncio.run(run(found.dsns[product]))


@jobs.command("list")
def list_all(
    product: ProductName,
    state: Annotated[JobState | None, typer.Option(help="queued, delayed, running or held.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
) -> None:
    """Jobs that wait, run or are held (failed for good)."""

    async def use(db: Database) -> list[JobRecord]:
        return await list_jobs(db, state, limit=limit)

    table = Table("id", "job", "state", "attempts", "due", "error")
    for record in _with_database(product, use):
        due = record.run_at.isoformat(timespec="seconds")
        table.add_row(
            str(record.id), record.name, record.state, str(record.attempts), due, record.error or ""
        )
    out.print(table)


@jobs.command("retry")
def retry(
    product: ProductName,
    ids: Annotated[list[int] | None, typer.Argument(help="Ids of held jobs; all when none is given.")] = None,
) -> None:
    """Try held jobs again."""

    async def use(db: Database) -> int:
        return await retry_jobs(db, ids or None)

    out.print(f"{_with_database(product, use)} jobs will run again")
