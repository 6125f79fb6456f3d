"""What a login takes beyond its hash: logins beside bare argon2id, in turn.

At capacity: as many clients as in the other scenarios; both are then bound by the hasher's threads, and what a
login costs beyond the hash shows only where it keeps these threads from hashing. Alone: one client, one login
at a time; every statement and the commit's write to disk are then part of what it waits for.
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
    """By way: milliseconds per bare hash and per login, by round, and the median share that a login adds.

    At capacity the milliseconds are the inverse of the throughput, alone they are the median latency.
    """
    taken: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for number in range(rounds):
        for way, clients in WAYS.items():
            tell(f"overhead {number + 1}/{rounds} {way}")
            load = LoginLoad(accounts, clients)
            await load.prepare()

            def bare(clients: int = clients) -> tuple[float, float]:
                found = hashing.measure(PASSWORD, accounts.password_hash, seconds, clients)
                return 1e3 / found["per_second"], found["p50_ms"]

            def login(load: LoginLoad = load) -> tuple[float, float]:
                found = load.run(server.base_url, seconds)
                return 1e3 / found.requests_per_second, found.p50_ms

            figures = {}
            for measured in (bare, login) if number % 2 == 0 else (login, bare):
                figures[measured.__name__] = measured()[way == "alone"]
                server.wait_idle()
                await postgres.wait_idle()
            taken[way].append((figures["bare"], figures["login"]))
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
