"""Statements whose columns depend on the fields given, and problems of violated constraints, on a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg
import msgspec
import pytest

from colonnade.kernel.core import Conflict, Invalid, NotFound
from colonnade.kernel.db import NOW, Database, PoolSettings, assignments, insertion, json_time, violation_as

TABLES = """
CREATE TABLE rooms (id integer PRIMARY KEY);
CREATE TABLE chairs (
    id integer PRIMARY KEY,
    name text NOT NULL CONSTRAINT name_once UNIQUE,
    legs integer DEFAULT 4 CONSTRAINT it_stands CHECK (legs > 2),
    room_id integer CONSTRAINT room_exists REFERENCES rooms,
    made_at timestamptz
);
"""


@pytest.fixture(scope="module")
async def db(fresh_database):
    dsn = await fresh_database()
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLES)
    await connection.close()
    opened = Database(dsn, PoolSettings(application_name="writing-test"))
    yield opened
    await opened.close()


async def _insert(db, values, returning="*"):
    names, marks, args = insertion(values)
    return await db.fetch_row(f"INSERT INTO chairs ({names}) VALUES ({marks}) RETURNING {returning}", *args)


def test_columns_and_parameters():
    assert insertion({"id": 1, "name": "x"}) == ("id, name", "$1, $2", [1, "x"])
    assert insertion({"id": 1, "made_at": NOW, "name": "x"}, first=3) == (
        "id, made_at, name",
        "$3, now(), $4",
        [1, "x"],
    )
    assert assignments({"name": None, "made_at": NOW, "legs": 3}, first=2) == (
        "name = $2, made_at = now(), legs = $3, ",
        [None, 3],
    )
    assert assignments({}, first=2) == ("", [])


@pytest.mark.parametrize("name", ["name = 1, id", "na me", "", "1st", 'x"', "Name", "name\n", "name--"])
def test_a_key_that_is_no_column_is_refused(name):
    with pytest.raises(ValueError, match="is not a column name"):
        insertion({name: 1})
    with pytest.raises(ValueError, match="is not a column name"):
        assignments({"legs": 1, name: 1}, first=2)


async def test_values_arrive_as_they_are(db):
    name = "'); DROP TABLE chairs; --"
    async with db.transaction() as tx:
        began = await tx.fetch_value("SELECT now()")
        row = await _insert(tx, {"id": 1, "name": name, "made_at": NOW})
        assert dict(row) == {"id": 1, "name": name, "legs": 4, "room_id": None, "made_at": began}
        changes, args = assignments({"name": "stool", "made_at": None}, first=2)
        row = await tx.fetch_row(f"UPDATE chairs SET {changes} legs = 3 WHERE id = $1 RETURNING *", 1, *args)
        assert dict(row) == {"id": 1, "name": "stool", "legs": 3, "room_id": None, "made_at": None}


async def test_a_violated_constraint_is_the_problem_it_stands_for(db):
    await _insert(db, {"id": 10, "name": "bench"})
    taken = Conflict("There is such a chair.", field="name")
    with pytest.raises(Conflict) as raised, violation_as(taken, "other", "name_once"):
        await _insert(db, {"id": 11, "name": "bench"})
    assert raised.value is taken
    assert raised.value.__cause__ is None
    with pytest.raises(NotFound), violation_as(taken, "name_once"), violation_as(NotFound, "room_exists"):
        await _insert(db, {"id": 11, "name": "sofa", "room_id": 1})
    with pytest.raises(Invalid), violation_as(Invalid, "it_stands"):
        await _insert(db, {"id": 11, "name": "sofa", "legs": 2})
    assert await db.fetch_value("SELECT count(*) FROM chairs WHERE id = 11") == 0


async def test_any_other_violation_and_error_goes_on(db):
    await _insert(db, {"id": 20, "name": "throne"})
    with pytest.raises(asyncpg.UniqueViolationError), violation_as(Conflict, "name_once"):
        await _insert(db, {"id": 20, "name": "divan"})
    with pytest.raises(asyncpg.NotNullViolationError), violation_as(Conflict, "name_once"):
        await _insert(db, {"id": 21, "name": None})
    with pytest.raises(asyncpg.UndefinedColumnError), violation_as(Conflict, "name_once"):
        await _insert(db, {"id": 21, "colour": "red"})
    with pytest.raises(Conflict) as raised, violation_as(NotFound, "name_once"):
        raise Conflict
    assert type(raised.value) is Conflict


async def test_times_are_written_in_json_as_by_the_encoder(db):
    for microsecond in (0, 1, 100_000, 120_300, 999_999):
        moment = datetime(2026, 1, 31, 8, 5, 9, microsecond, tzinfo=UTC)
        written = await db.fetch_value(f"SELECT {json_time('$1::timestamptz')}", moment)
        assert written == msgspec.to_builtins(moment)
    async with db.transaction() as tx:
        await tx.execute("SET LOCAL timezone = 'Asia/Jakarta'")
        assert await tx.fetch_value(f"SELECT {json_time('$1::timestamptz')}", moment) == written
