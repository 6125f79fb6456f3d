"""Brings the database of a product up to date; the errors are one line for people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import asyncpg

import colonnade.kernel.db as kernel_db
from colonnade.app.databases import HasDatabase, plain_reason
from colonnade.app.readiness import PreparationError
from colonnade.kernel.db.migrate import (
    BadRevision,
    DatabaseAhead,
    MigrationBusy,
    MigrationFailed,
    Progress,
    migrate,
    needs_migration,
)

__all__ = ["branches", "migrate_database"]


def _silent(_: str) -> None:
    return None


def branches(product: HasDatabase) -> list[tuple[str, Path]]:
    """Return the kernel's migrations and the product's own, in the order in which they are applied."""
    return [("kernel", Path(kernel_db.__file__).parent / "migrations"), (product.name, product.migrations)]


async def migrate_database(
    product: HasDatabase, dsn: str, say: Callable[[str], None] = _silent, *, to: str | None = None
) -> list[str]:
    """Bring one database up to date (or to a revision) and return the revisions applied. Raise PreparationError."""

    def report(progress: Progress) -> None:
        say(f"{product.title}: {progress.title} ({progress.number}/{progress.total})")

    try:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            if not await needs_migration(connection, branches(product)):
                return []
        finally:
            await connection.close()
        return await migrate(dsn, branches(product), to=to, progress=report)
    except (DatabaseAhead, MigrationBusy, MigrationFailed, BadRevision) as error:
        raise PreparationError(f"{product.title}: {plain_reason(error)}") from error
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise PreparationError(
            f"{product.title}: the database cannot be migrated: {plain_reason(error)}"
        ) from error
