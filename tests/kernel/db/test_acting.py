"""Statements that PostgreSQL runs for somebody: their rows only, in the round trips that are made anyway."""

from __future__ import annotations

import asyncio
import random

import asyncpg
import pytest

from colonnade.kernel.db import ANON, SERVICE, ActingDatabase, Actor

LETTERS = """
CREATE TABLE letters (id integer PRIMARY KEY, reader text NOT NULL, text text);
ALTER TABLE letters ENABLE ROW LEVEL SECURITY;
ALTER TABLE letters FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON letters TO authenticated
    USING (reader = (SELECT nullif(current_setting('request.jwt.claims', true), '')::json->>'sub'));
CREATE POLICY everything ON letters TO service_role USING (true);
GRANT ALL ON letters TO anon, authenticated, service_role;
CREATE TABLE kept (name text PRIMARY KEY);
"""
COUNT = "SELECT array_agg(id ORDER BY id) FROM letters"
WHO = "SELECT current_user::text || ' ' || coalesce(current_setting('request.jwt.claims', true), '')"


def actor(name):
    return Actor("authenticated", {"sub": name})


@pytest.fixture(scope="module")
async def letters_dsn(fresh_database):
    """Create a database with a table of letters: 1 to 6, in turn ani's and budi's."""
    dsn = await fresh_database()
    connection = await asyncpg.connect(dsn)
    await connection.execute(LETTERS)
    await connection.execute(
        "SET request.jwt.claims TO ''; SET ROLE service_role;"
        "INSERT INTO letters SELECT i, (ARRAY['ani', 'budi'])[1 + i % 2] FROM generate_series(1, 6) i"
    )
    await connection.close()
    return dsn


@pytest.fixture
def db(open_database, letters_dsn):
    return open_database(dsn=letters_dsn, max_size=2)


async def test_everyone_sees_their_rows_in_one_round_trip(db):
    assert await ActingDatabase(db, actor("ani")).fetch_value(COUNT) == [2, 4, 6]
    before = db.statements, db.commands
    assert await ActingDatabase(db, actor("budi")).fetch_value(COUNT) == [1, 3, 5]
    assert (db.statements - before[0], db.commands - before[1]) == (1, 0)
    assert await ActingDatabase(db, ANON).fetch_value(COUNT) is None
    assert await ActingDatabase(db, SERVICE).fetch_value(COUNT) == [1, 2, 3, 4, 5, 6]
    assert await ActingDatabase(db, actor(None)).fetch_value(COUNT) is None
    assert await db.fetch_value(COUNT) is None  # the owner is subject to policies too


async def test_nothing_is_left_on_the_connection(db):
    owner = await db.fetch_value(WHO)
    for run in ("fetch", "fetch_row", "fetch_value", "execute"):
        await getattr(ActingDatabase(db, actor("ani")), run)(COUNT)
        assert await db.fetch_value(WHO) == owner


async def test_a_transaction_is_its_actors_to_the_end(db):
    acting = ActingDatabase(db, actor("ani"))
    before = db.statements, db.commands
    async with acting.transaction() as tx:
        assert await tx.fetch_value(COUNT) == [2, 4, 6]
        assert await tx.execute("UPDATE letters SET text = 'seen'") == "UPDATE 3"
        assert await tx.fetch_value(WHO) == 'authenticated {"sub":"ani"}'
    assert (db.statements - before[0], db.commands - before[1]) == (3, 2)
    async with acting.single_statement() as tx:
        assert await tx.execute("UPDATE letters SET text = 'again'") == "UPDATE 3"
    assert (
        await ActingDatabase(db, SERVICE).fetch_value("SELECT count(*) FROM letters WHERE text = 'again'")
        == 3
    )


async def test_the_kernel_writes_beside_it(db):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asked(ActingDatabase(db, actor("ani")), "transaction", "INSERT INTO kept VALUES ('mine')")
    async with ActingDatabase(db, actor("ani")).transaction() as tx:
        assert await tx.fetch_value(COUNT) == [2, 4, 6]
        assert await tx.kernel.execute("INSERT INTO kept VALUES ($1)", "kernel") == "INSERT 0 1"
        assert await tx.kernel.fetch_value(COUNT) is None
        assert await tx.fetch_value(COUNT) == [2, 4, 6]
    assert await db.fetch_value("SELECT count(*) FROM kept") == 1
    await db.execute("DELETE FROM kept")


async def test_a_role_cannot_lift_the_policies(db):
    acting = ActingDatabase(db, actor("ani"))
    for sql in (
        "SET row_security = off",
        "ALTER TABLE letters DISABLE ROW LEVEL SECURITY",
        "ALTER POLICY own ON letters USING (true)",
        "DROP TABLE letters",
        "SELECT * FROM kept",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await changed_and_counted(acting, sql)
    assert await acting.fetch_value(COUNT) == [2, 4, 6]


async def changed_and_counted(acting, sql):
    async with acting.transaction() as tx:
        await tx.execute(sql)
        await tx.fetch_value(COUNT)


async def asked(acting, way, sql, *values):
    if way == "alone":
        return await acting.fetch_value(sql, *values)
    async with acting.single_statement() if way == "single" else acting.transaction() as tx:
        return await tx.fetch_value(sql, *values)


@pytest.mark.parametrize("way", ["alone", "transaction", "single"])
async def test_a_value_that_does_not_fit_leaves_nobody_behind(db, way):
    acting = ActingDatabase(db, actor("ani"))
    with pytest.raises(asyncpg.DataError):
        await asked(acting, way, "SELECT id FROM letters WHERE id = $1", 2**40)
    for _ in range(2):
        assert (await db.fetch_value(WHO)).split()[0] not in ("authenticated", "anon")
        assert await db.fetch_value(COUNT) is None
    assert await acting.fetch_value(COUNT) == [2, 4, 6]


async def test_a_refused_statement_leaves_nobody_behind(db):
    acting = ActingDatabase(db, actor("ani"))
    with pytest.raises(asyncpg.DivisionByZeroError):
        await acting.fetch_value("SELECT 1 / (id - id) FROM letters")
    assert (await db.fetch_value(WHO)).split()[0] != "authenticated"
    assert db.pool.size == 1


async def test_nobody_gets_anothers_rows_when_many_ask_and_some_leave(db):
    """10,000 requests of 50 people over two connections, one in ten cancelled at some moment."""
    rng = random.Random(7)
    service = ActingDatabase(db, SERVICE)
    await service.execute("INSERT INTO letters SELECT 100 + i, 'p' || i FROM generate_series(0, 49) i")
    people = [(number, ActingDatabase(db, actor(f"p{number}"))) for number in range(50)]
    wrong = []

    async def ask(number, acting, way):
        if way == "alone":
            found = await acting.fetch_value(COUNT)
        elif way == "single":
            async with acting.single_statement() as tx:
                found = await tx.fetch_value("UPDATE letters SET text = 'x' RETURNING ARRAY[id]")
        else:
            async with acting.transaction() as tx:
                first = await tx.fetch_value(COUNT)
                assert await tx.kernel.fetch_value(COUNT) is None
                found = await tx.fetch_value(COUNT)
                wrong.extend([] if first == found else [(number, first, found)])
        if found != [100 + number]:
            wrong.append((number, found))

    for _ in range(100):
        tasks = [
            asyncio.create_task(ask(number, acting, rng.choice(("alone", "alone", "single", "transaction"))))
            for number, acting in rng.choices(people, k=100)
        ]
        for task in rng.sample(tasks, 10):
            for _ in range(rng.randrange(4)):
                await asyncio.sleep(0)
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert result is None or isinstance(result, asyncio.CancelledError), result
    assert wrong == []
    await service.execute("DELETE FROM letters WHERE id >= 100")
