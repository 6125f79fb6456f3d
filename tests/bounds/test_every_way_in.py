"""Each way in, with its worst legal and its first illegal input, at a running server: its memory, and others' waits."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from tests.bounds.sending import Client, Send, WayIn
from tests.bounds.socket_ways import SOCKET_WAYS_IN
from tests.bounds.ways_in import WAYS_IN, bounds_page

from colonnade.kernel.testing import NO_TLS
from colonnade.kernel.testing.command import RunningCommand, new_installation

PAGE = Path(__file__).resolve().parents[2] / "docs" / "bounds.md"
LONGEST_WAIT_SECONDS = 0.1
TOGETHER = 20
LONGEST_WAIT_TOGETHER_SECONDS = 0.3
ATTEMPTS = 4
"""The machine has other work as well: what seems to delay others is sent again."""
ADMIN = {"email": "admin@elshaddaifm.id", "password": "admin-elshaddai"}
LARGE = {
    "RADIO_RATE_LIMIT_UPLOADS": "10000/hour",
    "RADIO_RATE_LIMIT_CHAT": "10000/minute",
    "RADIO_RATE_LIMIT_MEMBERSHIPS": "100000/hour",
    "RATE_LIMIT_LOGIN": "10000/hour",
    "RATE_LIMIT_DOCS": "10000/hour",
    "RATE_LIMIT_CHAT_SESSIONS": "10000/hour",
    "RATE_LIMIT_LOGIN_ADDRESS": "10000/hour",
}


@pytest.fixture(scope="module")
async def server(room: Path, templates: Callable[[str], Path]) -> AsyncIterator[RunningCommand]:
    with new_installation(room) as installation:
        installation.copy_from(templates("radio"))
        yield await asyncio.to_thread(installation.up, "radio", **LARGE)


@pytest.fixture(scope="module")
async def client(server: RunningCommand) -> AsyncIterator[Client]:
    async with (
        httpx.AsyncClient(base_url=server.url, timeout=60, verify=NO_TLS) as admin,
        httpx.AsyncClient(base_url=server.url, timeout=60, verify=NO_TLS) as visitor,
    ):
        token = (await admin.post("/auth/login", json=ADMIN)).json()["data"]["accessToken"]
        admin.headers["Authorization"] = f"Bearer {token}"
        yield Client(server.port, admin, visitor)


def resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


OTHER = """
import http.client, sys, threading, time
http_ = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60)
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
longest, number = 0.0, 0
while not ended.is_set():
    before = time.perf_counter()
    http_.request("GET", "/health/live")
    answer = http_.getresponse()
    assert (answer.status, answer.read()) == (200, b'{"status":"alive"}')
    longest, number = max(longest, time.perf_counter() - before), number + 1
    if number == 1:
        print("asks", flush=True)
    time.sleep(0.002)
print(longest)
"""
"""Asks whether the server lives, in a process of its own, until its input ends; prints the longest wait in seconds."""


async def _watch(server: RunningCommand, send: Send, client: Client) -> tuple[float, float]:
    """Send something as `client`; return the longest wait of somebody else, and the server's memory at its largest."""
    other = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OTHER, str(server.port)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert other.stdin is not None
    assert other.stdout is not None
    assert await other.stdout.readline() == b"asks\n"
    sending, megabytes = asyncio.create_task(send(client)), 0.0
    while not (await asyncio.wait([sending], timeout=0.01))[0]:
        megabytes = max(megabytes, resident_megabytes(server.pid))
    other.stdin.close()
    longest = float(await other.stdout.readline())
    assert await other.wait() == 0
    await sending
    return longest, max(megabytes, resident_megabytes(server.pid))


@pytest.mark.parametrize(
    "way",
    [pytest.param(way, id=way.name, marks=[pytest.mark.slow] if way.slow else []) for way in WAYS_IN],
)
@pytest.mark.parametrize("legal", [True, False], ids=["worst", "beyond"])
async def test_nobody_else_waits_and_memory_stays(
    server: RunningCommand, client: Client, way: WayIn, legal: bool
) -> None:
    await client.visitor.get("/openapi.json")  # which is kept in memory
    send = way.worst if legal else way.first_illegal
    await send(client)  # what is loaded and arranged the first time stays
    waits = []
    while len(waits) < ATTEMPTS and (not waits or min(waits) >= LONGEST_WAIT_SECONDS):
        before = resident_megabytes(server.pid)
        longest, megabytes = await _watch(server, send, client)
        waits.append(longest)
        assert megabytes - before < way.megabytes
    assert min(waits) < LONGEST_WAIT_SECONDS


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(way, id=way.name)
        for way in WAYS_IN
        if way.together and not way.slow and way not in SOCKET_WAYS_IN
    ],
)
async def test_many_at_once_delay_nobody_for_long(server: RunningCommand, client: Client, way: WayIn) -> None:
    """What is ready is worked on in one turn of the event loop: twenty senders must not cost twenty times as much."""

    async def together(client: Client) -> None:
        # What is answered is another test's: here some wait too long, or are told to come again.
        await asyncio.gather(*(way.worst(client) for _ in range(TOGETHER)), return_exceptions=True)

    waits = []
    while len(waits) < ATTEMPTS and (not waits or min(waits) >= LONGEST_WAIT_TOGETHER_SECONDS):
        longest, _ = await _watch(server, together, client)
        waits.append(longest)
    assert min(waits) < LONGEST_WAIT_TOGETHER_SECONDS


def test_the_page_says_what_is_tried_here() -> None:
    assert PAGE.read_text(encoding="utf-8") == bounds_page()
