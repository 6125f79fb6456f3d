"""Crowds of the real socket.io-client with the processes of `up --workers`: default transports, and polling alone."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from colonnade.kernel.testing import NO_TLS
from colonnade.kernel.testing.command import RunningCommand, new_installation

pytestmark = pytest.mark.node

MESSAGES = 30
StartStation = Callable[[int], Any]


@pytest.fixture
async def start_station(room: Path, templates: Callable[[str], Path]) -> AsyncIterator[StartStation]:
    """Start a station of so many processes behind one port."""
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    if not Path("/proc").is_dir():
        pytest.skip("looks for the processes in /proc")
    with new_installation(room) as installation:
        installation.copy_from(templates("radio"))
        unlimited = {
            f"RATE_LIMIT_{name}": "1000000/minute"
            for name in ("CHAT", "CHAT_SESSIONS", "CHAT_JOINS", "GLOBAL")
        }

        async def start(workers: int) -> RunningCommand:
            return await asyncio.to_thread(installation.up, "radio", "--workers", str(workers), **unlimited)

        yield start


async def guests(url: str, count: int) -> list[str]:
    """Return the tokens of so many guests."""
    async with httpx.AsyncClient(base_url=url, verify=NO_TLS, timeout=30) as http:
        answers = [
            await http.post("/livechat/session", json={"name": f"Guest {number}"}) for number in range(count)
        ]
    assert {answer.status_code for answer in answers} == {201}
    return [answer.json()["data"]["token"] for answer in answers]


def server_pids(up: RunningCommand) -> list[int]:
    """Return the processes of `up` that serve."""
    children = Path(f"/proc/{up.pid}/task/{up.pid}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.mark.parametrize(
    ("workers", "clients"), [(2, 20), pytest.param(4, 200, marks=pytest.mark.slow)], ids=["few", "many"]
)
async def test_a_process_dies_and_every_client_has_every_message_once(
    start_station: StartStation, run_script: Any, workers: int, clients: int
) -> None:
    up = await start_station(workers)
    tokens = await guests(up.url, 2 * clients)
    stock, polling = await run_script("crowd.js"), await run_script("crowd.js")
    await stock.ask(do="open", url=up.url, tokens=tokens[:clients])
    await polling.ask(do="open", url=up.url, tokens=tokens[clients:], transports=["polling"])
    for crowd in (stock, polling):
        report = await crowd.ask(do="wait-connected")
        assert (report["connected"], report["failed"], report["breaks"]) == (clients, [], [])
    async with asyncio.timeout(30):
        while (await stock.ask(do="report"))["transports"] != {"websocket": clients}:
            await asyncio.sleep(0.05)

    for number in range(MESSAGES):
        if number == MESSAGES // 2:
            os.kill(server_pids(up)[0], signal.SIGKILL)
        crowd = (stock, polling)[number % 2]
        said = await crowd.ask(do="say", client=number // 2 % clients, message=f"pesan {number}")
        assert "id" in said, said
    for crowd in (stock, polling):
        report = await crowd.ask(do="wait", seq=MESSAGES)
        assert report["failed"] == []
        assert report["seqs"] == [list(range(1, MESSAGES + 1))] * clients
        report = await crowd.ask(do="wait-connected")
        assert report["connected"] == clients
    assert await asyncio.to_thread(up.stop) == 0
    assert "Traceback" not in up.stderr.replace("\\n", "\n")
