"""A migrated database and `audited`, a Database that signs; every test has its own log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

import colonnade.kernel.db as kernel_db
from colonnade.kernel.audit import AuditSigner
from colonnade.kernel.db import Database
from colonnade.kernel.db.migrate import migrate

RING = {"k1": bytes(range(32))}


class Log:
    """A database with an audit log; `attack` runs SQL with the tables' guards removed, as an owner can."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.db = Database(dsn, signer=AuditSigner(RING, "club"))

    def open(self, ring: dict[str, bytes], product: str = "club") -> Database:
        """Open the database like another process with other keys."""
        return Database(self.dsn, signer=AuditSigner(ring, product))

    async def attack(self, *statements: str) -> None:
        """Run SQL like an attacker with the owner's access to the database, but without our keys."""
        connection = await asyncpg.connect(self.dsn)
        try:
            for table in ("entries", "inbox", "head"):
                await connection.execute(f"ALTER TABLE audit.{table} DISABLE TRIGGER USER")
                await connection.execute(f"GRANT ALL ON audit.{table} TO CURRENT_USER")
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture(scope="session")
async def migrated_template(fresh_database: Callable[..., Awaitable[str]]) -> str:
    """Return the DSN of a migrated database; to be copied, never to be used."""
    dsn = await fresh_database()
    await migrate(dsn, [("kernel", Path(kernel_db.__file__).parent / "migrations")])
    return dsn


@pytest.fixture
async def audit_log(
    fresh_database: Callable[..., Awaitable[str]], migrated_template: str
) -> AsyncIterator[Log]:
    """Provide an empty audit log."""
    log = Log(await fresh_database(like=migrated_template))
    yield log
    await log.db.close()
