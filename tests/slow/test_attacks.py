"""The long form of attacks on signing in: timing with 2,000 samples per arm, and 10,000 stuffed passwords."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pwdlib.hashers.bcrypt import BcryptHasher
from tests.kernel.identity.conftest import site, site_server
from tests.kernel.identity.test_attacks import ASKED, MEMBER, PASSWORD, WRONG, log_in, timing

__all__ = ["site", "site_server"]

pytestmark = pytest.mark.slow

PAIRS = 10_000
BOTS = 40
"""Addresses; each gets fifty passwords verified in a quarter of an hour, five of one account, and 429 from then on."""

AT_ONCE = 32

FULL_HASHING = True
"""What a hash costs shows in how long an answer takes."""


@pytest.mark.parametrize("attack", ASKED)
async def test_timing_tells_nothing(site: Any, attack: str) -> None:
    known, unknown = await timing(site, attack, samples=2_000)
    gap = abs(known - unknown) * 1000
    print(f"\n{attack}: {known * 1000:.2f} ms known, {unknown * 1000:.2f} ms unknown, gap {gap:.2f} ms")


async def test_timing_tells_nothing_about_imported_accounts(site: Any) -> None:
    """Those of cost 8 would otherwise be 12 ms faster or slower than none."""
    stored = BcryptHasher(rounds=8).hash(PASSWORD)
    known, unknown = await timing(site, "login", samples=2_000, stored=stored)
    gap = abs(known - unknown) * 1000
    print(f"\nimported: {known * 1000:.2f} ms known, {unknown * 1000:.2f} ms unknown, gap {gap:.2f} ms")


def percentile(seconds: list[float], share: float) -> float:
    return sorted(seconds)[int(share * (len(seconds) - 1))]


async def cheap_gets(client: httpx.AsyncClient, count: int) -> list[float]:
    """Return the durations (s) of `count` GETs, one after the other, that use nothing but the server."""
    seconds = []
    for _ in range(count):
        started = time.perf_counter()
        answer = await client.get("/whoami")
        seconds.append(time.perf_counter() - started)
        assert answer.status_code == 200
    return seconds


BOT = """
import collections, http.client, json, os, sys, threading
port, first, at_once = map(int, sys.argv[1:])
os.nice(19)
seen, stop, began = collections.Counter(), threading.Event(), threading.Event()
def bot(lane):
    http_ = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for n in range(first + lane, first + 1_000_000, at_once):
        body = json.dumps({"email": f"leaked{n}@club.example", "password": f"not-the-one-{n}"})
        head = {"Content-Type": "application/json", "X-Forwarded-For": f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"}
        http_.request("POST", "/auth/login", body, head)
        answer = http_.getresponse()
        answer.read()
        seen[answer.status] += 1
        began.set()
        if stop.is_set():
            return
bots = [threading.Thread(target=bot, args=(lane,)) for lane in range(at_once)]
for each in bots: each.start()
began.wait()
seen.clear()
print("began", flush=True)
sys.stdin.read()
counted = dict(seen)
stop.set()
for each in bots: each.join()
print(json.dumps(counted), flush=True)
"""
"""Signs in as fast as it is answered, in a process of its own that yields to the server's; a line when it has
begun, and when its input ends how many answers of each status there were meanwhile."""


@asynccontextmanager
async def stuffing(site: Any, first: int) -> AsyncIterator[dict[str, int]]:
    """Sign in with AT_ONCE connections of another process during the block; then fill the statuses."""
    port = httpx.URL(site.url).port
    bots = await asyncio.create_subprocess_exec(
        sys.executable, "-c", BOT, str(port), str(first), str(AT_ONCE),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert bots.stdin is not None
    assert bots.stdout is not None
    statuses: dict[str, int] = {}
    try:
        assert await bots.stdout.readline() == b"began\n"
        yield statuses
    finally:
        bots.stdin.close()
        statuses.update(json.loads(await bots.stdout.readline()))
        await bots.wait()


async def test_ten_thousand_stuffed_pairs(site: Any) -> None:
    """A list of pairs, the member's address among them again and again, from 40 addresses.

    None opens anything; every bot is cut off after fifty; the member signs in from home all the while, and on
    a new device elsewhere after it.
    """
    home = 900_000
    client = site.client()
    assert (await log_in(client, MEMBER, PASSWORD, home)).status_code == 200
    pairs = (
        (MEMBER if number % 10 == 0 else f"leaked{number}@club.example", f"{WRONG}-{number}", number % BOTS)
        for number in range(PAIRS)
    )
    statuses: list[int] = []
    waits: list[float] = []
    done = asyncio.Event()

    async def bot(http: httpx.AsyncClient) -> None:
        for email, password, number in pairs:
            statuses.append((await log_in(http, email, password, number)).status_code)

    async def owner() -> None:
        while not done.is_set():
            started = time.perf_counter()
            answer = await log_in(client, MEMBER, PASSWORD, home)
            waits.append(time.perf_counter() - started)
            assert answer.status_code == 200, answer.text
            assert (await client.get("/me", headers=bearer(answer))).status_code == 200

    owning = asyncio.create_task(owner())
    await asyncio.gather(*(bot(site.client()) for _ in range(AT_ONCE)))
    done.set()
    await owning
    assert len(statuses) == PAIRS
    assert set(statuses) == {401, 429}
    assert statuses.count(401) <= 50 * BOTS
    assert (await log_in(client, MEMBER, PASSWORD, home + 1)).status_code == 200
    opened = await site.db.fetch_value("SELECT array_agg(DISTINCT account_id) FROM account_sessions")
    assert opened == [site.people["member"]]
    print(
        f"\n{statuses.count(401)} verified, {statuses.count(429)} refused; the owner signed in {len(waits)} times, "
        f"median {statistics.median(waits):.2f} s, longest {max(waits):.2f} s"
    )


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['data']['accessToken']}"}


async def test_hashing_starves_nobody(site: Any) -> None:
    """p99 of a cheap GET at most doubles while passwords are hashed as fast as they can be.

    Five rounds of each, turn and turn about, because this machine has other work; medians of their p99.
    """
    probe = site.client()
    await cheap_gets(probe, 300)
    quiet: list[float] = []
    under_attack: list[float] = []
    hashed = 0
    for number in range(5):
        quiet.append(percentile(await cheap_gets(probe, 600), 0.99))
        async with stuffing(site, 100_000 * number) as statuses:
            under_attack.append(percentile(await cheap_gets(probe, 600), 0.99))
        assert set(statuses) <= {"401"}
        hashed += statuses.get("401", 0)
    calm, busy = statistics.median(quiet), statistics.median(under_attack)
    print(f"\np99 of a GET: {calm * 1000:.2f} ms quiet, {busy * 1000:.2f} ms under {hashed} logins")
    assert hashed >= 20
    assert busy <= 2 * calm, (quiet, under_attack)
