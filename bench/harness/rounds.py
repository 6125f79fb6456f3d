"""Interleaved rounds: A, B, A, B …, each with CPU and memory read before and after.

Interleaving makes both servers meet the same neighbours and clock speeds; every other round runs in the
opposite order.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness import load, processes
from harness.postgres import Postgres
from harness.servers import Server


@dataclass(frozen=True, slots=True)
class Round:
    """One timed run of one server. CPU in microseconds per request: the server's tree, and PostgreSQL's."""

    requests: int
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    server_cpu_us: float
    postgres_cpu_us: float
    bytes_per_request: float
    resident_bytes: int


async def run_rounds(
    servers: dict[str, Server],
    postgres: Postgres,
    paths: Path,
    *,
    fresh: bool,
    encoding: str,
    rounds: int,
    seconds: float,
    warmup_seconds: float,
    tell: Callable[[str], None],
) -> dict[str, list[Round]]:
    """All rounds of one scenario, by server name. LoadFailed when any answer is an error."""
    names = list(servers)
    for name in names:
        tell(f"warming {name}")
        load.run(servers[name].base_url, paths, warmup_seconds, fresh=fresh, encoding=encoding)
        await postgres.wait_idle()
    taken: dict[str, list[Round]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            tell(f"round {number + 1}/{rounds} {name}")
            taken[name].append(_one(servers[name], postgres, paths, seconds, fresh, encoding))
            await postgres.wait_idle()
    return taken


def _one(
    server: Server, postgres: Postgres, paths: Path, seconds: float, fresh: bool, encoding: str
) -> Round:
    server_before, postgres_before = server.cpu_seconds(), postgres.cpu_seconds()
    result = load.run(server.base_url, paths, seconds, fresh=fresh, encoding=encoding)
    server_used = server.cpu_seconds() - server_before
    postgres_used = postgres.cpu_seconds() - postgres_before
    requests = max(1, result.requests)
    return Round(
        requests=result.requests,
        requests_per_second=result.requests_per_second,
        p50_ms=result.p50_ms,
        p99_ms=result.p99_ms,
        server_cpu_us=server_used / requests * 1e6,
        postgres_cpu_us=postgres_used / requests * 1e6,
        bytes_per_request=result.bytes_per_request,
        resident_bytes=processes.resident_bytes(server.pid),
    )


def summary(rounds: list[Round]) -> dict[str, Any]:
    """Median of each figure over the rounds, and the rounds themselves."""
    medians = {name: statistics.median(values) for name, values in _columns(rounds).items()}
    return {"median": medians, "rounds": [asdict(taken) for taken in rounds]}


def ratio(ours: list[Round], other: list[Round], field: str, *, inverse: bool = False) -> dict[str, float]:
    """Median, lowest and highest of ours / other over the rounds; other / ours when `inverse`."""
    pairs = zip(_columns(ours)[field], _columns(other)[field], strict=True)
    values = [b / a if inverse else a / b for a, b in pairs if a and b]
    if not values:
        return {}
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def _columns(rounds: list[Round]) -> dict[str, list[float]]:
    rows = [asdict(taken) for taken in rounds]
    return {name: [row[name] for row in rows] for name in rows[0]}
