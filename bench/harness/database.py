"""Puts the generated rows into PostgreSQL, once: a database is reused while what made it is unchanged."""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from data import chats, load
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
    """The contract's tables alone, for runs without our server."""
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
    """Our migrated `radio` database with the same rows, and the peer's views in it."""
    sources = settings.REPOSITORY / "src" / "colonnade"
    name = "bench_radio_" + _fingerprint(
        [
            settings.BENCH / "data",
            sources / "kernel" / "db" / "migrations",
            sources / "products" / "radio" / "migrations",
        ]
    )
    await postgres.drop_stale("bench_radio_", name)
    if await postgres.create(name):
        try:
            _migrate(postgres.dsn(name), settings.OUR_MIGRATE)
            connection = await asyncpg.connect(postgres.dsn(name))
            try:
                await load.load_radio(connection, rows)
            finally:
                await connection.close()
        except BaseException:
            await postgres.drop(name)
            raise
    return Dataset(postgres.dsn(name), load.PEER_SCHEMA, "radio")


async def dealroom_dataset(postgres: Postgres) -> Dataset:
    """Our migrated `dealroom` database with its chats and the peer's views: a new copy each time, for runs write."""
    sources = settings.REPOSITORY / "src" / "colonnade"
    template = "bench_dealroom_" + _fingerprint(
        [
            settings.BENCH / "data",
            sources / "kernel" / "db" / "migrations",
            sources / "products" / "dealroom" / "migrations",
        ]
    )
    await postgres.drop_stale("bench_dealroom_", template)
    if await postgres.create(template):
        try:
            _migrate(postgres.dsn(template), settings.DEALROOM_MIGRATE)
            connection = await asyncpg.connect(postgres.dsn(template))
            try:
                await chats.load_dealroom(connection)
            finally:
                await connection.close()
        except BaseException:
            await postgres.drop(template)
            raise
    await postgres.drop(DEALROOM_COPY)
    await postgres.create(DEALROOM_COPY, template)
    return Dataset(postgres.dsn(DEALROOM_COPY), chats.PEER_SCHEMA, "dealroom")


def our_environment(dsn: str) -> dict[str, str]:
    """Settings of our server: everything on, budgets too high to be met, no Redis, logs as JSON lines."""
    home = settings.HOME / "colonnade"
    home.mkdir(parents=True, exist_ok=True)
    return {
        "COLONNADE_HOME": str(home),
        "DATABASE_URL": dsn,
        "DATABASE_POOL_SIZE": str(settings.POOL_SIZE),
        "RATE_LIMIT_GLOBAL": f"{settings.RATE_LIMIT}/hour",
        "RATE_LIMIT_LOGIN": f"{settings.RATE_LIMIT}/hour",
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
