"""The pool and transactions on a real PostgreSQL: limits, waiting, cancellation, lost connections."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import pytest

from colonnade.kernel.core import Event, Invalid, Unavailable
from colonnade.kernel.db import (
    Pool,
    PoolSettings,
    as_problem,
    is_retryable,
)


class Happened(Event, frozen=True):
    name: str


async def _names(db):
    return [row["name"] for row in await db.fetch("SELECT name FROM things ORDER BY id")]


async def test_statements(open_database):
    db = open_database()
    assert await db.execute("INSERT INTO things VALUES ($1, $2)", 1, "chair") == "INSERT 0 1"
    assert await db.fetch_value("SELECT name FROM things WHERE id = $1", 1) == "chair"
    assert dict(await db.fetch_row("SELECT id, name FROM things")) == {"id": 1, "name": "chair"}
    assert await db.fetch_row("SELECT 1 WHERE false") is None
    assert await db.fetch("SELECT 1 WHERE false") == []
    assert db.statements == 5
    assert (db.pool.size, db.pool.idle, db.pool.waiting) == (1, 1, 0)


async def test_connections_are_set_up(open_database):
    db = open_database(
        statement_timeout_seconds=3, lock_timeout_seconds=1.5, idle_in_transaction_timeout_seconds=7
    )
    settings = {
        name: await db.fetch_value(f"SHOW {name}")
        for name in ("timezone", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "jit",
                     "application_name")
    }  # fmt: skip
    assert settings == {
        "timezone": "UTC", "statement_timeout": "3s", "lock_timeout": "1500ms",
        "idle_in_transaction_session_timeout": "7s", "jit": "off", "application_name": "pool-test",
    }  # fmt: skip


async def test_json_goes_in_and_out_as_objects(open_database):
    db = open_database()
    value = {"a": [1, 2.5, None, "teks 中文"], "b": {"c": True}}
    for kind in ("json", "jsonb"):
        assert await db.fetch_value(f"SELECT $1::{kind}", value) == value


async def test_a_transaction_commits_or_leaves_nothing(open_database):
    dispatched = []

    async def dispatch(events):
        dispatched.append([event.name for event in events])

    db = open_database(dispatch)
    async with db.transaction() as tx:
        await tx.execute("INSERT INTO things VALUES (1, 'kept')")
        tx.after_commit(Happened("one"))
        tx.after_commit(Happened("two"))
        assert dispatched == []
        assert await db.fetch("SELECT * FROM things") == []
    assert dispatched == [["one", "two"]]

    async def fail():
        async with db.transaction() as tx:
            await tx.execute("INSERT INTO things VALUES (2, 'lost')")
            tx.after_commit(Happened("three"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert dispatched == [["one", "two"]]
    assert await _names(db) == ["kept"]
    assert db.pool.size - db.pool.idle == 0


async def test_a_swallowed_error_does_not_look_like_a_commit(open_database):
    dispatched = []

    async def dispatch(events):
        dispatched.extend(events)

    db = open_database(dispatch)

    async def pass_over():
        async with db.transaction() as tx:
            await tx.execute("INSERT INTO things VALUES (1, 'lost')")
            tx.after_commit(Happened("never"))
            with pytest.raises(asyncpg.UndefinedTableError):
                await tx.execute("SELECT * FROM nothing")

    with pytest.raises(RuntimeError, match="rolled back"):
        await pass_over()
    assert (await _names(db), dispatched) == ([], [])
    assert (db.pool.size, db.pool.idle) == (1, 1)


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read", "serializable"])
async def test_isolation(open_database, isolation):
    async with open_database().transaction(isolation=isolation) as tx:
        assert await tx.fetch_value("SHOW transaction_isolation") == isolation


async def test_at_most_so_many_connections(open_database):
    db = open_database(max_size=2)
    await asyncio.gather(*(db.execute("SELECT pg_sleep(0.02)") for _ in range(12)))
    assert (db.pool.size, db.pool.idle, db.pool.waiting) == (2, 2, 0)


async def test_waiting_ends_after_the_timeout(open_database):
    db = open_database(max_size=1, acquire_timeout_seconds=0.3)
    async with db.transaction():
        started = time.monotonic()
        with pytest.raises(Unavailable) as raised:
            await db.fetch_value("SELECT 1")
        assert 0.25 < time.monotonic() - started < 0.6
        assert raised.value.headers == {"Retry-After": "2"}
        assert db.pool.waiting == 0
    assert await db.fetch_value("SELECT 1") == 1


async def test_waiting_and_connecting_share_the_timeout(open_database):
    db = open_database(max_size=1, acquire_timeout_seconds=0.4, connect_timeout_seconds=5)
    writers = []
    listener = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    connection = await db.pool.acquire()
    waiting = asyncio.create_task(db.pool.acquire())
    while not db.pool.waiting:
        await asyncio.sleep(0)
    db.pool.dsn = f"postgresql://nobody@127.0.0.1:{port}/none"  # takes connections and never says a word
    connection.terminate()
    started = time.monotonic()
    db.pool.release(connection)
    with pytest.raises(Unavailable):
        await waiting
    assert time.monotonic() - started < 0.8
    assert db.pool.size == 0
    listener.close()
    for writer in writers:
        writer.close()


async def test_whoever_waits_longest_is_served_first(open_database):
    db = open_database(max_size=1)
    order = []

    async def use(number):
        async with db.transaction():
            order.append(number)

    async with db.transaction():
        tasks = []
        for number in range(5):
            tasks.append(asyncio.create_task(use(number)))
            while db.pool.waiting <= number:
                await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3, 4]


async def test_nobody_overtakes_those_who_wait(open_database):
    pool = open_database(max_size=1).pool
    for lost in (False, True):
        held = await pool.acquire()
        first = asyncio.create_task(pool.acquire())
        while not pool.waiting:
            await asyncio.sleep(0)
        if lost:
            held.terminate()
        pool.release(held)
        # The first has not run since: this is the very moment in which a newcomer could come before it.
        assert pool.take() is None
        newcomer = asyncio.create_task(pool.acquire())
        given = await first
        assert not newcomer.done()
        assert (pool.size, pool.waiting) == (1, 1)
        pool.release(given)
        pool.release(await newcomer)
        assert (pool.size, pool.idle, pool.waiting) == (1, 1, 0)


async def test_a_connection_handed_over_at_the_last_moment_is_not_lost(open_database):
    """The waiter is cancelled, or gives up, in the very turn of the loop in which it is served."""
    db = open_database(max_size=1, acquire_timeout_seconds=5)
    for _ in range(20):
        connection = await db.pool.acquire()
        waiting = asyncio.create_task(db.pool.acquire())
        while not db.pool.waiting:
            await asyncio.sleep(0)
        db.pool.release(connection)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (db.pool.size, db.pool.idle) == (1, 1)
    assert await db.fetch_value("SELECT 1") == 1


async def test_a_connection_given_back_after_a_waiter_was_cancelled(open_database):
    db = open_database(max_size=1, acquire_timeout_seconds=5)
    connection = await db.pool.acquire()
    waiting = asyncio.create_task(db.pool.acquire())
    while not db.pool.waiting:
        await asyncio.sleep(0)
    waiting.cancel()
    db.pool.release(connection)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (db.pool.size, db.pool.idle, db.pool.waiting) == (1, 1, 0)


async def test_the_right_to_open_passes_to_the_next_in_line(open_database):
    db = open_database(max_size=1, acquire_timeout_seconds=5)
    connection = await db.pool.acquire()
    first, second = [asyncio.create_task(db.pool.acquire()) for _ in range(2)]
    while db.pool.waiting < 2:
        await asyncio.sleep(0)
    connection.terminate()
    db.pool.release(connection)
    first.cancel()
    async with asyncio.timeout(2):
        given = await second
    assert first.cancelled()
    db.pool.release(given)
    assert (db.pool.size, db.pool.idle) == (1, 1)


async def test_a_timeout_in_the_turn_of_the_hand_over_loses_nothing(open_database):
    db = open_database(max_size=1, acquire_timeout_seconds=0.02)
    for _ in range(30):
        connection = await db.pool.acquire()
        waiting = asyncio.create_task(db.pool.acquire())
        while not db.pool.waiting:
            await asyncio.sleep(0)
        until = time.monotonic() + 0.02
        while time.monotonic() < until:  # the loop itself is late: time-out and connection arrive together
            pass
        db.pool.release(connection)
        try:
            db.pool.release(await waiting)
        except Unavailable:
            pass
        assert (db.pool.size, db.pool.idle) == (1, 1)


async def test_a_transaction_that_is_left_open_does_not_come_back(open_database):
    db = open_database(max_size=1)
    connection = await db.pool.acquire()
    await connection.execute("BEGIN")
    db.pool.release(connection)
    assert (db.pool.size, db.pool.idle) == (0, 0)
    assert await db.fetch_value("SELECT 1") == 1


async def test_cancelled_statements_end_their_connections(open_database):
    db = open_database(max_size=2)
    task = asyncio.create_task(db.execute("SELECT pg_sleep(30)"))
    while not db.pool.size or db.pool.idle:
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert db.pool.size == 0
    assert await db.fetch_value("SELECT 1") == 1


async def test_a_cancelled_commit_is_still_a_commit(open_database):
    dispatched = []

    async def dispatch(events):
        dispatched.extend(event.name for event in events)

    db = open_database(dispatch)
    inside = asyncio.Event()

    async def work():
        async with db.transaction() as tx:
            await tx.execute("INSERT INTO things VALUES (1, 'kept')")
            tx.after_commit(Happened("kept"))
            inside.set()
        return "done"

    task = asyncio.create_task(work())
    await inside.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    names = await _names(db)
    # Either it was cancelled before COMMIT was sent (nothing), or both the row and its event are there.
    assert (names, dispatched) in ((["kept"], ["kept"]), ([], []))
    assert db.pool.size == db.pool.idle


async def test_all_connections_killed_at_once(open_database, dsn):
    db = open_database(max_size=4)
    await asyncio.gather(*(db.execute("SELECT pg_sleep(0.02)") for _ in range(4)))
    assert db.pool.idle == 4
    killer = await asyncpg.connect(dsn)
    ours = "FROM pg_stat_activity WHERE application_name = 'pool-test' AND datname = current_database()"

    async def kill() -> None:
        await killer.fetch(f"SELECT pg_terminate_backend(pid) {ours}")
        while await killer.fetch(f"SELECT {ours}"):
            pass

    for method in (db.fetch_value, db.fetch, db.fetch_row, db.execute):
        await kill()
        assert await method("SELECT 1") is not None
    await kill()
    async with db.transaction() as tx:
        assert await tx.fetch_value("SELECT 1") == 1
    await killer.close()


async def test_connections_that_nobody_needs_are_closed(open_database, dsn):
    db = open_database(max_size=4, idle_seconds=0.3)
    other = await asyncpg.connect(dsn)
    ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pool-test' AND datname = current_database()"
    await asyncio.gather(*(db.execute("SELECT pg_sleep(0.02)") for _ in range(4)))
    assert (db.pool.size, await other.fetchval(ours)) == (4, 4)
    async with asyncio.timeout(20):
        while db.pool.size > 1:  # the one that is in use stays
            assert await db.fetch_value("SELECT 1") == 1
            await asyncio.sleep(0.01)
        async with db.transaction() as tx:
            while await other.fetchval(ours) > 1:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)
            assert await tx.fetch_value("SELECT 1") == 1  # it is lent, not idle
        while await other.fetchval(ours):
            await asyncio.sleep(0.01)
    assert (db.pool.size, db.pool.idle) == (0, 0)
    assert await db.fetch_value("SELECT 1") == 1
    await other.close()


async def test_a_closed_pool_gives_nothing(open_database):
    db = open_database()
    connection = await db.pool.acquire()
    await db.close()
    with pytest.raises(Unavailable):
        await db.fetch_value("SELECT 1")
    db.pool.release(connection)
    assert connection.is_closed()
    assert db.pool.size == 0


async def test_no_server_is_unavailable():
    pool = Pool("postgresql://nobody@127.0.0.1:1/none", PoolSettings(max_size=1))
    for _ in range(3):
        with pytest.raises(Unavailable):
            await pool.acquire()
    assert pool.size == 0


async def test_what_errors_mean(open_database):
    db = open_database(statement_timeout_seconds=0.2)
    await db.execute("INSERT INTO things VALUES (1, 'chair')")
    cases = [
        ("SELECT pg_sleep(3)", (), Unavailable),
        ("INSERT INTO things VALUES ($1, 'x')", (2**40,), Invalid),
        ("INSERT INTO things VALUES (2, $1)", ("a\x00b",), Invalid),
        ("INSERT INTO things (id, small) VALUES (3, $1::bigint)", (2**20,), Invalid),
        ("INSERT INTO things VALUES (4, $1)", (5,), Invalid),
        ("SELECT * FROM nothing", (), None),
        ("SELECT 1 / 0", (), None),
        ("SELECT $1::text", (), None),
        ("INSERT INTO things VALUES (5, 'chair')", (), None),
    ]
    for sql, args, expected in cases:
        with pytest.raises(Exception) as raised:
            await db.fetch(sql, *args)
        problem = as_problem(raised.value)
        assert (None if problem is None else type(problem)) is expected, sql
        assert not is_retryable(raised.value)
    assert is_retryable(asyncpg.SerializationError("x"))
    assert is_retryable(asyncpg.DeadlockDetectedError("x"))
    assert isinstance(as_problem(asyncpg.InterfaceError("connection is closed")), Unavailable)
    assert as_problem(asyncpg.InterfaceError("the server expects 1 argument")) is None
    assert as_problem(ValueError("x")) is None


async def test_a_changed_table_is_tried_again(open_database, dsn):
    db = open_database(max_size=1)
    assert await db.fetch("SELECT * FROM things") == []
    other = await asyncpg.connect(dsn)
    async with db.transaction() as tx:
        await tx.fetch_value("SELECT 1")
        await other.execute("ALTER TABLE things ADD COLUMN extra text")
        with pytest.raises(Exception) as raised:
            await tx.fetch("SELECT * FROM things")
        assert is_retryable(raised.value)
        await tx.execute("ROLLBACK")
        await tx.execute("BEGIN")
    assert await db.fetch("SELECT * FROM things") == []
    await other.execute("ALTER TABLE things DROP COLUMN extra")
    await other.close()
