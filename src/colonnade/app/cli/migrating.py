"""`colonnade migrate`: brings the databases up to date, or shows what that would do (--status, --sql)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Annotated

import asyncpg
import typer
from rich.markup import escape

from colonnade.app.cli.choice import chosen_databases
from colonnade.app.cli.common import ProductNames, fail, one_line_errors, out, say, show_table
from colonnade.app.database_servers import open_databases
from colonnade.app.databases import DatabasePlan, HasDatabase, plain_reason
from colonnade.app.installation import set_up_here
from colonnade.app.migration import branches, migrate_database
from colonnade.app.readiness import PreparationError, check_ready_for_production
from colonnade.app.signals import run
from colonnade.kernel.core import counted
from colonnade.kernel.db.migrate import BadRevision, DatabaseAhead, Revision, find_revisions, read_state
from colonnade.kernel.db.migration_log import MigrationLog
from colonnade.kernel.db.migration_script import write_script
from colonnade.kernel.db.planning import find_changed, find_missing, find_unknown

__all__ = ["migrate"]


def migrate(
    products: ProductNames = None,
    status: Annotated[
        bool,
        typer.Option("--status", help="Show which revisions are applied and which wait; change nothing."),
    ] = False,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print what would be run, as a script for psql; change nothing.")
    ] = False,
    to: Annotated[
        str | None, typer.Option(metavar="REVISION", help="Stop after this revision (kernel_0012).")
    ] = None,
) -> None:
    """Bring the databases up to date.

    There is no way back: a further migration corrects a mistake.
    """
    if status and (sql or to):
        fail("--status shows everything: it goes with neither --sql nor --to.", code=2)
    with one_line_errors(), chosen_databases(products) as plan:
        for product, _ in plan if to else ():
            _check_revision(product, to or "")
        if status:
            _show_status(plan)
        elif sql:
            _print_scripts(plan, to)
        else:
            _migrate(plan, to)


def _migrate(plan: DatabasePlan, to: str | None) -> None:
    check_ready_for_production((settings for _, settings in plan), 1)
    with open_databases(plan, say) as found:
        for product, _ in plan:
            applied = run(migrate_database(product, found.dsns[product.name], say, to=to))
            done = f"{counted(len(applied), 'revision')} applied" if applied else "up to date"
            out.print(f"{escape(product.title)}: {done}")


def _check_revision(product: HasDatabase, to: str) -> None:
    revisions = find_revisions(branches(product))
    if to not in {revision.id for revision in revisions}:
        fail(f"{product.title} has no revision {to}. The last one is {revisions[-1].id}.", code=2)


def _show_status(plan: DatabasePlan) -> None:
    for product, revisions, log in _look(plan):
        changed = {revision.id for revision in find_changed(revisions, log)}
        rows = []
        for revision in revisions:
            state = "applied" if revision.id in log.names else "waiting"
            state = "changed" if revision.id in changed else state
            rows.append((revision.id, revision.title, state, _applied_at(log, revision.id)))
        missing = find_missing(revisions, log)
        rows += [(name, "", "missing", _applied_at(log, name)) for name in missing]
        rows += [(name, "", "unknown", "") for name in find_unknown(revisions, log)]
        show_table(product.title, ("revision", "title", "state", "applied"), rows)


def _applied_at(log: MigrationLog, name: str) -> str:
    known = log.applied.get(name)
    return known.applied_at.isoformat(timespec="seconds") if known and known.applied_at else ""


def _print_scripts(plan: DatabasePlan, to: str | None) -> None:
    for product, revisions, log in _look(plan):
        try:
            sys.stdout.write(write_script(f"{product.title} ({product.name})", revisions, log, to=to))
        except (DatabaseAhead, BadRevision) as error:
            raise PreparationError(f"{product.title}: {plain_reason(error)}") from error


def _look(plan: DatabasePlan) -> Iterator[tuple[HasDatabase, Sequence[Revision], MigrationLog]]:
    """Yield each product, its revisions and its database's log, which is empty if there is no database yet."""
    with set_up_here(plan) as dsns:
        for product, _ in plan:
            log = MigrationLog({}, exists=False, heads=None)
            if dsn := dsns.get(product.name):
                try:
                    log = run(read_state(dsn))
                except (
                    OSError,
                    TimeoutError,
                    ValueError,
                    asyncpg.PostgresError,
                    asyncpg.InterfaceError,
                ) as error:
                    raise PreparationError(f"{product.title}: {plain_reason(error)}") from error
            yield product, find_revisions(branches(product)), log
