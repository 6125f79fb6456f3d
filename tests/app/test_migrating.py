"""`colonnade migrate --status
--sql
--to`: show what would be done, do a part of it, do it by hand.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from colonnade.app.compose import load_product
from colonnade.app.migration import branches
from colonnade.kernel.db.migrate import find_revisions
from colonnade.kernel.testing.command import Installation
from colonnade.kernel.testing.psql import run_psql

FreshDatabase = Callable[[], Awaitable[str]]
RADIO = find_revisions(branches(load_product("radio")))
LAST = f"The last one is {RADIO[-1].id}."
TABLES = """
SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
WHERE table_schema = 'public' ORDER BY 1, 2
"""


@pytest.fixture
async def database(installation: Installation, fresh_database: FreshDatabase) -> str:
    """Create an empty database that the installation uses."""
    dsn = await fresh_database()
    installation.environment["DATABASE_URL"] = dsn
    return dsn


async def fetch(dsn: str, query: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(query)
    await connection.close()
    return [tuple(row) for row in rows]


def status(installation: Installation) -> dict[str, str]:
    """Return the state of each revision of radio."""
    done = installation.run("migrate", "radio", "--status")
    assert (done.returncode, done.stderr) == (0, "")
    first, *rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert first == ["revision", "title", "state", "applied"]
    for _, _, state, applied in rows:
        assert (state == "waiting") == (applied == "")
    return {row[0]: row[2] for row in rows}


async def test_status_before_between_and_after(installation: Installation, database: str) -> None:
    assert status(installation) == {revision.id: "waiting" for revision in RADIO}
    assert await fetch(database, "SELECT FROM pg_tables WHERE schemaname = 'public'") == []
    half = RADIO[9].id
    done = installation.run("migrate", "radio", "--to", half)
    assert (done.returncode, done.stdout) == (0, "El Shaddai FM: 10 revisions applied\n")
    assert status(installation) == {
        revision.id: "applied" if number < 10 else "waiting" for number, revision in enumerate(RADIO)
    }
    assert installation.run("migrate", "radio", "--to", half).stdout == "El Shaddai FM: up to date\n"
    done = installation.run("migrate", "radio", "--to", RADIO[10].id)
    assert done.stdout == "El Shaddai FM: 1 revision applied\n"
    assert installation.run("migrate", "radio").returncode == 0
    assert set(status(installation).values()) == {"applied"}


async def test_status_names_what_is_changed_missing_or_unknown(
    installation: Installation, database: str
) -> None:
    assert installation.run("migrate", "radio").returncode == 0
    await fetch(database, "UPDATE migration_log SET checksum = 'other' WHERE revision = 'radio_0001'")
    await fetch(database, "INSERT INTO migration_log VALUES ('radio_9999', now(), 1, 'x')")
    states = installation.run("migrate", "radio", "--status").stdout
    assert re.search(r"^radio_0001\tarticles\tchanged\t20", states, re.MULTILINE)
    assert states.endswith("radio_9999\t\tunknown\t\n")
    for arguments in ((), ("--sql",)):
        done = installation.run("migrate", "radio", *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert "run the newer version, or restore a backup" in done.stderr
    await fetch(database, "DELETE FROM migration_log WHERE revision = 'radio_9999'")
    await fetch(database, "INSERT INTO migration_log VALUES ('kernel_0002', '2026-01-02T03:04:05Z', 1, 'x')")
    states = installation.run("migrate", "radio", "--status").stdout
    assert states.endswith("kernel_0002\t\tmissing\t2026-01-02T03:04:05+00:00\n")
    done = installation.run("migrate", "radio")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: El Shaddai FM: kernel_0002 has been applied, but its file is missing: "
        "put it back, or begin with an empty database\n"
    )
    await fetch(database, "DELETE FROM migration_log WHERE revision = 'kernel_0002'")
    done = installation.run("migrate", "radio")
    assert done.returncode == 1
    assert done.stderr == (
        "error: El Shaddai FM: 0001_articles.sql was changed after it had been applied: "
        "put it back and write a new one, or begin with an empty database\n"
    )


async def test_the_script_does_what_migrate_does(
    installation: Installation, database: str, fresh_database: FreshDatabase, migrated_template: str
) -> None:
    done = installation.run("migrate", "radio", "--sql", "--to", RADIO[4].id)
    assert (done.returncode, done.stderr) == (0, "")
    assert await fetch(database, "SELECT FROM pg_tables WHERE schemaname = 'public'") == []
    run_psql(database, done.stdout)
    assert list(status(installation).values()).count("applied") == 5
    run_psql(database, installation.run("migrate", "radio", "--sql").stdout)
    assert installation.run("migrate", "radio", "--sql").stdout == "-- El Shaddai FM (radio): up to date.\n"
    assert installation.run("migrate", "radio").stdout == "El Shaddai FM: up to date\n"
    assert await fetch(database, TABLES) == await fetch(migrated_template, TABLES)
    log = "SELECT revision, checksum FROM migration_log ORDER BY revision"
    assert await fetch(database, log) == await fetch(migrated_template, log)


async def test_the_script_takes_over_the_books_of_alembic(installation: Installation, database: str) -> None:
    assert installation.run("migrate", "radio").returncode == 0
    last = {revision.branch: revision.id for revision in RADIO}
    await fetch(database, "ALTER TABLE migration_log DROP COLUMN checksum")
    await fetch(database, "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    for head in last.values():
        await fetch(database, f"INSERT INTO alembic_version VALUES ('{head}')")
    assert set(status(installation).values()) == {"applied"}
    run_psql(database, installation.run("migrate", "radio", "--sql").stdout)
    assert await fetch(database, "SELECT count(*) FROM migration_log WHERE checksum IS NULL") == [(0,)]
    assert await fetch(database, "SELECT to_regclass('alembic_version')") == [(None,)]
    assert installation.run("migrate", "radio").stdout == "El Shaddai FM: up to date\n"


def test_nothing_is_made_for_a_look(installation: Installation) -> None:
    assert status(installation) == {revision.id: "waiting" for revision in RADIO}
    script = installation.run("migrate", "radio", "--sql").stdout
    assert script.count("\nBEGIN;\n") >= len(RADIO)
    assert not (installation.home / "postgres").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--status", "--sql"), "--status shows everything: it goes with neither --sql nor --to."),
        (("--status", "--to", "kernel_0001"), "--status shows everything: it goes with neither --sql nor --to."),
        (("--to", "radio_9999"), f"El Shaddai FM has no revision radio_9999. {LAST}"),
        (("--sql", "--to", "dealroom_0001"), f"El Shaddai FM has no revision dealroom_0001. {LAST}"),
    ],
)  # fmt: skip
def test_what_makes_no_sense(installation: Installation, arguments: tuple[str], complaint: str) -> None:
    done = installation.run("migrate", "radio", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {complaint}\n")
    assert not (installation.home / "postgres").exists()
