"""Commands without a product apply to those that are set up here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from colonnade.kernel.testing.command import Installation

NOT_YET = {
    "dealroom": "… Dealroom: not set up yet: colonnade up dealroom",
    "radio": "… El Shaddai FM: not set up yet: colonnade up radio",
}


async def databases(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT datname FROM pg_database")
    await connection.close()
    return {row["datname"] for row in rows}


def test_doctor_checks_what_is_set_up_and_says_what_is_not(settled: Installation) -> None:
    done = settled.run("doctor")
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert len([line for line in lines if line.startswith("ok    radio: ")]) == 6
    assert [line for line in lines if "dealroom" in line] == [
        "ok    dealroom  not set up yet: colonnade up dealroom"
    ]
    assert settled.postgres_pid() is None


def test_doctor_checks_everything_where_nothing_is_set_up(installation: Installation) -> None:
    done = installation.run("doctor")
    assert done.returncode == 0, done.stdout
    for name in ("radio", "dealroom"):
        assert f"ok    {name}: database  embedded, not set up yet: `colonnade up` does it\n" in done.stdout
    done = installation.run("doctor", DATABASE_URL="postgresql://ana@127.0.0.1:1")
    assert done.returncode == 1
    assert "fail  radio: database  " in done.stdout
    assert "fail  dealroom: database  " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        (("audit", "verify"), "El Shaddai FM: 0 entries, intact\nMark: 0:" + "0" * 64 + "\n"),
        (("migrate",), "El Shaddai FM: up to date\n"),
        (("seed",), "El Shaddai FM: has accounts already, nothing written\n"),
    ],
)
def test_commands_work_on_what_is_set_up(shared: Installation, arguments: tuple[str], result: str) -> None:
    done = shared.run(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, result, f"{NOT_YET['dealroom']}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", "verify", "dealroom"),
        ("audit", "export", "dealroom"),
        ("keys", "list", "dealroom"),
        ("access", "explain", "dealroom", "--user", "1", "--permission", "audit:read"),
        ("jobs", "retry", "dealroom"),
    ],
)
def test_a_product_that_is_named_and_not_set_up(shared: Installation, arguments: tuple[str, ...]) -> None:
    done = shared.run(*arguments)
    line = NOT_YET["dealroom"].removeprefix("… ")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {line}\n")


def test_keys_are_listed_of_what_is_set_up(shared: Installation) -> None:
    done = shared.run("keys", "list")
    assert (done.returncode, done.stderr) == (0, f"{NOT_YET['dealroom']}\n")
    assert done.stdout.startswith("key\talgorithm\tuse\n")
    assert done.stdout.count("algorithm") == 1
    assert "prayer_requests.content\t" in done.stdout


def test_access_is_explained_for_what_is_set_up(shared: Installation) -> None:
    account = ("--user", "admin@elshaddaifm.id", "--permission", "articles:create")
    done = shared.run("access", "explain", *account)
    assert (done.returncode, done.stderr) == (0, f"{NOT_YET['dealroom']}\n")
    assert done.stdout.startswith("El Shaddai FM: allowed\n")


@pytest.mark.parametrize("arguments", [("audit", "verify"), ("keys", "list"), ("keys", "reencrypt")])
def test_nothing_set_up_is_no_failure(installation: Installation, arguments: tuple[str]) -> None:
    done = installation.run(*arguments)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == list(NOT_YET.values())
    assert not (installation.home / "postgres").exists()


def test_nothing_set_up_explains_no_access(installation: Installation) -> None:
    done = installation.run("access", "explain", "--user", "1", "--permission", "articles:create")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == list(NOT_YET.values())


def test_migrate_sets_everything_up_where_nothing_is(installation: Installation) -> None:
    done = installation.run("migrate")
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("Dealroom: ")
    assert first.endswith(" revisions applied")
    assert second.startswith("El Shaddai FM: ")
    assert second.endswith(" revisions applied")
    assert "not set up" not in done.stderr


def test_a_worker_works_for_what_is_set_up(settled: Installation) -> None:
    worker = settled.start("worker")
    worker.wait_for("worker ready")
    assert "… Working for El Shaddai FM. Ctrl-C stops." in worker.stderr
    assert NOT_YET["dealroom"] in worker.stderr
    assert worker.stop() == 0


async def test_databases_of_a_server_of_ones_own(
    installation: Installation, fresh_database: Callable[[], Awaitable[str]]
) -> None:
    installation.environment["RADIO_DATABASE_URL"] = await fresh_database()
    empty = await fresh_database()
    installation.environment["DEALROOM_DATABASE_URL"] = empty
    assert installation.run("audit", "verify").stderr.splitlines() == list(NOT_YET.values())
    assert installation.run("migrate", "radio").returncode == 0
    done = installation.run("audit", "verify")
    assert (done.returncode, done.stderr.splitlines()) == (0, [NOT_YET["dealroom"]])
    missing = empty.replace("/t_", "/missing_")
    done = installation.run("audit", "verify", DEALROOM_DATABASE_URL=missing)
    assert (done.returncode, done.stderr.splitlines()) == (0, [NOT_YET["dealroom"]])
    assert not any(name.startswith("missing_") for name in await databases(empty))
    done = installation.run("audit", "verify", DEALROOM_DATABASE_URL="postgresql://ana@127.0.0.1:1/dealroom")
    assert done.returncode == 1
    assert done.stderr.startswith("error: DATABASE_URL cannot be used: ")
