"""An external PostgreSQL: which database a product gets, Debian's 15, and many first starts at once."""

from __future__ import annotations

import asyncio
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from colonnade.kernel.testing.command import Installation

DEBIAN = Path("/usr/lib/postgresql/15/bin")
PORT = 5432

SignIn = Callable[[str, str, str], httpx.Response]


@pytest.fixture(scope="module")
def debian_dsn() -> Iterator[str]:
    """Start a throw-away PostgreSQL 15; return its DSN without a database, of a role that may create databases."""
    if not (DEBIAN / "postgres").exists():
        pytest.skip(f"PostgreSQL 15 is not installed in {DEBIAN}")
    account = _other_account()
    if account is None:
        pytest.skip("PostgreSQL refuses to run as root and there is no account to lend it")
    base = Path(tempfile.mkdtemp(prefix="colonnade-pg15-"))
    base.chmod(0o755)
    data = base / "data"
    data.mkdir()
    os.chown(data, account.pw_uid, account.pw_gid)

    def run(*command: str) -> None:
        as_account = {"user": account.pw_uid, "group": account.pw_gid} if os.geteuid() == 0 else {}
        subprocess.run(  # type: ignore[call-overload]
            command, check=True, cwd="/", env={"LC_ALL": "C.UTF-8"}, stdout=subprocess.DEVNULL, **as_account
        )

    run(f"{DEBIAN}/initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "-N")
    options = f"-c listen_addresses= -c unix_socket_directories={data} -c fsync=off -p {PORT}"
    run(f"{DEBIAN}/pg_ctl", "start", "-w", "-s", "-D", str(data), "-l", str(data / "log"), "-o", options)
    try:
        run(f"{DEBIAN}/psql", "-h", str(data), "-U", "postgres", "-c", "CREATE ROLE radio LOGIN CREATEDB")
        yield f"postgresql://radio@/?host={data}&port={PORT}"
    finally:
        run(f"{DEBIAN}/pg_ctl", "stop", "-w", "-s", "-D", str(data), "-m", "immediate")
        shutil.rmtree(base, ignore_errors=True)


def _other_account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def test_debians_postgresql_15_runs_everything(
    installation: Installation, debian_dsn: str, sign_in: SignIn
) -> None:
    up = installation.up("radio", DATABASE_URL=debian_dsn)
    assert "the server of DATABASE_URL" in up.stdout
    assert not (installation.home / "postgres").exists()
    assert httpx.get(f"{up.url}/health").json()["services"]["database"] == "healthy"
    login = sign_in(up.url, "admin@elshaddaifm.id", "admin-elshaddai")
    assert login.status_code == 200
    for path in ("/articles?search=kasih", "/programs/schedule", "/homepage", "/gallery", "/testimonials"):
        answer = httpx.get(f"{up.url}{path}", timeout=20)
        assert answer.status_code == 200, path
        assert answer.json()["success"] is True
    guest = httpx.post(f"{up.url}/livechat/session", json={"name": "Ibu Lestari"}, timeout=20)
    assert guest.status_code == 201
    assert up.stop() == 0
    assert [line for line in up.log() if line["level"] in ("warning", "error")] == []
    doctor = installation.run("doctor", "radio", DATABASE_URL=debian_dsn)
    assert re.search(r"radio: database  PostgreSQL 15\.\d+, up to date", doctor.stdout)


async def test_an_address_without_a_database_means_the_server(
    installation: Installation, postgres_dsn: str
) -> None:
    admin = await asyncpg.connect(postgres_dsn)
    # Without FORCE, which may not end autovacuum in it: PostgreSQL asks that to end, and waits for it.
    await admin.execute("DROP DATABASE IF EXISTS radio")
    server = postgres_dsn.replace("/postgres?", "/?")
    assert server != postgres_dsn
    before = await asyncio.to_thread(installation.run, "doctor", "radio", DATABASE_URL=server)
    assert "radio: database  not made yet: `colonnade migrate` does it" in before.stdout
    done = await asyncio.to_thread(installation.run, "migrate", DATABASE_URL=server)
    assert done.returncode == 0, done.stderr
    assert await admin.fetchval("SELECT count(*) FROM pg_database WHERE datname = 'radio'") == 1
    await admin.execute("DROP DATABASE radio")
    await admin.close()


async def test_many_first_starts_at_once_migrate_and_seed_once(
    installation: Installation, fresh_database: Callable[[], Awaitable[str]]
) -> None:
    dsn = await fresh_database()
    ups = [installation.start("up", "radio", "--port", "0", DATABASE_URL=dsn) for _ in range(4)]
    await asyncio.gather(*(asyncio.to_thread(up.wait_until_ready) for up in ups))
    migrators = [up for up in ups if "identity (1/" in up.stderr]
    assert len(migrators) == 1
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM accounts") == 3
    steps = await connection.fetchval("SELECT count(*) FROM migration_log")
    assert migrators[0].stderr.count(f"/{steps})") == steps
    totals = {httpx.get(f"{up.url}/articles", timeout=20).json()["pagination"]["total"] for up in ups}
    assert len(totals) == 1
    for up in ups:
        up.send(15)
    assert await asyncio.gather(*(asyncio.to_thread(up.wait) for up in ups)) == [0] * 4
    await connection.close()


async def test_first_starts_at_once_share_one_embedded_database(installation: Installation) -> None:
    ups = [installation.start("up", "radio", "--port", "0") for _ in range(2)]
    await asyncio.gather(*(asyncio.to_thread(up.wait_until_ready) for up in ups))
    assert sorted("Setting up PostgreSQL" in up.stderr for up in ups) == [False, True]
    secrets = {httpx.get(f"{up.url}/articles", timeout=20).json()["pagination"]["total"] for up in ups}
    assert len(secrets) == 1
    for up in ups:
        up.send(15)
    assert await asyncio.gather(*(asyncio.to_thread(up.wait) for up in ups)) == [0, 0]
    assert installation.postgres_pid() is None
