"""What must be true before a server can start: a database per product, migrated and, in development, filled.

Used by `up`, `worker`, `migrate`, `seed` and `admin`. Errors are PreparationErrors: one line for people.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

import colonnade.kernel.db as kernel_db
from colonnade.app.compose import open_services
from colonnade.kernel.core.secrets import DevelopmentSecretError, prepare_home
from colonnade.kernel.core.settings import Settings, SettingsError, check_database_role, check_production
from colonnade.kernel.core.valkey import EmbeddedValkeyError, start_valkey
from colonnade.kernel.db.embedded import EmbeddedPostgresError, ensure_database, start_postgres
from colonnade.kernel.db.migrate import (
    BadRevision,
    DatabaseAhead,
    MigrationBusy,
    MigrationFailed,
    Progress,
    migrate,
    needs_migration,
)
from colonnade.kernel.product import Product

__all__ = ["Infrastructure", "PreparationError", "infrastructure", "migrate_database", "seed_database"]

Say = Callable[[str], None]


class PreparationError(Exception):
    """Why nothing can be started, and what to do about it, in one line."""


@dataclass(frozen=True)
class Infrastructure:
    """Where things are: a DSN per product and, when there is one, a Redis."""

    dsns: dict[str, str]
    redis_url: str | None
    ensure_running: Callable[[], object] | None = None
    """Starts the embedded database again when it has been killed; None for a server of one's own."""


def _silent(_: str) -> None:
    return None


@contextmanager
def infrastructure(
    products: Sequence[Product], settings: Settings, *, workers: int = 1, say: Say = _silent
) -> Iterator[Infrastructure]:
    """Start (or join) what the settings leave to us: the embedded PostgreSQL, and Redis for several workers.

    Raises PreparationError.
    """
    if problems := check_production(settings, workers=workers):
        raise PreparationError("Not ready for production: " + "; ".join(problems))
    with ExitStack() as stack:
        try:
            ensure_running = None
            prepare_home(settings.home)
            if settings.database_url:
                dsns = asyncio.run(_external_databases(settings, products))
            else:
                server = start_postgres(settings.home, on_progress=say)
                stack.callback(server.stop)
                ensure_running = server.ensure_running
                dsns = asyncio.run(_embedded_databases(server.dsn(), products))
            redis_url = settings.redis_url
            if redis_url is None and workers > 1:
                say("Starting the embedded Valkey")
                redis_url = stack.enter_context(start_valkey(settings.home)).url
        except (EmbeddedPostgresError, EmbeddedValkeyError, DevelopmentSecretError, SettingsError) as error:
            raise PreparationError(str(error)) from error
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            raise PreparationError(
                f"DATABASE_URL cannot be used: {_plain(error)}. "
                "Check that the server runs and that the role may log in."
            ) from error
        yield Infrastructure(dsns, redis_url, ensure_running)


def _plain(error: BaseException) -> str:
    """An error's first line, without credentials that a driver may quote."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return re.sub(r"//[^@/\s]*@", "//…@", text)


async def _embedded_databases(dsn: str, products: Sequence[Product]) -> dict[str, str]:
    return {product.name: await ensure_database(dsn, product.name) for product in products}


async def _external_databases(settings: Settings, products: Sequence[Product]) -> dict[str, str]:
    """The database that DATABASE_URL names, or, with several products, one beside it for each."""
    base = settings.database_url or ""
    dsns: dict[str, str] = {}
    for product in products:
        if len(products) == 1:
            dsns[product.name] = base
        else:
            name = urlsplit(base).path.lstrip("/") or "colonnade"
            dsns[product.name] = await ensure_database(base, f"{name}_{product.name}")
    for dsn in dsns.values():
        connection = await asyncpg.connect(dsn, timeout=5)
        try:
            version = connection.get_server_version().major
            if version < 14:
                raise PreparationError(f"DATABASE_URL names PostgreSQL {version}; 14 or newer is needed.")
            if settings.production and (problem := await check_database_role(connection)):
                raise PreparationError(f"Not ready for production: {problem}")
        finally:
            await connection.close()
    return dsns


def branches(product: Product) -> list[tuple[str, Path]]:
    """The kernel's migrations and the product's own, in the order in which they are applied."""
    return [("kernel", Path(kernel_db.__file__).parent / "migrations"), (product.name, product.migrations)]


async def migrate_database(product: Product, dsn: str, say: Say = _silent) -> list[str]:
    """Bring one database up to date; the revisions applied. Raises PreparationError."""

    def report(progress: Progress) -> None:
        say(f"{product.title}: {progress.title} ({progress.number}/{progress.total})")

    try:
        connection = await asyncpg.connect(dsn)
        try:
            if not await needs_migration(connection, branches(product)):
                return []
        finally:
            await connection.close()
        return await migrate(dsn, branches(product), progress=report)
    except (DatabaseAhead, MigrationBusy, MigrationFailed, BadRevision) as error:
        raise PreparationError(f"{product.title}: {error}") from error
    except (OSError, asyncpg.PostgresError) as error:
        raise PreparationError(
            f"{product.title}: the database cannot be migrated: {_plain(error)}"
        ) from error


async def seed_database(product: Product, settings: Settings, dsn: str) -> None:
    """Write the demonstration data; does nothing to a database that has accounts."""
    if product.seed is None:
        return
    services = open_services(product, settings, dsn)
    try:
        await product.seed(services)
    finally:
        await services.db.close()
        services.hasher.close()
