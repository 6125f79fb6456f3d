"""A database with one table, and Databases on it that are closed after the test."""

from __future__ import annotations

import asyncpg
import pytest

from colonnade.kernel.db import Database, PoolSettings


@pytest.fixture(scope="module")
async def dsn(fresh_database):
    """Create a database with one table."""
    made = await fresh_database()
    connection = await asyncpg.connect(made)
    await connection.execute(
        "CREATE TABLE things (id integer PRIMARY KEY, name text CONSTRAINT name_once UNIQUE, small smallint)"
    )
    await connection.close()
    return made


@pytest.fixture
async def open_database(dsn):
    """Provide `open_database(max_size=2, …)`, a Database that is closed after the test; the table is empty."""
    opened = []

    def create(dispatch=None, dsn=dsn, **settings):
        options = {"dispatch": dispatch} if dispatch else {}
        opened.append(Database(dsn, PoolSettings(application_name="pool-test", **settings), **options))
        return opened[-1]

    cleaner = await asyncpg.connect(dsn)
    await cleaner.execute("TRUNCATE things")
    await cleaner.close()
    yield create
    for database in opened:
        await database.close()
