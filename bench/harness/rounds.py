"""Runs interleaved rounds: A, B, A, B …, and reads CPU and memory before and after each.

Interleaving exposes both servers to the same other load and clock speeds; every other round runs in the
opposite order.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from harness import load, processes
from harness.postgres import Postgres
from harness.servers import Server

WARMUP_REQUESTS = 2_000
MAX_WARMUP_RUNS = 8


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


class Load(Protocol):
    """The requests of each round."""

    async def prepare(self) -> None:
        """Prepare a round; not measured."""

    def run(self, base_url: str, seconds: float) -> load.LoadResult:
        """Send requests for `seconds`. Raises LoadFailed if any answer is an error."""


@dataclass(frozen=True, slots=True)
class PathLoad:
    """Random lines of the file `paths`; see load.run."""

    paths: Path
    fresh: bool = False
    encoding: str = ""
    status: int = 200
    tokens: Path | None = None

    async def prepare(self) -> None:
        """Do nothing: reads change nothing."""

    def run(self, base_url: str, seconds: float) -> load.LoadResult:
        """Send requests for `seconds`."""
        return load.run(
            base_url,
            self.paths,
            seconds,
            fresh=self.fresh,
            encoding=self.encoding,
            status=self.status,
            tokens=self.tokens,
        )


async def run_rounds(
    servers: dict[str, Server],
    postgres: Postgres,
    loads: Mapping[str, Load],
    *,
    rounds: int,
    seconds: float,
    warmup_seconds: float,
    warmup_requests: int = WARMUP_REQUESTS,
    tell: Callable[[str], None],
) -> dict[str, list[Round]]:
    """Run all rounds of one scenario, each server with its load; return them by name. Raises LoadFailed."""
    names = list(servers)
    for name in names:
        tell(f"warming {name}")
        await _warm(servers[name], postgres, loads[name], warmup_seconds, warmup_requests)
    taken: dict[str, list[Round]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            tell(f"round {number + 1}/{rounds} {name}")
            await loads[name].prepare()
            taken[name].append(_one(servers[name], postgres, loads[name], seconds))
            await _settle(servers[name], postgres)
    return taken


async def _warm(server: Server, postgres: Postgres, asked: Load, seconds: float, requests: int) -> None:
    """Send `requests` for at least `seconds`, longer on a busy machine: a JIT warms up by requests, not by time."""
    answered = 0
    for _ in range(MAX_WARMUP_RUNS):
        await asked.prepare()
        answered += asked.run(server.base_url, seconds).requests
        await _settle(server, postgres)
        if answered >= requests:
            return


async def _settle(server: Server, postgres: Postgres) -> None:
    """Wait for requests that the clients abandoned: the next round must not pay for them."""
    server.wait_idle()
    await postgres.wait_idle()


def _one(server: Server, postgres: Postgres, asked: Load, seconds: float) -> Round:
    server_before, postgres_before = server.cpu_seconds(), postgres.cpu_seconds()
    result = asked.run(server.base_url, seconds)
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
    """Return the median of each figure over the rounds, and the rounds themselves."""
    medians = {name: statistics.median(values) for name, values in _columns(rounds).items()}
    return {"median": medians, "rounds": [asdict(taken) for taken in rounds]}


def ratio(ours: list[Round], other: list[Round], field: str, *, inverse: bool = False) -> dict[str, float]:
    """Return median, lowest and highest of ours / other over the rounds; of other / ours with `inverse`."""
    pairs = zip(_columns(ours)[field], _columns(other)[field], strict=True)
    values = [b / a if inverse else a / b for a, b in pairs if a and b]
    if not values:
        return {}
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def _columns(rounds: list[Round]) -> dict[str, list[float]]:
    rows = [asdict(taken) for taken in rounds]
    return {name: [row[name] for row in rows] for name in rows[0]}
