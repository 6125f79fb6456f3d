"""`colonnade jobs list|show|retry|cancel`: lists jobs, retries held ones, cancels any."""

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
from colonnade.app.cli.running import with_services
from colonnade.app.preparation import infrastructure
from colonnade.app.signals import run
from colonnade.kernel.audit import record
from colonnade.kernel.core import Problem, counted
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import (
    JobRecord,
    JobsCancelled,
    JobState,
    Priority,
    cancel_jobs,
    find_job,
    list_jobs,
    retry_jobs,
)
from colonnade.kernel.product import Services

__all__ = ["jobs"]

jobs = typer.Typer(help="Background jobs.", no_args_is_help=True)
T = TypeVar("T")
LARGEST_ID = 2**63 - 1
"""The largest number that PostgreSQL takes for an id."""

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
    """List jobs that wait, run or are held (failed for good)."""

    async def use(db: Database) -> list[JobRecord]:
        return await list_jobs(db, state, limit=limit)

    rows = [
        (
            str(record.id),
            record.name,
            _state(record),
            str(record.attempts),
            record.run_at.isoformat(timespec="seconds"),
            record.lane,
            _progress(record),
            record.error or "",
        )
        for record in _with_database(product, use)
    ]
    show_table("Jobs", ("id", "job", "state", "attempts", "due", "lane", "progress", "error"), rows)


@jobs.command("show")
def show(
    product: ProductName,
    id_: Annotated[int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="The job's id.")],
) -> None:
    """Show everything about one job except its payload."""

    async def use(db: Database) -> JobRecord | None:
        return await find_job(db, id_)

    record = _with_database(product, use)
    if record is None:
        fail(f"There is no job {id_} in the queue of {product}; one that succeeded has left it.")
    rows = [
        ("id", str(record.id)),
        ("job", record.name),
        ("state", _state(record)),
        ("lane", record.lane),
        ("priority", Priority(record.priority).name.lower()),
        ("attempts", str(record.attempts)),
        ("created", record.created_at.isoformat(timespec="seconds")),
        ("due", record.run_at.isoformat(timespec="seconds")),
        ("key", record.key or ""),
        ("worker", record.worker or ""),
        ("progress", _progress(record)),
        ("error", record.error or ""),
    ]
    show_table("Job", ("field", "value"), rows)


@jobs.command("retry")
def retry(
    product: ProductName,
    ids: Annotated[
        list[int] | None,
        typer.Argument(min=1, max=LARGEST_ID, help="Ids of held jobs; all when none is given."),
    ] = None,
) -> None:
    """Queue held jobs again."""

    async def use(services: Services) -> int:
        async with services.db.transaction("cli") as tx:
            retried = await retry_jobs(tx, ids or None)
            if retried:
                await record(tx, action="jobs.retried", after={"ids": ids or "all", "retried": retried})
        return retried

    ((_, retried),) = with_services([product], use)
    out.print(f"{counted(retried, 'job')} will run again")


@jobs.command("cancel")
def cancel(
    product: ProductName,
    ids: Annotated[list[int], typer.Argument(metavar="ID…", min=1, max=LARGEST_ID, help="Ids of jobs.")],
) -> None:
    """Remove jobs from the queue for good; one that runs is stopped, wherever its worker is."""

    async def use(services: Services) -> JobsCancelled:
        async with services.db.transaction("cli") as tx:
            cancelled = await cancel_jobs(tx, ids)
            if cancelled.removed + cancelled.stopping:
                await record(tx, action="jobs.cancelled", after={"ids": ids})
        return cancelled

    ((_, cancelled),) = with_services([product], use)
    if not cancelled.removed + cancelled.stopping:
        fail(f"None of these is in the queue of {product}.")
    out.print(f"{cancelled.removed} removed from the queue, {cancelled.stopping} being stopped")


def _state(record: JobRecord) -> str:
    return "stopping" if record.cancelled else record.state


def _progress(record: JobRecord) -> str:
    percent = None if record.progress is None else f"{record.progress:.0%}"
    return " ".join(part for part in (percent, record.note) if part)
