"""The commands beside `up`: migrate, seed, admin, routes, openapi, asyncapi, doctor, version, jobs."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable

import asyncpg
import httpx
import pytest

from colonnade.kernel.testing.command import EXECUTABLE, Installation, RunningCommand

SignIn = Callable[[str, str, str], httpx.Response]
FreshDatabase = Callable[[], Awaitable[str]]


@pytest.fixture(scope="module")
def server(shared: Installation) -> RunningCommand:
    """Start a server of the shared installation."""
    return shared.up("radio")


def create(shared: Installation, email: str, *more: str, stdin: str = "") -> tuple[int, str, str]:
    arguments = ["admin", "create", "radio", "--email", email, "--name", "Ana Siahaan", *more]
    if "--role" not in more:
        arguments += ["--role", "editor"]
    done = shared.run(*arguments, stdin=stdin)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_version_and_help(shared: Installation) -> None:
    done = shared.run_anew("version")
    assert re.fullmatch(
        r"colonnade \d+\.\d+\.\d+, Python 3\.\d+\.\d+, embedded PostgreSQL 18[\d.]+\n", done.stdout
    )
    help_text = shared.run_anew("--help").stdout
    for command in (
        "up",
        "worker",
        "migrate",
        "seed",
        "admin",
        "jobs",
        "routes",
        "openapi",
        "asyncapi",
        "doctor",
        "version",
    ):
        assert f" {command} " in help_text
    assert shared.run_anew("no-such-command").returncode == 2


def test_version_loads_nothing_heavy(shared: Installation) -> None:
    code = (
        "import sys; from colonnade.app.cli import main; sys.argv[1:] = ['version']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('socketio', 'asyncpg', 'msgspec', 'pydantic_settings') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=shared.environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[1:] == ["[]"]


def test_routes_are_lines_of_tab_separated_values_in_a_pipe(shared: Installation) -> None:
    lines = shared.run("routes", "radio", RATE_LIMIT_UPLOADS="7/hour").stdout.splitlines()
    assert lines[0] == "method\tpath\tpermission\tlimit"
    rows = {tuple(line.split("\t")[:2]): line.split("\t")[2:] for line in lines[1:]}
    assert rows["POST", "/articles"][0] == "articles:create"
    assert rows["POST", "/auth/login"][0] == "anyone"
    assert any("uploads 7/hour" in row[1] for row in rows.values())
    assert len(rows) == len(lines) - 1


def test_the_description_is_the_same_bytes_in_every_process() -> None:
    processes = [
        subprocess.Popen(
            [EXECUTABLE, "openapi", "radio"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate(timeout=60)[0] for process in processes)
    assert len(first) > 100_000
    assert first == second


def test_openapi_is_the_description_that_the_server_serves(
    shared: Installation, server: RunningCommand
) -> None:
    described = json.loads(shared.run("openapi", "radio").stdout)
    assert described["openapi"].startswith("3.1")
    assert described["paths"].keys() == httpx.get(f"{server.url}/openapi.json").json()["paths"].keys()


def test_asyncapi_is_the_description_that_the_server_serves(
    shared: Installation, server: RunningCommand
) -> None:
    described = json.loads(shared.run("asyncapi", "radio").stdout)
    served = httpx.get(f"{server.url}/asyncapi.json").json()
    assert described["servers"]["socket-io"]["host"] == "localhost:3000"
    assert {**described, "servers": served["servers"]} == served


def test_admin_create_makes_a_password_that_works(
    shared: Installation, server: RunningCommand, sign_in: SignIn
) -> None:
    code, said, _ = create(shared, "ana@elshaddaifm.id")
    assert code == 0
    account, password = said.splitlines()
    assert re.fullmatch(r"Account \d+ created: ana@elshaddaifm\.id \(editor\)", account)
    answer = sign_in(server.url, "ana@elshaddaifm.id", password.removeprefix("Password: "))
    assert answer.status_code == 200
    code, said, why = create(shared, "Ana@ElShaddaiFM.id")
    assert (code, said) == (1, "")
    assert "Another account already uses this e-mail address. (Ana@elshaddaifm.id)" in why


def test_admin_create_reads_a_password(shared: Installation, server: RunningCommand, sign_in: SignIn) -> None:
    password = "kata sandi yang panjang "
    code, said, _ = create(shared, "budi@test.id", "--password-stdin", stdin=f"{password}\nsecond line\n")
    assert code == 0
    assert "assword" not in said
    assert sign_in(server.url, "budi@test.id", password).status_code == 200
    assert sign_in(server.url, "budi@test.id", password.strip()).status_code == 401
    code, said, why = create(shared, "cici@test.id", "--password-stdin", stdin="short\n")
    assert (code, said) == (2, "")
    assert why == "error: This password is not accepted. Use at least 8 characters.\n"
    assert create(shared, "cici@test.id", "--password-stdin", stdin="")[0] == 2


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("password1", "This is one of the most common passwords."),
        ("cici@test.id", "A password must not be made of your name, e-mail address or this site's name."),
        ("Ana Siahaan", "A password must not be made of your name, e-mail address or this site's name."),
        ("123456789", "Repeated characters and simple sequences are easily guessed."),
        ("xyz!" * 65, "Use at most 256 characters."),
    ],
)
def test_admin_create_keeps_the_password_policy(shared: Installation, password: str, reason: str) -> None:
    code, said, why = create(shared, "cici@test.id", "--password-stdin", stdin=f"{password}\n")
    assert (code, said, why) == (2, "", f"error: This password is not accepted. {reason}\n")


def test_admin_create_keeps_the_hardened_policy_where_it_is_set(shared: Installation) -> None:
    arguments = ["admin", "create", "radio", "--email", "cici@test.id", "--name", "Cici", "--role", "editor"]
    done = shared.run(*arguments, "--password-stdin", stdin="elevenchars\n", PASSWORD_POLICY="hardened")
    assert (done.returncode, done.stderr) == (
        2,
        "error: This password is not accepted. Use at least 12 characters.\n",
    )


def test_admin_create_refuses_what_makes_no_account(shared: Installation) -> None:
    code, said, why = create(shared, "dedi@test.id", "--role", "king")
    assert (code, said) == (2, "")
    assert why == "error: radio has no role 'king'. Roles: admin, editor, penyiar.\n"
    code, _, why = create(shared, "not an address")
    assert (code, why) == (2, "error: 'not an address' is not a valid e-mail address.\n")
    done = shared.run("admin", "create", "radio", "--email", "e@test.id", "--name", " ", "--role", "admin")
    assert (done.returncode, done.stderr) == (2, "error: The name must have 1 to 255 printable characters.\n")


def test_seed_writes_once(shared: Installation) -> None:
    done = shared.run("seed", "radio")
    assert (done.returncode, done.stdout) == (0, "El Shaddai FM: has accounts already, nothing written\n")


async def test_migrate_says_what_it_did(installation: Installation, fresh_database: FreshDatabase) -> None:
    dsn = await fresh_database()
    installation.environment["DATABASE_URL"] = dsn
    first = installation.run("migrate", "radio")
    assert first.returncode == 0
    assert re.fullmatch(r"El Shaddai FM: \d+ revisions applied\n", first.stdout)
    assert "… El Shaddai FM: identity (1/" in first.stderr
    second = installation.run("migrate", "radio")
    assert (second.returncode, second.stdout, second.stderr) == (0, "El Shaddai FM: up to date\n", "")
    connection = await asyncpg.connect(dsn)
    await connection.execute("INSERT INTO migration_log (revision, duration_ms) VALUES ('radio_9999', 1)")
    await connection.close()
    ahead = installation.run("up", "radio", "--port", "0")
    assert ahead.returncode == 1
    (line,) = ahead.stderr.splitlines()
    assert "run the newer version, or restore a backup" in line


def logged(installation: Installation) -> list[tuple[str, str, object]]:
    """Return actor, action and what is new of each entry of radio's audit log."""
    lines = installation.run("audit", "export", "radio").stdout.splitlines()
    entries = [json.loads(line) for line in lines]
    return [(entry["actor"]["id"], entry["action"], entry["after"]) for entry in entries]


async def test_jobs_are_listed_and_tried_again(
    installation: Installation, fresh_database: FreshDatabase
) -> None:
    dsn = await fresh_database()
    installation.environment["DATABASE_URL"] = dsn
    none_yet = installation.run("jobs", "list", "radio")
    assert none_yet.returncode == 1
    assert none_yet.stderr.endswith("run `colonnade migrate radio`.\n")
    installation.run("migrate", "radio")
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "INSERT INTO job_queue (name, state, attempts) VALUES ('mail.send', 'held', 8), "
        "('storage.remove', 'queued', 0)"
    )
    lines = installation.run("jobs", "list", "radio").stdout.splitlines()
    assert lines[0].split("\t") == [
        "id",
        "job",
        "state",
        "attempts",
        "due",
        "lane",
        "progress",
        "error",
    ]
    assert [line.split("\t")[1:4] for line in lines[1:]] == [
        ["storage.remove", "queued", "0"],
        ["mail.send", "held", "8"],
    ]
    assert len(installation.run("jobs", "list", "radio", "--state", "held").stdout.splitlines()) == 2
    assert installation.run("jobs", "retry", "radio", "12345").stdout == "0 jobs will run again\n"
    assert installation.run("jobs", "retry", "radio").stdout == "1 job will run again\n"
    row = await connection.fetchrow("SELECT state, attempts FROM job_queue WHERE name = 'mail.send'")
    assert tuple(row) == ("queued", 0)
    assert logged(installation) == [("cli", "jobs.retried", {"ids": "all", "retried": 1})]
    await connection.close()


async def test_jobs_are_shown_and_cancelled(
    installation: Installation, fresh_database: FreshDatabase
) -> None:
    dsn = await fresh_database()
    installation.environment["DATABASE_URL"] = dsn
    installation.run("migrate", "radio")
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "INSERT INTO job_queue (name, lane, priority, state, worker, leased_until, progress, note, created_at, run_at) "
        "VALUES ('exports.make', 'exports', 1, 'running', 'host:1:ab', now(), 0.4, '2 of 5 files', "
        "'2026-01-01T00:00Z', '2026-01-01T00:00Z'), ('storage.remove', 'files', 0, 'queued', NULL, NULL, NULL, NULL, "
        "'2026-01-01T00:00Z', '2100-01-01T00:00Z')"
    )
    lines = [line.split("\t") for line in installation.run("jobs", "list", "radio").stdout.splitlines()]
    assert [line[4:] for line in lines[1:]] == [
        ["2100-01-01T00:00:00+00:00", "files", "", ""],
        ["2026-01-01T00:00:00+00:00", "exports", "40% 2 of 5 files", ""],
    ]
    shown = installation.run("jobs", "show", "radio", "1").stdout.splitlines()
    assert dict(line.split("\t") for line in shown) == {
        "field": "value",
        "id": "1",
        "job": "exports.make",
        "state": "running",
        "lane": "exports",
        "priority": "high",
        "attempts": "0",
        "created": "2026-01-01T00:00:00+00:00",
        "due": "2026-01-01T00:00:00+00:00",
        "key": "",
        "worker": "host:1:ab",
        "progress": "40% 2 of 5 files",
        "error": "",
    }
    cancelled = installation.run("jobs", "cancel", "radio", "1", "2", "3")
    assert cancelled.stdout == "1 removed from the queue, 1 being stopped\n"
    rows = await connection.fetch("SELECT name, state, cancelled FROM job_queue")
    assert [tuple(row) for row in rows] == [("exports.make", "running", True)]
    assert "state\tstopping\n" in installation.run("jobs", "show", "radio", "1").stdout
    for command in ("show", "cancel"):
        unknown = installation.run("jobs", command, "radio", "2")
        assert (unknown.returncode, unknown.stdout) == (1, "")
    for command in ("show", "cancel", "retry"):
        impossible = installation.run("jobs", command, "radio", "99999999999999999999")
        assert (impossible.returncode, impossible.stdout) == (2, "")
        assert "Traceback" not in impossible.stderr
    assert logged(installation) == [("cli", "jobs.cancelled", {"ids": [1, 2, 3]})]
    await connection.close()


def findings(installation: Installation, **environment: str) -> tuple[int, dict[str, str], str]:
    """Run `doctor`; return the exit code, the checks' lines by name, and the whole output."""
    done = installation.run("doctor", "radio", **environment)
    assert "Traceback" not in done.stderr
    lines = re.findall(r"^(ok|fail) +radio: (\w+)  (.*)$", done.stdout, re.MULTILINE)
    return (
        done.returncode,
        {name: f"{state} {text}" for state, name, text in lines},
        done.stdout + done.stderr,
    )


def test_doctor_finds_nothing_wrong(shared: Installation, redis_url: str) -> None:
    code, found, _ = findings(shared, REDIS_URL=redis_url)
    assert code == 0
    assert found["settings"] == "ok fit for development"
    assert re.fullmatch(r"ok PostgreSQL 18\.\d+, up to date", found["database"])
    assert found["clock"] == "ok agrees with the database's"
    assert found["storage"] == f"ok can be written to: {shared.home}/radio/uploads"
    assert found["redis"] == "ok answers"
    assert found["mail"].startswith("ok kept in the development mailbox")


def test_doctor_says_when_a_process_may_open_few_files(shared: Installation) -> None:
    few = subprocess.run(
        ["sh", "-c", 'ulimit -n 1024; exec "$0" doctor radio', EXECUTABLE],
        env=shared.environment | {"COLUMNS": "200"},
        cwd=shared.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "open files" in few.stdout
    assert "a process may open 1024 files, which is 768 connections at a time" in few.stdout


def test_doctor_changes_nothing(installation: Installation) -> None:
    code, found, _ = findings(installation)
    assert (code, found["database"]) == (0, "ok embedded, not set up yet: `colonnade up` does it")
    assert not (installation.home / "postgres").exists()


def test_doctor_says_what_to_do(installation: Installation) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        code, found, said = findings(
            installation,
            DATABASE_URL=f"postgresql://ana:pa55word@127.0.0.1:{port}/radio",
            REDIS_URL=f"redis://:pa55word@127.0.0.1:{port}/0",
            SMTP_HOST="127.0.0.1",
            SMTP_PORT=str(port),
            UPLOAD_PATH="/dev/null/uploads",
        )
    assert code == 1
    for name in ("database", "redis", "mail", "storage"):
        assert found[name].startswith("fail ")
    assert "→ Check DATABASE_URL, and that the server runs" in said
    assert "→ Check REDIS_URL, and that the server runs" in said
    assert "→ Check the SMTP_… settings" in said
    assert "→ Check UPLOAD_PATH (/dev/null/uploads)" in said
    assert "4 of 5 checks failed" in said
    assert "pa55word" not in said
    code, found, said = findings(installation, PORT="abc")
    assert (code, len(found)) == (1, 1)
    assert found["settings"].startswith("fail PORT: ")
    assert "→ Correct the setting in the environment or in .env." in said


def test_doctor_names_demonstration_accounts_in_production(shared: Installation) -> None:
    code, found, said = findings(shared, APP_ENV="production")
    assert code == 1
    assert found["database"] == (
        "fail admin@elshaddaifm.id, editor@elshaddaifm.id, penyiar@elshaddaifm.id have the published password of the "
        "demonstration"
    )
    assert "→ It opens nothing in production; make accounts of your own with `colonnade admin create`" in said


async def test_doctor_sees_waiting_migrations_and_production(
    installation: Installation, fresh_database: FreshDatabase
) -> None:
    dsn = await fresh_database()
    code, found, said = await asyncio.to_thread(
        findings, installation, DATABASE_URL=dsn, APP_ENV="production", JWT_SECRET="short"
    )
    assert code == 1
    assert "JWT_SECRET is shorter than 32 bytes" in found["settings"]
    assert re.fullmatch(
        r"ok PostgreSQL 18\.\d+, \d+ migrations pending: `colonnade migrate`", found["database"]
    )
    assert "fail mail is not set up" in found["mail"]
    proxies = "warn  radio: proxies  TRUSTED_PROXIES is empty: all clients of the proxy in front count as one address"
    assert proxies in said
    for quiet in ({"TRUSTED_PROXIES": "10.0.0.0/8"}, {"HTTPS_ONLY": "false"}):
        _, _, said = await asyncio.to_thread(
            findings, installation, DATABASE_URL=dsn, APP_ENV="production", JWT_SECRET="short", **quiet
        )
        assert "TRUSTED_PROXIES" not in said
    assert "→ APP_ENV=production does not start like this." in said
