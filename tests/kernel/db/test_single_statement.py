"""One statement that is a transaction of its own: what follows its commit, its failure, its cancellation."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from colonnade.kernel.core import Event


class Happened(Event, frozen=True):
    name: str


@pytest.fixture
def watched(open_database):
    """Open a Database, and list the names of the events that it dispatches."""
    names = []

    async def dispatch(events):
        names.extend(event.name for event in events)

    return open_database(dispatch), names


async def test_its_events_follow_the_commit(watched):
    db, dispatched = watched
    async with db.single_statement("somebody") as tx:
        assert tx.caller == "somebody"
        assert await tx.fetch_value("INSERT INTO things VALUES ($1) RETURNING id", 1) == 1
        assert await db.fetch_value("SELECT count(*) FROM things") == 1
        tx.after_commit(Happened("one"))
        assert dispatched == []
    assert dispatched == ["one"]
    assert db.statements == 2
    calls = {"fetch": [(2,)], "fetch_row": (2,), "execute": "INSERT 0 1"}
    for name, expected in calls.items():
        await db.execute("DELETE FROM things WHERE id = 2")
        async with db.single_statement() as tx:
            assert await getattr(tx, name)("INSERT INTO things VALUES ($1) RETURNING id", 2) == expected


async def test_a_second_statement_is_refused(watched):
    db, dispatched = watched

    async def write_twice():
        async with db.single_statement() as tx:
            await tx.execute("INSERT INTO things VALUES ($1)", 1)
            tx.after_commit(Happened("never"))
            await tx.execute("INSERT INTO things VALUES ($1)", 2)

    with pytest.raises(RuntimeError, match="needs a transaction"):
        await write_twice()
    assert await db.fetch_value("SELECT count(*) FROM things") == 1
    assert dispatched == []


async def test_its_failure_leaves_nothing(watched):
    db, dispatched = watched
    await db.execute("INSERT INTO things VALUES (1, 'chair')")

    async def fail():
        async with db.single_statement() as tx:
            tx.after_commit(Happened("never"))
            await tx.execute("INSERT INTO things SELECT n FROM generate_series($1::int, 1, -1) n", 3)

    with pytest.raises(asyncpg.UniqueViolationError):
        await fail()
    assert await db.fetch_value("SELECT count(*) FROM things") == 1
    assert dispatched == []
    assert (db.pool.size, db.pool.idle) == (1, 1)


async def test_cancelled_while_it_runs_it_is_still_done_and_told(watched, dsn):
    db, dispatched = watched
    other = await asyncpg.connect(dsn)
    lock = other.transaction()
    await lock.start()
    await other.execute("LOCK TABLE things")

    async def write():
        async with db.single_statement() as tx:
            await tx.execute("INSERT INTO things VALUES ($1)", 1)
            tx.after_commit(Happened("told"))
        pytest.fail("it was cancelled")

    task = asyncio.create_task(write())
    while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
        pass
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    await lock.rollback()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert dispatched == ["told"]
    assert await db.fetch_value("SELECT count(*) FROM things") == 1
    await other.close()
