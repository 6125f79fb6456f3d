"""Measures the overhead of a login over its hash: logins and bare argon2id in alternation.

At capacity: as many clients as in the other scenarios; both are then bound by the hasher's threads, and the overhead
shows only if it keeps these threads from hashing. Alone: one client, one login at a time, which then waits for every
statement and for the commit's write to disk.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from harness import hashing, settings
from harness.accounts import PASSWORD, Accounts
from harness.identity import LoginLoad
from harness.postgres import Postgres
from harness.servers import Server

WAYS = {"capacity": settings.CONNECTIONS, "alone": 1}


async def measure(
    server: Server,
    postgres: Postgres,
    accounts: Accounts,
    *,
    rounds: int,
    seconds: float,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Return, by way, milliseconds per bare hash and per login, by round, and the median share that a login adds.

    At capacity the milliseconds are the inverse of the throughput, alone they are the median latency; `cpu` is
    the CPU of the server's processes at capacity, which a busy machine changes least.
    """
    taken: dict[str, list[tuple[float, float]]] = {way: [] for way in (*WAYS, "cpu")}
    for number in range(rounds):
        for way, clients in WAYS.items():
            tell(f"overhead {number + 1}/{rounds} {way}")
            load = LoginLoad(accounts, clients)
            await load.prepare()

            def bare(clients: int = clients) -> dict[str, float]:
                return hashing.measure(PASSWORD, accounts.password_hash, seconds, clients)

            def login(load: LoginLoad = load) -> dict[str, float]:
                before = server.cpu_seconds()
                found = load.run(server.base_url, seconds)
                # The server also finishes the requests that the clients abandon at the end, one each.
                server.wait_idle()
                used = server.cpu_seconds() - before
                requests = max(1, found.requests + load.connections)
                return {
                    "per_second": found.requests_per_second,
                    "p50_ms": found.p50_ms,
                    "cpu_ms": used / requests * 1e3,
                }

            figures = {}
            for measured in (bare, login) if number % 2 == 0 else (login, bare):
                figures[measured.__name__] = measured()
                await postgres.wait_idle()
            pair = figures["bare"], figures["login"]
            if way == "alone":
                taken[way].append((pair[0]["p50_ms"], pair[1]["p50_ms"]))
            else:
                taken[way].append((1e3 / pair[0]["per_second"], 1e3 / pair[1]["per_second"]))
                taken["cpu"].append((pair[0]["cpu_ms"], pair[1]["cpu_ms"]))
    return {way: _summary(pairs) for way, pairs in taken.items()}


def _summary(pairs: list[tuple[float, float]]) -> dict[str, Any]:
    shares = [login / bare - 1 for bare, login in pairs]
    return {
        "bare_ms": statistics.median(bare for bare, _ in pairs),
        "login_ms": statistics.median(login for _, login in pairs),
        "share": statistics.median(shares),
        "low": min(shares),
        "high": max(shares),
        "rounds": pairs,
    }
