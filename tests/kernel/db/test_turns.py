"""Statements that wait in line for a connection: whoever gives one back sends the next of them on it."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from contextvars import ContextVar

import asyncpg
import pytest

from colonnade.kernel.core import Event, Unavailable


async def _line_up(db, *calls):
    """Start `calls` one after the other while every connection is taken; return their tasks, in line."""
    tasks = []
    for call in calls:
        before = db.pool.waiting
        tasks.append(asyncio.create_task(call))
        while db.pool.waiting == before:
            await asyncio.sleep(0)
    return tasks


async def test_statements_and_connections_are_served_in_one_line(open_database):
    db = open_database(max_size=1)
    order = []

    async def ask(number):
        order.append(await db.fetch_value("SELECT $1::int", number))

    async def use(number):
        async with db.transaction() as tx:
            order.append(await tx.fetch_value("SELECT $1::int", number))

    held = await db.pool.acquire()
    tasks = await _line_up(db, ask(0), use(1), ask(2), ask(3), use(4))
    db.pool.release(held)
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3, 4]
    assert (db.pool.size, db.pool.idle, db.pool.waiting) == (1, 1, 0)


async def test_thousands_that_fail_at_once_fail_alone(open_database):
    """A value that does not fit is refused before anything is sent: the connection is free again at that moment."""
    db = open_database(max_size=1)
    await db.fetch_value("SELECT $1::int", 1)  # prepared
    held = await db.pool.acquire()
    wrong = [asyncio.create_task(db.fetch_value("SELECT $1::int", "no number")) for _ in range(3_000)]
    right = asyncio.create_task(db.fetch_value("SELECT $1::int", 7))
    while db.pool.waiting < 3_001:
        await asyncio.sleep(0)
    db.pool.release(held)
    assert {type(error) for error in await asyncio.gather(*wrong, return_exceptions=True)} == {
        asyncpg.DataError
    }
    assert await right == 7
    assert (db.pool.size, db.pool.idle, db.pool.waiting) == (1, 1, 0)


async def test_a_caller_cancelled_in_line_leaves_it(open_database):
    db = open_database(max_size=1)
    held = await db.pool.acquire()
    first, second = await _line_up(db, db.fetch_value("SELECT 1"), db.fetch_value("SELECT 2"))
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert db.pool.waiting == 1
    db.pool.release(held)
    assert await second == 2
    assert (db.pool.size, db.pool.idle) == (1, 1)


async def test_a_caller_cancelled_while_its_statement_runs_costs_only_the_connection(open_database):
    db = open_database(max_size=1)
    held = await db.pool.acquire()
    first, second = await _line_up(db, db.execute("SELECT pg_sleep($1)", 30.0), db.fetch_value("SELECT 2"))
    db.pool.release(held)
    while db.pool.waiting == 2:
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await second == 2
    assert held.is_closed()
    assert (db.pool.size, db.pool.idle, db.pool.waiting) == (1, 1, 0)


async def test_a_caller_cancelled_as_the_answer_arrives_loses_nothing(open_database):
    db = open_database(max_size=1)
    for _ in range(20):
        held = await db.pool.acquire()
        (waiting,) = await _line_up(db, db.fetch_value("SELECT 1"))
        db.pool.release(held)
        while not db.pool.idle:
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert (db.pool.size, db.pool.idle, db.pool.waiting) == (1, 1, 0)
    assert await db.fetch_value("SELECT 1") == 1


async def test_a_connection_lost_in_hand_is_replaced_for_those_in_line(open_database):
    db = open_database(max_size=1)
    held = await db.pool.acquire()
    tasks = await _line_up(db, *(db.fetch_value("SELECT $1::int", number) for number in range(4)))
    held.terminate()
    db.pool.release(held)
    assert await asyncio.gather(*tasks) == [0, 1, 2, 3]
    assert (db.pool.size, db.pool.idle, db.pool.waiting) == (1, 1, 0)


async def test_a_statement_on_a_connection_that_postgresql_has_ended_is_sent_on_another(open_database, dsn):
    db = open_database(max_size=2)
    held = await db.pool.acquire()
    pid = await held.fetchval("SELECT pg_backend_pid()")
    other = await db.pool.acquire()
    tasks = await _line_up(db, *(db.fetch_value("SELECT $1::int", number) for number in range(4)))
    killer = await asyncpg.connect(dsn)
    await killer.fetch("SELECT pg_terminate_backend($1)", pid)
    await killer.close()
    db.pool.release(held)
    db.pool.release(other)
    assert await asyncio.gather(*tasks) == [0, 1, 2, 3]
    assert db.pool.size == db.pool.idle


async def test_a_statement_in_line_ends_after_the_timeout_and_at_the_end(open_database):
    db = open_database(max_size=1, acquire_timeout_seconds=0.2)
    held = await db.pool.acquire()
    (late,) = await _line_up(db, db.fetch_value("SELECT 1"))
    with pytest.raises(Unavailable):
        await late
    (last,) = await _line_up(db, db.fetch_value("SELECT 1"))
    await db.close()
    db.pool.release(held)
    with pytest.raises(Unavailable):
        await last
    assert db.pool.size == 0


async def test_many_callers_share_few_connections(open_database):
    db = open_database(max_size=3)

    async def ask(number):
        if number % 7 == 0:
            with pytest.raises(asyncpg.DivisionByZeroError):
                await db.fetch_value("SELECT 1 / $1::int", 0)
        elif number % 5 == 0:
            async with db.transaction() as tx:
                assert await tx.fetch_value("SELECT $1::int", number) == number
        else:
            assert await db.fetch_value("SELECT $1::int", number) == number
            assert [row[0] for row in await db.fetch("SELECT generate_series(1, $1::int)", 3)] == [1, 2, 3]

    tasks = [asyncio.create_task(ask(number)) for number in range(400)]
    cancelled = tasks[::11]
    await asyncio.sleep(0.02)
    for task in cancelled:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(one) for one in results} <= {type(None), asyncio.CancelledError}
    assert db.pool.waiting == 0
    assert db.pool.size == db.pool.idle <= 3


async def test_a_single_statement_goes_on_when_its_caller_is_cancelled(open_database):
    dispatched = []

    def dispatch(events):
        dispatched.extend(events)

    db = open_database(dispatch, max_size=1)
    await db.fetch_value("SELECT 1")

    async def write(number):
        async with db.single_statement() as tx:
            await tx.execute(
                "INSERT INTO things SELECT $1::int, 'kept ' || $1::int FROM pg_sleep(0.1)", number
            )
            tx.after_commit(Event())

    for number, idle in ((1, True), (2, False)):
        held = None if idle else await db.pool.acquire()
        task = asyncio.create_task(write(number))
        while db.pool.idle or (not idle and not db.pool.waiting):
            await asyncio.sleep(0)
        if held is not None:
            db.pool.release(held)
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await db.fetch_value("SELECT count(*) FROM things") == number
        assert len(dispatched) == number
        assert (db.pool.size, db.pool.idle, db.pool.waiting) == (1, 1, 0)


async def test_a_single_statement_finds_another_connection_for_a_lost_one(open_database, dsn):
    db = open_database(max_size=1)
    pid = await db.fetch_value("SELECT pg_backend_pid()")
    killer = await asyncpg.connect(dsn)
    await killer.fetch("SELECT pg_terminate_backend($1, 5000)", pid)
    await killer.close()
    async with db.single_statement() as tx:
        assert await tx.fetch_value("SELECT 7") == 7
    assert (db.pool.size, db.pool.idle) == (1, 1)


async def test_a_single_statement_cancelled_while_its_answer_arrives_dispatches_its_events(open_database):
    dispatched = []
    db = open_database(dispatched.extend, max_size=1)
    insert = "INSERT INTO things VALUES ($1, NULL)"

    async def write(number):
        async with db.single_statement() as tx:
            tx.after_commit(Event())
            await tx.execute(insert, number)

    await write(100)  # prepared
    for turns in range(5):
        dispatched.clear()
        task = asyncio.create_task(write(turns))
        await asyncio.sleep(0)
        time.sleep(0.05)  # the answer is there before the loop looks
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await db.fetch_value("SELECT count(*) FROM things WHERE id = $1", turns) == 1
        assert len(dispatched) == 1, turns


async def test_a_cancellation_is_raised_when_the_statement_finds_another_connection(open_database):
    db = open_database(max_size=1)
    await db.fetch_value("SELECT 1")

    async def ask():
        async with db.single_statement() as tx:
            assert await tx.fetch_value("SELECT 40 + 2") == 42

    task = asyncio.create_task(ask())
    await asyncio.sleep(0)  # it is being prepared
    (connection,) = db.pool._open
    task.cancel()
    await asyncio.sleep(0)
    connection.terminate()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (db.pool.size, db.pool.idle) == (1, 1)


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("single", [True, False])
async def test_an_error_leaves_nothing_to_the_collector(open_database, single, alone):
    db = open_database(max_size=1)
    errors = []

    async def fail():
        try:
            if single:
                async with db.single_statement() as tx:
                    await tx.fetch_value("SELECT 1 / $1::int", 0)
            else:
                await db.fetch_value("SELECT 1 / $1::int", 0)
        except asyncpg.DivisionByZeroError as error:
            errors.append(weakref.ref(error))

    await db.fetch_value("SELECT 1 / $1::int", 1)  # prepared
    gc.disable()
    try:
        for _ in range(3):
            if alone:
                await fail()
                continue
            held = await db.pool.acquire()
            (task,) = await _line_up(db, fail())
            db.pool.release(held)
            await task
        await db.fetch_value("SELECT 1")  # the connection knows no error any more
        assert [error() for error in errors] == [None, None, None]
    finally:
        gc.enable()


async def test_a_statement_in_line_runs_in_the_context_of_its_caller(open_database, monkeypatch):
    """Whoever gives the connection back sends it; what is logged or traced on the way is still the caller's."""
    db = open_database(max_size=1)
    who: ContextVar[str] = ContextVar("who", default="nobody")
    seen = []

    async def observed(statement, *args):
        seen.append(who.get())
        rows = await statement.fetch(*args)
        seen.append(who.get())
        return rows

    async def ask(name):
        who.set(name)
        await db.run(observed, "SELECT 1", ())

    held = await db.pool.acquire()
    tasks = await _line_up(db, ask("one"), ask("two"))
    who.set("the one who gives it back")
    db.pool.release(held)
    await asyncio.gather(*tasks)
    assert seen == ["one", "one", "two", "two"]


async def test_a_burst_uses_half_of_the_pool_and_waits_no_longer_than_it_says(open_database):
    db = open_database(max_size=4)
    going, most = 0, 0

    async def work(crowd):
        nonlocal going, most
        async with db.in_turn(crowd, wait_seconds=5), db.transaction() as tx:
            going += 1
            most = max(most, going)
            await tx.fetch_value("SELECT pg_sleep(0.01)")
            going -= 1

    await asyncio.gather(*(work(f"crowd {number % 3}") for number in range(20)))
    assert (most, db.pool.size) == (2, 2)

    async def wait(seconds):
        async with db.in_turn("crowd", wait_seconds=seconds):
            pass

    async with db.in_turn("crowd", wait_seconds=1), db.in_turn("crowd", wait_seconds=1):
        with pytest.raises(Unavailable):
            await wait(0.05)
        waiting = asyncio.create_task(wait(5))
        await asyncio.sleep(0)
    await asyncio.wait_for(waiting, 1)
