"""The embedded PostgreSQL: first start, sharing, crashes, refusals, and who may connect."""

from __future__ import annotations

import asyncio
import os
import pwd
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from colonnade.kernel.core.secrets import prepare_home
from colonnade.kernel.core.settings import check_database_role
from colonnade.kernel.db.embedded import (
    EmbeddedPostgres,
    EmbeddedPostgresError,
    ensure_database,
    start_postgres,
)
from colonnade.kernel.testing.servers import roomy_directory

ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not ROOT, reason="says what happens to root")

HOLDER = """
import sys
from pathlib import Path
from colonnade.kernel.db.embedded import start_postgres
server = start_postgres(Path(sys.argv[1]), durable=False)
print(server.pid, flush=True)
sys.stdin.readline()
server.stop()
"""


def short_path() -> Path:
    """Return a new path right below a directory that root's service account may enter."""
    return roomy_directory() / f"colonnade-{uuid.uuid4().hex[:8]}"


def admin_dsn(server: EmbeddedPostgres) -> str:
    """Return the address of the maintenance database as superuser."""
    return server.dsn().replace("//colonnade@", "//postgres@")


def remove(home: Path) -> None:
    pointer = home / "postgres" / "location"
    if pointer.exists():
        shutil.rmtree(pointer.read_text().strip())
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def home() -> Iterator[Path]:
    """Return an empty home, in which the first start creates the cluster."""
    path = short_path()
    yield path
    remove(path)


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """Return the home of a cluster that was started once; to be copied, never to be started."""
    path = short_path()
    start_postgres(path, durable=False).stop()
    yield path
    remove(path)


@pytest.fixture
def made(home: Path, template: Path) -> Path:
    """Return a home with a cluster, for tests of later starts."""
    copy(template, home)
    return home


def copy(home: Path, target: Path) -> None:
    """Copy a home without running servers, with the files' owners."""
    subprocess.run(["cp", "-a", str(home), str(target)], check=True)


async def ask(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def remember(server: EmbeddedPostgres, word: str) -> str:
    dsn = await ensure_database(server, "memory")
    await ask(dsn, "CREATE TABLE IF NOT EXISTS words (word text)")
    await ask(dsn, f"INSERT INTO words VALUES ('{word}')")
    return dsn


def kill_and_wait(pid: int) -> None:
    """Send SIGKILL and wait until the process is dead (it may remain as a zombie that nobody reaps)."""
    handle = os.pidfd_open(pid)
    try:
        os.kill(pid, signal.SIGKILL)
        select.select([handle], [], [], 10)
    finally:
        os.close(handle)


def gone(server_pid: int) -> bool:
    try:
        state = Path(f"/proc/{server_pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def hold(home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(home)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def test_first_start_is_durable_utf8_and_local_only(home: Path) -> None:
    told: list[str] = []
    with start_postgres(home, on_progress=told.append) as server:
        dsn = await ensure_database(server, "radio")
        assert await ask(dsn, "SHOW fsync") == "on"
        assert await ask(dsn, "SHOW full_page_writes") == "on"
        assert await ask(dsn, "SHOW listen_addresses") == ""
        assert await ask(dsn, "SHOW server_encoding") == "UTF8"
        assert await ask(dsn, "SHOW max_connections") == "100"
        assert await ask(dsn, "SHOW shared_buffers") == "128MB"
        assert await ask(dsn, "SELECT lower('ÄÉŞ')") == "äéş"
        await ask(dsn, "CREATE EXTENSION pg_trgm")
        await ask(dsn, "CREATE EXTENSION citext")
        assert await ask(dsn, "SELECT cardinality(show_trgm('привет'))") == 7
    assert len(told) == 1
    assert told[0].startswith("Setting up PostgreSQL 18 in ")


async def test_data_is_there_again_at_the_second_start_and_quickly(home: Path) -> None:
    with start_postgres(home) as server:
        await remember(server, "Sari")
        first = server.pid
    assert gone(first)
    told: list[str] = []
    began = time.monotonic()
    with start_postgres(home, on_progress=told.append) as server:
        assert time.monotonic() - began < 1.5
        assert server.pid != first
        assert await ask(server.dsn("memory"), "SELECT word FROM words") == "Sari"
    assert told == []


async def test_serves_as_a_role_that_row_level_security_applies_to(made: Path) -> None:
    with start_postgres(made, durable=False) as server:
        ordinary = await asyncpg.connect(server.dsn())
        superuser = await asyncpg.connect(admin_dsn(server))
        try:
            assert await check_database_role(ordinary) is None
            assert "superuser" in (await check_database_role(superuser) or "")
            await superuser.execute("CREATE ROLE seer LOGIN BYPASSRLS")
            await superuser.execute("SET SESSION AUTHORIZATION seer")
            assert "BYPASSRLS" in (await check_database_role(superuser) or "")
        finally:
            await ordinary.close()
            await superuser.close()


async def test_two_ask_for_a_database_at_once(made: Path) -> None:
    with start_postgres(made, durable=False) as server:
        dsns = await asyncio.gather(*(ensure_database(server.dsn(), "twice") for _ in range(4)))
        assert set(dsns) == {server.dsn("twice")}
        assert await ask(dsns[0], "SELECT current_database()") == "twice"
        with pytest.raises(ValueError, match="not a database name"):
            await ensure_database(server, 'x"; DROP DATABASE twice')


async def test_processes_share_the_server_and_the_last_one_stops_it(made: Path) -> None:
    with hold(made) as other:
        pid = int(first_line(other))
        with start_postgres(made) as server:
            assert server.pid == pid
            other.communicate("\n")
            assert await ask(server.dsn(), "SELECT 1") == 1
        assert gone(pid)


async def test_processes_that_start_at_once_make_one_cluster(home: Path) -> None:
    others = [hold(home) for _ in range(4)]
    pids = {int(first_line(other)) for other in others}
    assert len(pids) == 1
    for other in others:
        other.communicate("\n")
    assert [other.returncode for other in others] == [0] * 4
    assert gone(pids.pop())


@only_root
async def test_processes_that_start_at_once_move_to_one_place(home: Path) -> None:
    home.mkdir(mode=0o700)
    others = [hold(home) for _ in range(4)]
    pids = {int(first_line(other)) for other in others}
    place = Path((home / "postgres" / "location").read_text().strip())
    assert place.parent == Path("/var/lib/colonnade")
    assert len(pids) == 1
    for other in others:
        other.communicate("\n")
    assert [other.returncode for other in others] == [0] * 4
    assert gone(pids.pop())


async def test_a_killed_colonnade_leaves_a_server_that_the_next_one_takes_over(made: Path) -> None:
    with hold(made) as other:
        pid = int(first_line(other))
        other.kill()
        other.wait()
        with start_postgres(made) as server:
            assert server.pid == pid
            assert await ask(server.dsn(), "SELECT 1") == 1
        assert gone(pid)


async def test_a_killed_server_recovers_from_its_log(made: Path) -> None:
    server = start_postgres(made)
    dsn = await remember(server, "before the crash")
    pid = server.pid
    kill_and_wait(pid)
    assert server.ensure_running() is True
    assert server.ensure_running() is False
    assert server.pid != pid
    assert await ask(dsn, "SELECT word FROM words") == "before the crash"
    server.stop()
    with pytest.raises(EmbeddedPostgresError, match="given back"):
        server.dsn()


async def test_everything_killed_at_once_recovers(made: Path) -> None:
    with start_postgres(made) as server:
        await remember(server, "kept")
    with hold(made) as other:
        pid = int(first_line(other))
        other.kill()
        kill_and_wait(pid)
        other.wait()
    with start_postgres(made) as server:
        assert server.pid != pid
        assert await ask(server.dsn("memory"), "SELECT word FROM words") == "kept"


async def test_a_lock_file_whose_pid_is_a_stranger_now(made: Path) -> None:
    with start_postgres(made) as server:
        await remember(server, "kept")
        lines = (server.data / "postmaster.pid").read_text().splitlines()
        data = server.data
    with subprocess.Popen(["sleep", "60"], user=data.stat().st_uid) as stranger:
        lines[0] = str(stranger.pid)
        (data / "postmaster.pid").write_text("\n".join(lines) + "\n")
        os.chown(data / "postmaster.pid", data.stat().st_uid, -1)
        try:
            with start_postgres(made) as server:
                assert await ask(server.dsn("memory"), "SELECT word FROM words") == "kept"
        finally:
            alive = stranger.poll() is None
            stranger.kill()
        assert alive


async def test_a_moved_home_keeps_its_data(made: Path) -> None:
    with start_postgres(made) as server:
        await remember(server, "moved")
    moved = short_path()
    made.rename(moved)
    try:
        with start_postgres(moved) as server:
            assert await ask(server.dsn("memory"), "SELECT word FROM words") == "moved"
    finally:
        remove(moved)


async def test_a_long_path_gets_a_short_socket_directory(home: Path) -> None:
    deep = home / ("a" * 60) / ("b c" * 20)
    for directory in (home, home / ("a" * 60), deep):
        prepare_home(directory)
    with start_postgres(deep) as server:
        assert await ask(server.dsn(), "SELECT 1") == 1
        directory = Path(str(await ask(admin_dsn(server), "SHOW unix_socket_directories")))
        assert len(os.fsencode(directory)) < 60
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    directory.rmdir()


def broken(home: Path, path: str, content: bytes | None) -> str:
    """Damage one file of a cluster, start it, and return the message; the data must be unchanged."""
    with start_postgres(home, durable=False) as server:
        data = server.data
    file = data / path
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    before = sorted(str(entry) for entry in data.rglob("*"))
    with pytest.raises(EmbeddedPostgresError) as caught:
        start_postgres(home)
    assert sorted(str(entry) for entry in data.rglob("*")) == before
    message = str(caught.value)
    assert "\n" not in message
    assert str(data) in message
    return message


def test_a_broken_control_file_is_one_clear_line(made: Path) -> None:
    message = broken(made, "global/pg_control", b"x" * 8192)
    assert "does not start" in message
    assert "Restore a backup" in message


def test_a_data_directory_that_is_none(made: Path) -> None:
    assert "no PG_VERSION" in broken(made, "PG_VERSION", None)


def test_data_of_another_major_version(made: Path) -> None:
    message = broken(made, "PG_VERSION", b"17\n")
    assert "made by PostgreSQL '17', this is 18" in message
    assert "pg_dumpall" in message


def test_a_cluster_that_was_not_finished_is_made_anew(home: Path) -> None:
    base = prepare_home(home) / "postgres"
    base.mkdir(mode=0o711)
    (base / "data.incomplete").mkdir()
    (base / "data.incomplete" / "PG_VERSION").write_text("18\n")
    with start_postgres(home, durable=False) as server:
        assert server.data.parent == base
        assert not (base / "data.incomplete").exists()


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedPostgresError) as caught:
        start_postgres(tmp_path / "file" / "home")
    assert "COLONNADE_HOME" in str(caught.value)
    assert "\n" not in str(caught.value)


def connect_as(uid: int, path: str) -> int:
    """Connect to the socket from a process of `uid`; return its exit code: 0 if the operating system lets it."""
    script = f"import socket; socket.socket(socket.AF_UNIX).connect({path!r})"
    return subprocess.run(
        [shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable, "-c", script],
        user=uid,
        extra_groups=[],
        capture_output=True,
        check=False,
    ).returncode


@only_root
async def test_other_accounts_of_this_machine_stay_outside(made: Path) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    with start_postgres(made, durable=False) as server:
        run = made / "postgres" / "run"
        path = str(run / ".s.PGSQL.5432")
        assert stat.S_IMODE(run.stat().st_mode) == 0o700
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o700
        assert connect_as(nobody, path) != 0
        # Even with the directory open, the server asks the kernel who is calling.
        run.chmod(0o755)
        Path(path).chmod(0o777)
        assert connect_as(nobody, path) == 0
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(path)
        rules = await ask(admin_dsn(server), "SELECT string_agg(auth_method, ',') FROM pg_hba_file_rules")
        assert rules == "peer"
        names = await ask(
            admin_dsn(server), "SELECT string_agg(DISTINCT sys_name, ',') FROM pg_ident_file_mappings"
        )
        assert names == "colonnade-pg,root"


@only_root
async def test_root_below_a_closed_directory_changes_no_mode(home: Path) -> None:
    # As /root is: the account that runs PostgreSQL cannot get to anything below.
    home.mkdir(mode=0o700)
    inner = home / "project" / ".colonnade"
    (home / "project").mkdir()
    inner.mkdir(mode=0o755)
    before = {path: path.stat().st_mode for path in (home, home / "project", inner)}
    with start_postgres(inner) as server:
        await remember(server, "elsewhere")
        assert server.data.parent.parent == Path("/var/lib/colonnade")
        place = server.data.parent
    assert {path: path.stat().st_mode for path in before} == before
    try:
        with start_postgres(inner) as server:
            assert await ask(server.dsn("memory"), "SELECT word FROM words") == "elsewhere"
        place.rename(f"{place}.away")
        with pytest.raises(EmbeddedPostgresError, match="put it back, or delete"):
            start_postgres(inner)
        Path(f"{place}.away").rename(place)
    finally:
        shutil.rmtree(place)
        (inner / "postgres" / "location").unlink()


@only_root
async def test_root_serves_the_data_of_an_ordinary_user_as_that_user(made: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    with start_postgres(made, durable=False) as server:
        await remember(server, "theirs")
    for path in (made / "postgres", *(made / "postgres").rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    with start_postgres(made, durable=False) as server:
        assert await ask(server.dsn("memory"), "SELECT word FROM words") == "theirs"
        assert Path(f"/proc/{server.pid}").stat().st_uid == nobody.pw_uid
        mapped = await ask(
            admin_dsn(server), "SELECT string_agg(DISTINCT sys_name, ',') FROM pg_ident_file_mappings"
        )
        assert mapped == "nobody,root"
