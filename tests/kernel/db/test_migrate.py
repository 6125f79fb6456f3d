"""Migrations on a real PostgreSQL: order, atomicity, concurrency, refusals, and memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from colonnade.kernel.db import Database
from colonnade.kernel.db.migrate import (
    BadRevision,
    DatabaseAhead,
    MigrationBusy,
    MigrationFailed,
    Progress,
    migrate,
    needs_migration,
    pending,
)
from colonnade.kernel.db.revisions import find_revisions, split_statements
from colonnade.kernel.testing import until_waiting

Fresh = Callable[[], Awaitable[str]]
Trees = tuple[Path, Path]


@pytest.fixture
def trees(tmp_path: Path) -> Trees:
    kernel, radio = tmp_path / "kernel", tmp_path / "radio"
    kernel.mkdir()
    radio.mkdir()
    (kernel / "0001_accounts.sql").write_text(
        "CREATE TABLE accounts (id int PRIMARY KEY);\nINSERT INTO accounts VALUES (1);"
    )
    (kernel / "0002_note.sql").write_text("ALTER TABLE accounts ADD COLUMN note text DEFAULT 'a;b'")
    (radio / "0001_articles.sql").write_text("CREATE TABLE articles (author int REFERENCES accounts);")
    return kernel, radio


def branches(trees: Trees) -> list[tuple[str, Path]]:
    return [("kernel", trees[0]), ("radio", trees[1])]


async def heads(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            "SELECT max(revision) AS head FROM migration_log GROUP BY left(revision, -5) ORDER BY head"
        )
        return [row["head"] for row in rows]
    finally:
        await connection.close()


async def test_first_migration_runs_every_branch_in_order(fresh_database: Fresh, trees: Trees) -> None:
    dsn = await fresh_database()
    seen: list[Progress] = []
    assert await pending(dsn, branches(trees)) == ["kernel_0001", "kernel_0002", "radio_0001"]

    ran = await migrate(dsn, branches(trees), progress=seen.append)

    assert ran == ["kernel_0001", "kernel_0002", "radio_0001"]
    assert seen == [
        Progress("kernel_0001", "accounts", 1, 3),
        Progress("kernel_0002", "note", 2, 3),
        Progress("radio_0001", "articles", 3, 3),
    ]
    assert await heads(dsn) == ["kernel_0002", "radio_0001"]
    assert await pending(dsn, branches(trees)) == []
    assert await migrate(dsn, branches(trees)) == []


async def test_a_later_file_runs_alone_and_the_check_tells(fresh_database: Fresh, trees: Trees) -> None:
    dsn = await fresh_database()
    connection = await asyncpg.connect(dsn)
    assert await needs_migration(connection, branches(trees)) is True
    await migrate(dsn, branches(trees))
    assert await needs_migration(connection, branches(trees)) is False
    (trees[0] / "0004_more.sql").write_text("ALTER TABLE accounts ADD COLUMN more int;")
    assert await needs_migration(connection, branches(trees)) is True

    assert await migrate(dsn, branches(trees)) == ["kernel_0004"]

    assert await needs_migration(connection, branches(trees)) is False
    assert await heads(dsn) == ["kernel_0004", "radio_0001"]
    await connection.close()


async def test_a_failing_file_leaves_nothing_and_names_itself(fresh_database: Fresh, trees: Trees) -> None:
    dsn = await fresh_database()
    (trees[0] / "0003_bad.sql").write_text("CREATE TABLE half (id int);\n\nALTER TABLE nowhere ADD x int;")

    with pytest.raises(MigrationFailed, match=r'0003_bad\.sql.*relation "nowhere" does not exist'):
        await migrate(dsn, branches(trees))

    assert await heads(dsn) == ["kernel_0002"]
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT to_regclass('half')") is None
    await connection.close()
    (trees[0] / "0003_bad.sql").write_text("CREATE TABLE half (id int);")
    assert await migrate(dsn, branches(trees)) == ["kernel_0003", "radio_0001"]


async def test_a_syntax_error_is_shown_with_its_line(fresh_database: Fresh, trees: Trees) -> None:
    (trees[0] / "0003_bad.sql").write_text("CREATE TABLE fine (id int);\n\nCREATE TABL wrong (id int);")
    with pytest.raises(MigrationFailed, match=r"0003_bad\.sql, line 3: syntax error"):
        await migrate(await fresh_database(), branches(trees))


async def test_migrators_at_the_same_time_run_each_file_once(fresh_database: Fresh, trees: Trees) -> None:
    dsn = await fresh_database()
    runs = await asyncio.gather(*(migrate(dsn, branches(trees)) for _ in range(4)))
    assert sorted(runs) == [[], [], [], ["kernel_0001", "kernel_0002", "radio_0001"]]


async def test_index_concurrently_beside_a_waiting_migrator(fresh_database: Fresh, trees: Trees) -> None:
    dsn = await fresh_database()
    (trees[0] / "0003_index.sql").write_text(
        "-- migrate:no-transaction\n"
        "DROP INDEX CONCURRENTLY IF EXISTS accounts_note; -- semicolon; in a comment\n"
        "CREATE INDEX CONCURRENTLY accounts_note ON accounts (note) WHERE note <> ';';\n"
    )
    runs = await asyncio.gather(*(migrate(dsn, branches(trees)) for _ in range(2)))
    assert sorted(map(len, runs)) == [0, 4]
    connection = await asyncpg.connect(dsn)
    valid = await connection.fetchval(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'accounts_note'::regclass"
    )
    await connection.close()
    assert valid is True


async def test_a_table_in_use_is_waited_for_without_blocking_others(
    fresh_database: Fresh, trees: Trees
) -> None:
    dsn = await fresh_database()
    await migrate(dsn, branches(trees))
    (trees[0] / "0003_lock.sql").write_text("ALTER TABLE accounts ADD COLUMN late int;")
    reader = await asyncpg.connect(dsn)
    transaction = reader.transaction()
    await transaction.start()
    await reader.fetch("SELECT * FROM accounts")

    with pytest.raises(
        MigrationFailed, match=r"0003_lock\.sql: a table it changes stayed in use, 2 attempts"
    ):
        await migrate(dsn, branches(trees), lock_timeout_seconds=0.1, attempts=2)
    assert await heads(dsn) == ["kernel_0002", "radio_0001"]

    waiting = asyncio.create_task(migrate(dsn, branches(trees), lock_timeout_seconds=0.1, attempts=8))
    watcher = Database(dsn)
    await until_waiting(watcher, waiting)
    await transaction.commit()
    assert await waiting == ["kernel_0003"]
    await reader.close()
    await watcher.close()


async def test_a_database_ahead_of_the_code_is_refused(fresh_database: Fresh, trees: Trees) -> None:
    dsn = await fresh_database()
    await migrate(dsn, branches(trees))
    (trees[0] / "0002_note.sql").unlink()
    connection = await asyncpg.connect(dsn)
    with pytest.raises(
        DatabaseAhead, match="is at kernel_0002, but this version of the code ends at kernel_0001"
    ):
        await needs_migration(connection, branches(trees))
    await connection.close()
    with pytest.raises(DatabaseAhead):
        await migrate(dsn, branches(trees))
    with pytest.raises(DatabaseAhead):
        await pending(dsn, branches(trees))


async def test_a_database_of_another_product_is_refused(fresh_database: Fresh, trees: Trees) -> None:
    dsn = await fresh_database()
    await migrate(dsn, branches(trees))
    with pytest.raises(DatabaseAhead, match="radio_0001, which is no part of kernel, shop"):
        await migrate(dsn, [("kernel", trees[0]), ("shop", trees[1])])


async def test_a_file_slipped_in_below_is_refused(fresh_database: Fresh, trees: Trees) -> None:
    dsn = await fresh_database()
    (trees[0] / "0005_late.sql").write_text("SELECT 1;")
    await migrate(dsn, branches(trees))
    (trees[0] / "0004_slipped.sql").write_text("SELECT 1;")
    (trees[0] / "0006_new.sql").write_text("SELECT 1;")
    with pytest.raises(BadRevision, match=r"0004_slipped\.sql was added below"):
        await migrate(dsn, branches(trees))
    assert await heads(dsn) == ["kernel_0005", "radio_0001"]


async def test_waiting_for_another_migrator_ends(fresh_database: Fresh, trees: Trees) -> None:
    dsn = await fresh_database()
    other = await asyncpg.connect(dsn)
    await other.execute("SELECT pg_advisory_lock($1)", 0x636F6C6F6E6E6164)
    with pytest.raises(MigrationBusy):
        await migrate(dsn, branches(trees), wait_seconds=0.2)
    await other.close()
    assert len(await migrate(dsn, branches(trees))) == 3


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("0001_twice.sql", "have the same number"), ("3_short.sql", "is not named NNNN_name.sql")],
)
def test_unusable_file_names_are_refused(trees: Trees, name: str, complaint: str) -> None:
    (trees[0] / name).write_text("SELECT 1;")
    with pytest.raises(BadRevision, match=complaint):
        find_revisions(branches(trees))


def test_statements_are_split_outside_strings_and_bodies() -> None:
    text = (
        "-- first; comment\nSELECT ';', E'\\';', \"odd;name\"; /* ; */\n"
        "DO $do$ BEGIN PERFORM 1; PERFORM $$;$$; END $do$;\nSELECT $1;\n-- end;\n"
    )
    assert split_statements(text) == [
        "-- first; comment\nSELECT ';', E'\\';', \"odd;name\"",
        "/* ; */\nDO $do$ BEGIN PERFORM 1; PERFORM $$;$$; END $do$",
        "SELECT $1",
    ]


async def test_a_changed_file_is_refused_and_a_changed_comment_is_not(
    fresh_database: Fresh, trees: Trees
) -> None:
    dsn = await fresh_database()
    await migrate(dsn, branches(trees))
    file = trees[0] / "0002_note.sql"
    original = file.read_text()
    file.write_text(f"-- Why; the 'note' is there.\n{original.replace(' ADD', '   ADD /* late */ ')};\n")
    assert await migrate(dsn, branches(trees)) == []

    file.write_text(original.replace("'a;b'", "'a; b'"))
    (trees[0] / "0003_more.sql").write_text("ALTER TABLE accounts ADD COLUMN more int;")
    connection = await asyncpg.connect(dsn)
    for refused in (migrate(dsn, branches(trees)), needs_migration(connection, branches(trees))):
        with pytest.raises(BadRevision, match=r"0002_note\.sql was changed after it had been applied"):
            await refused
    await connection.close()
    assert await heads(dsn) == ["kernel_0002", "radio_0001"]


async def test_a_deleted_file_below_the_last_is_refused(fresh_database: Fresh, trees: Trees) -> None:
    dsn = await fresh_database()
    (trees[0] / "0003_more.sql").write_text("ALTER TABLE accounts ADD COLUMN more int;")
    await migrate(dsn, branches(trees))
    (trees[0] / "0002_note.sql").rename(trees[0] / "away")
    (trees[0] / "0004_new.sql").write_text("ALTER TABLE accounts ADD COLUMN new int;")
    connection = await asyncpg.connect(dsn)
    for refused in (
        migrate(dsn, branches(trees)),
        migrate(dsn, branches(trees), to="kernel_0001"),
        pending(dsn, branches(trees)),
        needs_migration(connection, branches(trees)),
    ):
        with pytest.raises(BadRevision, match=r"kernel_0002 has been applied, but its file is missing"):
            await refused
    await connection.close()
    assert await heads(dsn) == ["kernel_0003", "radio_0001"]
    (trees[0] / "away").rename(trees[0] / "0002_note.sql")
    assert await migrate(dsn, branches(trees)) == ["kernel_0004"]


async def test_migrating_up_to_a_revision(fresh_database: Fresh, trees: Trees) -> None:
    dsn = await fresh_database()
    assert await migrate(dsn, branches(trees), to="kernel_0001") == ["kernel_0001"]
    assert await migrate(dsn, branches(trees), to="kernel_0001") == []
    with pytest.raises(BadRevision, match="there is no revision radio_0002; the last one is radio_0001"):
        await migrate(dsn, branches(trees), to="radio_0002")
    assert await migrate(dsn, branches(trees), to="radio_0001") == ["kernel_0002", "radio_0001"]
    assert await migrate(dsn, branches(trees), to="kernel_0001") == []
    assert await heads(dsn) == ["kernel_0002", "radio_0001"]


async def test_the_kernel_migrates_from_nothing_in_two_seconds(fresh_database: Fresh) -> None:
    import colonnade.kernel.db.migrate as module

    dsn = await fresh_database()
    kernel = Path(module.__file__).parent / "migrations"
    started = time.monotonic()
    ran = await migrate(dsn, [("kernel", kernel)])
    assert ran == [revision.id for revision in find_revisions([("kernel", kernel)])]
    assert time.monotonic() - started < 6  # about 1 s when nothing else runs on the machine
