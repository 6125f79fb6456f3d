"""`colonnade jobs list|retry`: what waits, what failed for good, and another try."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import asyncpg
import typer

from colonnade.app.cli.common import (
    fail,
    find_products,
    one_line_errors,
    out,
    plan_for,
    say,
    show_table,
)
from colonnade.app.preparation import infrastructure
from colonnade.app.signals import run
from colonnade.kernel.core import Problem
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import JobRecord, JobState, list_jobs, retry_jobs

__all__ = ["jobs"]

jobs = typer.Typer(help="Background jobs.", no_args_is_help=True)
T = TypeVar("T")
ProductName = Annotated[str, typer.Argument(help="The product.")]


def _with_database(product: str, use: Callable[[Database], Awaitable[T]]) -> T:
    plan = plan_for(find_products([product]))

    async def execute(dsn: str) -> T:
        db = Database(dsn)
        try:
            return await use(db)
        finally:
            await db.close()

    with one_line_errors(), infrastructure(plan, say=say) as found:
        try:
            return run(execute(found.dsns[product]))
        except (Problem, asyncpg.UndefinedTableError):
            fail(f"The database of {product} has no queue yet: run `colonnade migrate {product}`.")


@jobs.command("list")
def list_all(
    product: ProductName,
    state: Annotated[JobState | None, typer.Option(help="queued, delayed, running or held.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
) -> None:
    """Jobs that wait, run or are held (failed for good)."""

    async def use(db: Database) -> list[JobRecord]:
        return await list_jobs(db, state, limit=limit)

    rows = [
        (
            str(record.id),
            record.name,
            record.state,
            str(record.attempts),
            record.run_at.isoformat(timespec="seconds"),
            record.error or "",
        )
        for record in _with_database(product, use)
    ]
    show_table("Jobs", ("id", "job", "state", "attempts", "due", "error"), rows)


@jobs.command("retry")
def retry(
    product: ProductName,
    ids: Annotated[list[int] | None, typer.Argument(help="Ids of held jobs; all when none is given.")] = None,
) -> None:
    """Try held jobs again."""

    async def use(db: Database) -> int:
        return await retry_jobs(db, ids or None)

    out.print(f"{_with_database(product, use)} jobs will run again")
