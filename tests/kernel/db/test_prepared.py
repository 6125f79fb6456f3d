"""Prepared statements: once per connection, bounded in number, and prepared again when they have become stale."""

from __future__ import annotations

import asyncpg
import pytest

from colonnade.kernel.core import Invalid, Unavailable
from colonnade.kernel.db import as_problem, is_retryable
from colonnade.kernel.db.connection import MAX_PREPARED

PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE statement = $1"
ALL = "SELECT count(*) FROM pg_prepared_statements"


async def test_a_statement_is_prepared_once_on_a_connection(open_database):
    db = open_database(max_size=1)
    sql = "SELECT id FROM things WHERE id = $1"
    for number in range(3):
        assert await db.fetch_row(sql, number) is None
        assert await db.fetch(sql, number) == []
        assert await db.fetch_value(sql, number) is None
        assert await db.execute(sql, number) == "SELECT 0"
        async with db.transaction() as tx:
            assert await tx.fetch_row(sql, number) is None
    assert await db.fetch_value(PREPARED, sql) == 1


async def test_those_used_least_recently_are_deallocated(open_database):
    db = open_database(max_size=1)
    kept, dropped = "SELECT 'kept' AS word", "SELECT 'dropped' AS word"
    for sql in (kept, dropped):
        await db.fetch_value(sql)
    for number in range(MAX_PREPARED - 2):
        assert await db.fetch_value(f"SELECT {number}") == number
    assert await db.fetch_value(kept) == "kept"
    assert await db.fetch_value(ALL) == MAX_PREPARED + 1  # with the one that goes when the next is prepared
    assert await db.fetch_value("SELECT -1") == -1
    assert await db.fetch_value(ALL) == MAX_PREPARED + 1
    assert await db.fetch_value(PREPARED, kept) == 1
    assert await db.fetch_value(PREPARED, dropped) == 0
    assert await db.fetch_value(dropped) == "dropped"


async def test_a_column_that_changes_its_type(open_database, dsn):
    db = open_database(max_size=1)
    await db.execute("INSERT INTO things VALUES (1, 'chair', 5)")
    sql = "UPDATE things SET small = small + 1 WHERE id = $1 RETURNING small"
    assert await db.fetch_value(sql, 1) == 6
    other = await asyncpg.connect(dsn)
    await other.execute("ALTER TABLE things ALTER COLUMN small TYPE bigint")
    assert await db.fetch_value(sql, 1) == 7
    await other.execute("ALTER TABLE things ALTER COLUMN small TYPE smallint")
    assert await db.execute(sql, 1) == "UPDATE 1"
    async with db.transaction() as tx:
        await tx.fetch_value("SELECT 1")
        await other.execute("ALTER TABLE things ALTER COLUMN small TYPE bigint")
        with pytest.raises(asyncpg.InvalidCachedStatementError) as raised:
            await tx.fetch_value(sql, 1)
        assert is_retryable(raised.value)
        assert as_problem(raised.value).status == 503
        await tx.execute("ROLLBACK")
        await tx.execute("BEGIN")
        assert await tx.fetch_value(sql, 1) == 9
    assert await db.fetch_value(sql, 1) == 10
    await other.execute("ALTER TABLE things ALTER COLUMN small TYPE smallint")
    await other.close()


@pytest.mark.parametrize("stranger", ["DEALLOCATE ALL", "DISCARD ALL"])
async def test_statements_that_a_stranger_deallocates(open_database, stranger):
    db = open_database(max_size=1)
    sql = "INSERT INTO things VALUES ($1) RETURNING id"
    assert await db.fetch_value(sql, 1) == 1
    await db.execute(stranger)
    assert await db.fetch_value(sql, 2) == 2
    await db.execute(stranger)
    async with db.transaction() as tx:
        with pytest.raises(asyncpg.InvalidSQLStatementNameError) as raised:
            await tx.fetch_value(sql, 3)
        assert is_retryable(raised.value)
        await tx.execute("ROLLBACK")
        await tx.execute("BEGIN")
        assert await tx.fetch_value(sql, 3) == 3
    assert [row["id"] for row in await db.fetch("SELECT id FROM things ORDER BY id")] == [1, 2, 3]


async def test_a_statement_that_has_run_when_its_type_turns_out_to_be_changed_does_not_run_twice(
    open_database, dsn
):
    db = open_database(max_size=1)
    other = await asyncpg.connect(dsn)
    await other.execute("CREATE TYPE pair AS (a integer, b integer)")
    sql = "INSERT INTO things VALUES ($1) RETURNING ROW(1, 2)::pair"
    assert await db.fetch_value(sql, 1) == (1, 2)
    await other.execute("ALTER TYPE pair DROP ATTRIBUTE b, ADD ATTRIBUTE c text")
    with pytest.raises(Unavailable) as raised:
        await db.fetch_value(sql, 2)
    assert not is_retryable(raised.value)
    assert await db.fetch_value(sql, 3) == (1, "2")
    assert [row["id"] for row in await db.fetch("SELECT id FROM things ORDER BY id")] == [1, 2, 3]
    await other.execute("DROP TYPE pair")
    await other.close()


async def test_a_value_that_does_not_fit_leaves_nothing_to_the_next_statement(open_database, dsn):
    db = open_database(max_size=1, statement_timeout_seconds=0.1)
    pid = await db.fetch_value("SELECT pg_backend_pid()")
    with pytest.raises(asyncpg.DataError) as raised:
        await db.fetch("SELECT $1::int", "two")
    assert isinstance(as_problem(raised.value), Invalid)
    other = await asyncpg.connect(dsn)
    state = "SELECT state FROM pg_stat_activity WHERE pid = $1"
    assert await other.fetchval(state, pid) == "idle"  # not active, on its way to the statement timeout
    await other.close()
    assert await db.fetch_value("SELECT pg_backend_pid()") == pid
