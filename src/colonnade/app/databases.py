"""Finds a product's database on an external server (DATABASE_URL), and checks that it can be used.

An address with a database's name (`postgresql://host/orders`) means that database, which serves one
product. An address without one (`postgresql://host`) means the server: each product has the database of
its own name, created if it is missing. The arguments of a command never change which database is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import asyncpg

from colonnade.app.readiness import PreparationError
from colonnade.kernel.core.settings import Settings, check_database_role
from colonnade.kernel.db.embedded import ensure_database

__all__ = [
    "CONNECT_SECONDS",
    "DatabasePlan",
    "HasDatabase",
    "PreparationError",
    "external_dsn",
    "open_external",
    "plain_reason",
]

CONNECT_SECONDS = 5
MIN_POSTGRES_VERSION = 14
_CONNECTION_ERRORS = (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError)


class HasDatabase(Protocol):
    """What is asked of a product here: its `Facts` or the `Product` itself."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def migrations(self) -> Path: ...


DatabasePlan = Sequence[tuple[HasDatabase, Settings]]
"""The products whose databases a command applies to, each with its own settings."""


def plain_reason(error: BaseException) -> str:
    """Return the first line of an error's message, without credentials (drivers may quote them) or full stop."""
    if isinstance(error, TimeoutError) and not str(error):
        return f"it did not answer within {CONNECT_SECONDS} s"
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    return re.sub(r"//[^@/\s]*@", "//…@", text).rstrip(".")


def external_dsn(product: HasDatabase, settings: Settings) -> str | None:
    """Return the address of the product's database, or None if it is on the embedded server."""
    url = settings.database_url
    if url is None or _database_named(url):
        return url
    return urlunsplit(urlsplit(url)._replace(path=f"/{product.name}"))


def _database_named(url: str) -> bool:
    parts = urlsplit(url)
    named = {name for name, _ in parse_qsl(parts.query)}
    return bool(parts.path.strip("/")) or not named.isdisjoint({"dbname", "database"})


async def open_external(plan: DatabasePlan) -> dict[str, str]:
    """Return the DSN of each product's database by name; create missing ones and check that all can be used.

    Raise PreparationError.
    """
    dsns: dict[str, str] = {}
    for product, settings in plan:
        try:
            dsns[product.name] = await _open(product, settings)
        except asyncpg.InvalidCatalogNameError as error:
            raise PreparationError(
                f"DATABASE_URL cannot be used: {plain_reason(error)}. Create it (createdb), or leave its name "
                "out of the address."
            ) from error
        except _CONNECTION_ERRORS as error:
            raise PreparationError(
                f"DATABASE_URL cannot be used: {_reason(error)}. Check the address and that the server runs."
            ) from error
    if len(set(dsns.values())) < len(dsns):
        names = ", ".join(f"{name.upper()}_DATABASE_URL" for name in dsns)
        raise PreparationError(
            f"DATABASE_URL names one database and {len(dsns)} products need one each: leave its name out "
            f"(postgresql://user@host), or set {names}."
        )
    return dsns


def _reason(error: BaseException) -> str:
    if isinstance(error, ValueError):  # asyncpg's message may quote a part of the address
        return "it is not the address of a PostgreSQL server"
    return plain_reason(error)


async def _open(product: HasDatabase, settings: Settings) -> str:
    url = settings.database_url or ""
    if urlsplit(url).scheme not in ("postgresql", "postgres"):
        raise ValueError("scheme")
    dsn = external_dsn(product, settings) or ""
    if dsn != url:
        maintenance = urlunsplit(urlsplit(url)._replace(path="/postgres"))
        dsn = await ensure_database(maintenance, product.name)
    connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
    try:
        version = connection.get_server_version().major
        if version < MIN_POSTGRES_VERSION:
            raise PreparationError(
                f"DATABASE_URL names a PostgreSQL {version}; {MIN_POSTGRES_VERSION} or newer is needed."
            )
        if settings.production and (problem := await check_database_role(connection)):
            raise PreparationError(f"Not ready for production: {problem}.")
    finally:
        await connection.close()
    return dsn
