"""Loads the generated rows into PostgreSQL, once: a database is reused as long as its sources are unchanged."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from data import chats, grow, load
from data.generate import Article
from harness import settings
from harness.postgres import Postgres

DEALROOM_COPY = "bench_dealroom_copy"


class MigrationFailed(Exception):
    """Our own migrations did not run; the message holds the command's output."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A loaded database: its DSN, and the PostgreSQL schema in which the peer finds its tables."""

    dsn: str
    peer_schema: str
    label: str


async def peer_dataset(postgres: Postgres, rows: list[Article]) -> Dataset:
    """Load the contract's tables alone, for runs without our server."""
    name = f"bench_peer_{_fingerprint([settings.BENCH / 'data'])}"
    await postgres.drop_stale("bench_peer_", name)
    if await postgres.create(name):
        connection = await asyncpg.connect(postgres.dsn(name))
        try:
            await load.load_peer(connection, rows)
        except BaseException:
            await connection.close()
            await postgres.drop(name)
            raise
        await connection.close()
    return Dataset(postgres.dsn(name), "public", "contract")


async def radio_dataset(postgres: Postgres, rows: list[Article]) -> Dataset:
    """Load our migrated `radio` database with the same rows, and the peer's views in it."""
    name = await _filled(
        postgres, "radio", settings.OUR_MIGRATE, lambda connection: load.load_radio(connection, rows)
    )
    return Dataset(postgres.dsn(name), load.PEER_SCHEMA, "radio")


async def dealroom_dataset(postgres: Postgres) -> Dataset:
    """Load our migrated `dealroom` database with its chats and the peer's views; a new copy, because runs write."""
    template = await dealroom_template(postgres)
    await postgres.drop(DEALROOM_COPY)
    await postgres.create(DEALROOM_COPY, template)
    return Dataset(postgres.dsn(DEALROOM_COPY), load.PEER_SCHEMA, "dealroom")


async def dealroom_template(postgres: Postgres) -> str:
    """Fill the database that is copied for every run; return its name."""
    return await _filled(postgres, "dealroom", settings.DEALROOM_MIGRATE, chats.load_dealroom)


async def curve_dataset(postgres: Postgres, product: str, rows: int) -> Dataset:
    """Load our migrated database of `product` with that many articles (radio) or messages (dealroom)."""
    migrate = settings.OUR_MIGRATE if product == "radio" else settings.DEALROOM_MIGRATE
    grown = grow.grow_articles if product == "radio" else grow.grow_messages
    name = await _filled(
        postgres, product, migrate, lambda connection: grown(connection, rows), f"{product}{rows}"
    )
    return Dataset(postgres.dsn(name), load.PEER_SCHEMA, f"{rows} rows of {product}")


async def _filled(
    postgres: Postgres,
    product: str,
    migrate: tuple[str, ...],
    fill: Callable[[asyncpg.Connection], Awaitable[None]],
    label: str = "",
) -> str:
    """Migrate and fill a database of ours, unless an earlier run did; return its name."""
    kernel, products = (settings.REPOSITORY / "src" / "colonnade" / name for name in ("kernel", "products"))
    sources = [settings.BENCH / "data", kernel / "db" / "migrations", products / product / "migrations"]
    prefix = f"bench_{label or product}_"
    name = prefix + _fingerprint(sources)
    await postgres.drop_stale(prefix, name)
    if await postgres.create(name):
        try:
            _migrate(postgres.dsn(name), migrate)
            connection = await asyncpg.connect(postgres.dsn(name))
            try:
                await fill(connection)
            finally:
                await connection.close()
        except BaseException:
            await postgres.drop(name)
            raise
    return name


def our_environment(dsn: str) -> dict[str, str]:
    """Return our server's settings: everything on, budgets out of reach, no Redis, logs as JSON lines."""
    home = settings.HOME / "colonnade"
    home.mkdir(parents=True, exist_ok=True)
    return {
        "COLONNADE_HOME": str(home),
        "DATABASE_URL": dsn,
        "DATABASE_POOL_SIZE": str(settings.POOL_SIZE),
        "RATE_LIMIT_GLOBAL": f"{settings.RATE_LIMIT}/hour",
        "RATE_LIMIT_LOGIN": f"{settings.RATE_LIMIT}/hour",
        "RATE_LIMIT_LOGIN_ADDRESS": f"{settings.RATE_LIMIT}/hour",
        "JWT_SECRET": settings.JWT_SECRET,
        "LOG_FORMAT": "json",
        "FRONTEND_URL": "http://localhost:5173",
    }


def _migrate(dsn: str, command: tuple[str, ...]) -> None:
    finished = subprocess.run(
        command,
        cwd=settings.HOME,
        env=os.environ | our_environment(dsn),
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise MigrationFailed(f"{' '.join(command)}:\n{finished.stdout}{finished.stderr}")


def _fingerprint(folders: list[Path]) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.suffix in (".py", ".sql"):
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]
