"""Prepares what a command works with: running servers, a database per product, demonstration data.

A PreparationError is one line for people and never contains a password. Out of scope: the databases themselves, see
`database_servers`, and their migrations, see `migration`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from colonnade.app.compose import open_services
from colonnade.app.database_servers import open_databases
from colonnade.app.databases import CONNECT_SECONDS, plain_reason
from colonnade.app.readiness import PreparationError, check_ready_for_production
from colonnade.app.seeding import has_seeds, seed_product
from colonnade.app.services import open_files
from colonnade.kernel.core import Problem
from colonnade.kernel.core.redis import open_redis
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.mail import open_mailer
from colonnade.kernel.product import Product

__all__ = [
    "Infrastructure",
    "Plan",
    "PreparationError",
    "infrastructure",
    "seed_apart",
    "seed_database",
]

Say = Callable[[str], None]

Plan = Sequence[tuple[Product, Settings]]
"""The products that a command applies to, each with its own settings."""


@dataclass(frozen=True)
class Infrastructure:
    """The servers of a command: a DSN and, if there is one, a Redis URL for each product, by its name."""

    dsns: dict[str, str]
    redis_urls: dict[str, str | None]
    keep: dict[str, Callable[[], bool]]
    """Restarts an embedded server that has been killed, by the server's name; returns whether it had to."""


def _silent(_: str) -> None:
    return None


@contextmanager
def infrastructure(plan: Plan, *, workers: int = 1, say: Say = _silent) -> Iterator[Infrastructure]:
    """Start (or join) what the settings leave to us: the embedded PostgreSQL, and Redis for several workers.

    Leaving the block releases it; the last command of a COLONNADE_HOME stops it. Raise PreparationError.
    """
    check_ready_for_production((settings for _, settings in plan), workers)
    for _, settings in plan:
        _check_addresses(settings)
    redis_urls = {product.name: each.redis_url for product, each in plan}
    own_redis = workers > 1 and None in redis_urls.values()
    if own_redis:
        _check_redis_installed()
    with ExitStack() as stack:
        databases = stack.enter_context(open_databases(plan, say))
        keep = {} if databases.keep is None else {"PostgreSQL": databases.keep}
        if own_redis:
            shared, keep["Valkey"] = _embedded_redis(stack, plan[0][1].home, say)
            redis_urls = {name: url or shared for name, url in redis_urls.items()}
        yield Infrastructure(databases.dsns, redis_urls, keep)


def _check_addresses(settings: Settings) -> None:
    """Open what parses an address of the settings: nothing connects, but invalid ones are found before the start."""
    openers: dict[str, Callable[[], object]] = {
        "UPLOAD_PATH": lambda: open_files(settings),
        "REDIS_URL": lambda: settings.redis_url and open_redis(settings.redis_url),
        "MAIL_FROM and SMTP_…": lambda: open_mailer(settings, Database("postgresql:///")),
    }
    for name, open_it in openers.items():
        try:
            open_it()
        except Exception as error:
            raise PreparationError(f"settings: {name}: {plain_reason(error)}") from error


def _check_redis_installed() -> None:
    from colonnade.kernel.core.valkey import EmbeddedValkeyError, find_valkey

    try:
        find_valkey()
    except EmbeddedValkeyError as error:
        raise PreparationError(str(error)) from error


def _embedded_redis(stack: ExitStack, home: Path, say: Say) -> tuple[str, Callable[[], bool]]:
    from colonnade.kernel.core.valkey import EmbeddedValkeyError, start_valkey

    say("Starting Valkey, which the processes share")
    try:
        server = stack.enter_context(start_valkey(home))
        return server.url, server.ensure_running
    except EmbeddedValkeyError as error:
        raise PreparationError(str(error)) from error


async def seed_database(product: Product, settings: Settings, dsn: str) -> bool:
    """Write the demonstration data unless the database has accounts; return whether it did.

    Raise PreparationError.
    """
    if not has_seeds(product):
        return False
    services = open_services(product, settings, dsn)
    try:
        return await seed_product(services)
    except Problem as error:
        raise PreparationError(f"{product.title}: {error.message}") from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise PreparationError(
            f"{product.title}: the demonstration data cannot be written: {plain_reason(error)}"
        ) from error
    finally:
        await services.db.close()
        services.hasher.close()


async def seed_apart(product: Product, dsn: str, say: Say = _silent) -> None:
    """Run `seed_database` in a process of its own, if the database has no accounts.

    Hashing passwords and drawing pictures leaves some 35 MB allocated, which a server would never give back. The
    process is `colonnade seed` with this process's settings; cancelling this call ends it. Raise
    PreparationError.
    """
    if not has_seeds(product) or await _has_accounts(product, dsn):
        return
    say(f"{product.title}: demonstration data")
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from colonnade.app.cli import main; main()",
        "seed",
        product.name,
        env=os.environ | {"LOG_FORMAT": "console"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        # Ctrl-C reaches this process only, which then terminates the child.
        start_new_session=True,
    )
    try:
        _, said = await child.communicate()
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            child.terminate()
        await child.wait()
        raise
    if child.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or [f"exit code {child.returncode}"]
        raise PreparationError(lines[-1].removeprefix("error: "))


async def _has_accounts(product: Product, dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
        try:
            found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM accounts)")
            return found
        finally:
            await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise PreparationError(f"{product.title}: {plain_reason(error)}") from error
