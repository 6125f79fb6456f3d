"""`up --workers N`: processes behind one port, replaced when they die, stopped together, counted together."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from colonnade.kernel.core.process import is_alive
from colonnade.kernel.testing import NO_TLS
from colonnade.kernel.testing.command import Installation, RunningCommand

SECONDS = 30.0
SignIn = Callable[[str, str, str], httpx.Response]


def until(condition: Callable[[], bool]) -> None:
    """Poll until a condition holds that nothing announces."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children(pid: int, word: str) -> dict[int, str]:
    """Return pids and command lines of the processes that `pid` has started, if they have a word in that."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (OSError, ValueError):
                continue
            if parent == pid and word in command:
                found[int(entry.name)] = command
    return found


def servers(up: RunningCommand) -> dict[int, str]:
    """Return pids and command lines of the server processes of `up`."""
    return children(up.pid, "spawn_main")


def open_sockets(pid: int) -> set[str]:
    """Return names of the sockets that a process has."""
    names = [os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()]
    return {name for name in names if name.startswith("socket:")}


def fetch(up: RunningCommand, path: str = "/health/ready") -> httpx.Response:
    """Send one request over a connection of its own, so that any process may take it."""
    return httpx.get(f"{up.url}{path}", timeout=20, verify=NO_TLS)


def scrape(up: RunningCommand, name: str) -> dict[str, float]:
    """Return the samples of one metric by process."""
    found: dict[str, float] = {}
    for line in fetch(up, "/metrics").text.splitlines():
        match = re.fullmatch(rf'{name}{{(?:.*,)?process="(\d+)".*}} (.+)', line)
        if match:
            found[match[1]] = found.get(match[1], 0.0) + float(match[2])
    return found


@pytest.fixture
def pair(settled: Installation) -> Iterator[RunningCommand]:
    """Start two server processes."""
    if not Path("/proc").is_dir():
        pytest.skip("looks into /proc")
    up = settled.up("radio", "--workers", "2")
    yield up
    up.stop()


def test_two_processes_serve_count_and_stop_together(settled: Installation, pair: RunningCommand) -> None:
    assert "Starting Valkey" in pair.stderr
    assert pair.stdout.count("Ready in") == 1
    pids = set(servers(pair))
    assert len(pids) == 2
    valkey = settled.valkey_pid()
    assert valkey is not None
    assert fetch(pair, "/health").json()["services"]["redis"] == "healthy"

    for _ in range(40):
        assert fetch(pair, "/articles").status_code == 200
    until(lambda: len(scrape(pair, "process_resident_memory_bytes")) == 2)
    route = r'colonnade_http_requests_total{(?=.*route="/articles")'
    until(lambda: sum(_by_route(pair, route).values()) == 40.0)
    hits = r'colonnade_cache_lookups_total{(?=.*cache="answers").*outcome="hit"'
    until(
        lambda: sum(_by_route(pair, hits).values()) in (38.0, 39.0)
    )  # each process made it once, or one did
    # The operating system decides which process accepts a connection; either one answers for both.

    os.killpg(pair.pid, signal.SIGINT)  # as a terminal does
    assert pair.wait() == 0
    assert "Traceback" not in pair.stderr
    assert not any(is_alive(pid) for pid in pids)
    assert settled.valkey_pid() is None
    assert settled.postgres_pid() is None


def _by_route(up: RunningCommand, pattern: str) -> dict[str, float]:
    lines = fetch(up, "/metrics").text.splitlines()
    return {line: float(line.rpartition(" ")[2]) for line in lines if re.match(pattern, line)}


def test_a_killed_valkey_is_started_again(settled: Installation, pair: RunningCommand) -> None:
    before = settled.valkey_pid()
    assert before is not None
    os.kill(before, signal.SIGKILL)
    pair.wait_for(r"(?=.*embedded server restarted)(?=.*Valkey)")
    until(lambda: fetch(pair, "/health").status_code == 200)
    assert settled.valkey_pid() not in (None, before)


def test_what_a_server_starts_holds_none_of_its_sockets(pair: RunningCommand, sign_in: SignIn) -> None:
    token = sign_in(pair.url, "editor@elshaddaifm.id", "editor-elshaddai").json()["data"]["accessToken"]
    article = {"title": "Renungan panjang", "content": "<p>Kasih <b>Tuhan</b></p>" * 4_000, "status": "draft"}
    answer = httpx.post(
        f"{pair.url}/articles", json=article, headers={"Authorization": f"Bearer {token}"}, timeout=20
    )
    assert answer.status_code == 201, answer.text
    pairs = [(server, child) for server in servers(pair) for child in children(server, "kernel.core.workers")]
    assert pairs != []
    for server, child in pairs:
        assert open_sockets(server) & open_sockets(child) == set()


def test_a_killed_process_is_replaced(pair: RunningCommand) -> None:
    victim, survivor = sorted(servers(pair))
    os.kill(victim, signal.SIGKILL)
    pair.wait_for("server process died")
    until(lambda: len(servers(pair)) == 2)
    (replacement,) = set(servers(pair)) - {survivor}
    assert replacement != victim
    until(lambda: len(scrape(pair, "process_resident_memory_bytes")) == 2)
    for _ in range(10):
        assert fetch(pair, "/articles").status_code == 200
    assert pair.stop(signal.SIGTERM) == 0
    assert not is_alive(replacement)
    assert not is_alive(survivor)


def test_a_process_that_keeps_dying_is_replaced_with_pauses(pair: RunningCommand) -> None:
    for death in range(1, 4):
        os.kill(min(servers(pair)), signal.SIGKILL)
        until(lambda death=death: pair.stderr.count("server process died") == death)  # type: ignore[misc]
        until(lambda: len(servers(pair)) == 2)
    backoffs = [line["backoff_seconds"] for line in pair.log() if "backoff_seconds" in line]
    assert backoffs[0] == 0.0
    assert len(backoffs) == 3


def test_servers_follow_a_killed_supervisor(settled: Installation, pair: RunningCommand) -> None:
    pids = set(servers(pair))
    pair.process.kill()
    until(lambda: not any(is_alive(pid) for pid in pids))
    again = settled.start("up", "radio", "--port", str(pair.port))
    again.wait_until_ready()
    assert fetch(again, "/articles").status_code == 200
    assert again.stop() == 0
    assert settled.postgres_pid() is None


async def test_a_first_process_that_cannot_start_ends_everything(
    installation: Installation, migrated_database: Callable[[], Awaitable[str]], redis_url: str
) -> None:
    """The log of the rooms, which sockets start from, is gone."""
    database = {"DATABASE_URL": await migrated_database(), "REDIS_URL": redis_url}
    connection = await asyncpg.connect(database["DATABASE_URL"])
    await connection.execute("DROP TABLE realtime_events, realtime_rooms CASCADE")
    await connection.close()
    up = installation.start("up", "radio", "--workers", "2", "--port", "0", "--no-demo", **database)
    assert await asyncio.to_thread(up.wait) == 3
    assert "error: The server could not start; the log above says why." in up.stderr
    assert "Ready" not in up.stdout
