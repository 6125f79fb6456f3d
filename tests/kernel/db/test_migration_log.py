"""Databases that Alembic managed are taken over, and none of their revisions is run again or lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from colonnade.kernel.db.migrate import (
    BadRevision,
    DatabaseAhead,
    find_revisions,
    migrate,
    needs_migration,
    read_state,
)
from colonnade.kernel.db.migration_script import write_script
from colonnade.kernel.db.revisions import checksum
from colonnade.kernel.testing.psql import run_psql

Fresh = Callable[[], Awaitable[str]]
Branches = list[tuple[str, Path]]

# What colonnade 0.1.0 of November 2026 left behind after kernel_0001, kernel_0002 and radio_0001.
BY_ALEMBIC = """
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE migration_log (
    revision text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now(),
    duration_ms integer NOT NULL
);
INSERT INTO migration_log (revision, applied_at, duration_ms) VALUES
    ('kernel_0001', '2026-11-21 02:00:00Z', 31),
    ('kernel_0002', '2026-11-21 02:00:01Z', 4),
    ('radio_0001', '2026-11-22 02:00:00Z', 7);
INSERT INTO alembic_version VALUES ('kernel_0002'), ('radio_0001');
CREATE TABLE accounts (id int PRIMARY KEY, note text);
INSERT INTO accounts VALUES (1, 'kept');
CREATE TABLE articles (id int);
"""


@pytest.fixture
def branches(tmp_path: Path) -> Branches:
    files = {
        "kernel/0001_accounts.sql": "CREATE TABLE accounts (id int PRIMARY KEY);",
        "kernel/0002_note.sql": "ALTER TABLE accounts ADD COLUMN note text;",
        "radio/0001_articles.sql": "CREATE TABLE articles (id int);",
    }
    for name, sql in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(sql)
    return [("kernel", tmp_path / "kernel"), ("radio", tmp_path / "radio")]


@pytest.fixture
async def dsn(fresh_database: Fresh) -> str:
    dsn = await fresh_database()
    connection = await asyncpg.connect(dsn)
    await connection.execute(BY_ALEMBIC)
    await connection.close()
    return dsn


async def log(dsn: str) -> list[tuple[str, int, str | None]]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        "SELECT revision, duration_ms, checksum FROM migration_log ORDER BY revision"
    )
    assert await connection.fetchval("SELECT to_regclass('alembic_version')") is None
    assert await connection.fetchval("SELECT note FROM accounts") == "kept"
    await connection.close()
    return [tuple(row) for row in rows]


def fingerprint(branches: Branches, branch: int, name: str) -> str:
    return checksum((branches[branch][1] / name).read_text())


async def test_the_books_are_taken_over_once(dsn: str, branches: Branches) -> None:
    connection = await asyncpg.connect(dsn)
    assert await needs_migration(connection, branches) is True
    assert await migrate(dsn, branches) == []
    assert await needs_migration(connection, branches) is False
    await connection.close()
    expected = [
        ("kernel_0001", 31, fingerprint(branches, 0, "0001_accounts.sql")),
        ("kernel_0002", 4, fingerprint(branches, 0, "0002_note.sql")),
        ("radio_0001", 7, fingerprint(branches, 1, "0001_articles.sql")),
    ]
    assert await log(dsn) == expected
    assert await migrate(dsn, branches) == []
    assert await log(dsn) == expected


async def test_later_files_run_after_the_books_are_taken_over(dsn: str, branches: Branches) -> None:
    (branches[0][1] / "0003_more.sql").write_text("ALTER TABLE accounts ADD COLUMN more int;")
    assert await migrate(dsn, branches) == ["kernel_0003"]
    assert [row[0] for row in await log(dsn)] == ["kernel_0001", "kernel_0002", "kernel_0003", "radio_0001"]


async def test_a_database_ahead_is_refused_and_left_alone(dsn: str, branches: Branches) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "UPDATE alembic_version SET version_num = 'radio_0002' WHERE version_num ~ '^radio'"
    )
    for refused in (migrate(dsn, branches), needs_migration(connection, branches)):
        with pytest.raises(
            DatabaseAhead, match="is at radio_0002, but this version of the code ends at radio_0001"
        ):
            await refused
    assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 2
    await connection.close()


async def test_the_tables_of_another_program_are_refused_and_left_alone(dsn: str, branches: Branches) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "DELETE FROM alembic_version; INSERT INTO alembic_version VALUES ('ae1027a6acf')"
    )
    with pytest.raises(DatabaseAhead, match="holds ae1027a6acf, which is no part of kernel, radio"):
        await migrate(dsn, branches)
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == "ae1027a6acf"
    await connection.close()


async def test_a_file_slipped_in_before_is_refused(dsn: str, branches: Branches) -> None:
    (branches[0][1] / "0000_slipped.sql").write_text("SELECT 1;")
    with pytest.raises(BadRevision, match=r"0000_slipped\.sql was added below"):
        await migrate(dsn, branches)


async def test_a_script_runs_outside_a_transaction_what_must(dsn: str, branches: Branches) -> None:
    (branches[0][1] / "0003_index.sql").write_text(
        "-- migrate:no-transaction\n"
        "DROP INDEX CONCURRENTLY IF EXISTS accounts_note;\n"
        "CREATE INDEX CONCURRENTLY accounts_note ON accounts (note) -- no semicolon\n"
    )
    script = write_script("Radio", find_revisions(branches), await read_state(dsn))
    run_psql(dsn, script)
    assert [row[0] for row in await log(dsn)] == ["kernel_0001", "kernel_0002", "kernel_0003", "radio_0001"]
    assert await migrate(dsn, branches) == []
