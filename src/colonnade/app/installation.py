"""Finds the products that are set up here: those whose database has been migrated at least once.

Commands apply to them by default. The search creates and migrates no database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg

from colonnade.app.databases import CONNECT_SECONDS, DatabasePlan, external_dsn
from colonnade.app.readiness import PreparationError
from colonnade.app.signals import run
from colonnade.kernel.db.embedded import EmbeddedPostgresError, start_postgres

__all__ = ["has_embedded_database", "set_up_here"]


def has_embedded_database(home: Path) -> bool:
    """Return whether the embedded server of `home` (COLONNADE_HOME) was ever started."""
    return any((home / "postgres" / name).exists() for name in ("data", "location"))


@contextmanager
def set_up_here(plan: DatabasePlan) -> Iterator[dict[str, str]]:
    """Yield the DSNs of the products that are set up; an embedded server started for it runs until the block ends.

    The command in the block joins that server instead of starting it a second time. A database that does not
    answer counts as set up: the command that uses it reports what is wrong. Raise PreparationError.
    """
    with ExitStack() as stack:
        dsns = {product.name: external_dsn(product, settings) for product, settings in plan}
        for product, settings in plan:
            if dsns[product.name] is None and has_embedded_database(settings.home):
                dsns[product.name] = _start(stack, settings.home, product.name)
        yield run(_select({name: dsn for name, dsn in dsns.items() if dsn is not None}))


def _start(stack: ExitStack, home: Path, database: str) -> str:
    try:
        server = start_postgres(home)
    except EmbeddedPostgresError as error:
        raise PreparationError(str(error)) from error
    stack.callback(server.stop)
    return server.dsn(database)


async def _select(dsns: dict[str, str]) -> dict[str, str]:
    return {name: dsn for name, dsn in dsns.items() if await _is_migrated(dsn)}


async def _is_migrated(dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
    except asyncpg.InvalidCatalogNameError:
        return False
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return True
    try:
        found: bool = await connection.fetchval("SELECT to_regclass('migration_log') IS NOT NULL")
        return found
    finally:
        await connection.close()
