"""The comparison over HTTP: one PostgreSQL, our server and the peer beside each other, scenario by scenario."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from data.generate import Article
from data.load import generated
from harness import database, identity, load, overhead, peer, processes, rounds, settings
from harness.accounts import prepare_accounts
from harness.dealroom import DealroomScenario
from harness.identity import IDENTITY_SCENARIOS, IdentityScenario
from harness.postgres import Postgres
from harness.scenarios import OURS, PEER_TUNED, SCENARIOS, Scenario, verify
from harness.servers import Server, ServerSpec


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: names of scenarios (none means all), which side, and how long. Times in seconds."""

    rounds: int
    seconds: float
    warmup_seconds: float
    only: tuple[str, ...] = ()
    ours: bool = True
    peer: bool = True
    peer_env: Mapping[str, str] = field(default_factory=dict)

    def scenarios(self) -> list[Scenario]:
        """Return the scenarios of reads to run, in their order."""
        return [scenario for scenario in SCENARIOS if not self.only or scenario.name in self.only]

    def identity_scenarios(self) -> list[IdentityScenario]:
        """Return the scenarios of sessions to run, in their order."""
        return [scenario for scenario in IDENTITY_SCENARIOS if not self.only or scenario.name in self.only]


def tell(text: str) -> None:
    """Report progress on standard error."""
    print(f"  {text}", file=sys.stderr, flush=True)


async def compare(plan: Plan) -> dict[str, Any]:
    """Load the data, start the servers, verify and measure; return the figures as JSON-ready data.

    Raises StartFailed, WrongAnswer, LoadFailed, PeerMissing, MigrationFailed, UnknownColumn.
    """
    load.ensure_wrk()
    if plan.peer:
        peer.ensure_built()
    articles = generated()
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres())
        tell("loading data")
        prepare = database.radio_dataset if plan.ours else database.peer_dataset
        dataset = await prepare(postgres, articles)
        running = _start_servers(plan, dataset, stack)
        return await describe(plan, dataset, running) | {
            "command": " ".join(settings.OUR_COMMAND) if settings.REPLACED else None,
            "articles": len(articles),
            "scenarios": [
                await _run_scenario(scenario, running, postgres, articles, plan)
                for scenario in plan.scenarios()
            ]
            + await _run_identity(running, postgres, dataset, plan),
        }


def start_server(running: dict[str, Server], spec: ServerSpec, stack: ExitStack) -> None:
    """Start a server, add it to the running ones and stop it with `stack`. Raises StartFailed."""
    running[spec.name] = server = Server(spec)
    stack.callback(server.stop)
    tell(f"{spec.name} ready after {server.seconds_to_ready:.2f} s")


def _start_servers(plan: Plan, dataset: database.Dataset, stack: ExitStack) -> dict[str, Server]:
    running: dict[str, Server] = {}
    if plan.ours:
        start_server(running, our_spec(dataset, settings.OUR_COMMAND), stack)
    if plan.peer:
        content = _lists_content(running[OURS].base_url) if plan.ours else True
        wanted = {name for scenario in plan.scenarios() for name in scenario.peers}
        wanted |= {name for scenario in plan.identity_scenarios() for name in scenario.peers}
        for number, variant in enumerate(sorted(wanted)):
            spec = peer_spec(variant, settings.NODE_PORT + number, dataset, plan.peer_env, content)
            start_server(running, spec, stack)
    return running


def our_spec(dataset: database.Dataset, command: tuple[str, ...]) -> ServerSpec:
    """Return the specification of our server on `dataset`."""
    environment = database.our_environment(dataset.dsn)
    return ServerSpec(OURS, command, settings.OUR_PORT, settings.HOME, environment)


def peer_spec(
    variant: str, port: int, dataset: database.Dataset, extra: Mapping[str, str], list_content: bool
) -> ServerSpec:
    """Return the specification of the peer: plain Prisma, or tuned: joins, full text search and refresh in raw SQL."""
    tuned = variant == PEER_TUNED
    environment = {
        "NODE_ENV": "production",
        "PORT": str(port),
        "DATABASE_URL": dataset.dsn,
        "DATABASE_SCHEMA": dataset.peer_schema,
        "DB_POOL_SIZE": str(settings.POOL_SIZE),
        "RATE_LIMIT_GLOBAL": str(settings.RATE_LIMIT),
        "SEARCH": "tsquery" if tuned else "contains",
        "RELATIONS": "join" if tuned else "query",
        "REFRESH": "raw" if tuned else "model",
        "JWT_SECRET": settings.JWT_SECRET,
        "LIST_CONTENT": "on" if list_content else "off",
    }
    return ServerSpec(variant, settings.PEER_COMMAND, port, settings.PEER, environment | dict(extra))


def _lists_content(base_url: str) -> bool:
    """Return whether our list contains article bodies, so that the peer sends or omits them alike."""
    items = httpx.get(f"{base_url}/articles?limit=1", timeout=30.0).json()["data"]
    return "content" in items[0]


async def _run_scenario(
    scenario: Scenario, running: dict[str, Server], postgres: Postgres, articles: list[Article], plan: Plan
) -> dict[str, Any]:
    servers = {name: running[name] for name in (OURS, *scenario.peers) if name in running}
    print(scenario.title, file=sys.stderr)
    verified = verify(scenario, articles, {name: server.base_url for name, server in servers.items()})
    paths = settings.HOME / f"{scenario.name}.paths"
    paths.write_text("\n".join(scenario.paths(articles)) + "\n")
    asked = rounds.PathLoad(paths, fresh=scenario.fresh, encoding=scenario.encoding)
    taken = await timed_rounds(servers, postgres, asked, plan)
    return result_of(scenario, verified, taken)


async def _run_identity(
    running: dict[str, Server], postgres: Postgres, dataset: database.Dataset, plan: Plan
) -> list[dict[str, Any]]:
    """Measure refresh and login, after the reads, because they leave rows behind."""
    if not plan.identity_scenarios():
        return []
    accounts = await prepare_accounts(dataset)
    results = []
    for scenario in plan.identity_scenarios():
        servers = {name: running[name] for name in (OURS, *scenario.peers) if name in running}
        print(scenario.title, file=sys.stderr)
        bases = {name: server.base_url for name, server in servers.items()}
        verified = await identity.verify(scenario, accounts, bases)
        taken = await timed_rounds(servers, postgres, scenario.load(accounts), plan)
        result = result_of(scenario, verified, taken)
        if scenario.overhead is not None and OURS in servers:
            result["overhead"] = {"target": scenario.overhead} | await overhead.measure(
                servers[OURS], postgres, accounts, rounds=plan.rounds, seconds=plan.seconds, tell=tell
            )
        results.append(result)
    await accounts.open_sessions(0)
    return results


async def timed_rounds(
    servers: dict[str, Server], postgres: Postgres, asked: rounds.Load, plan: Plan
) -> dict[str, list[rounds.Round]]:
    """Run the plan's rounds of one scenario; return them by server name. Raises LoadFailed for any error."""
    return await rounds.run_rounds(
        servers,
        postgres,
        asked,
        rounds=plan.rounds,
        seconds=plan.seconds,
        warmup_seconds=plan.warmup_seconds,
        tell=tell,
    )


def result_of(
    scenario: Scenario | IdentityScenario | DealroomScenario,
    verified: dict[str, Any],
    taken: dict[str, list[rounds.Round]],
) -> dict[str, Any]:
    """Return a scenario's figures and ratios, as the report reads them."""
    ratios = {
        name: {
            "requests_per_second": rounds.ratio(taken[OURS], other, "requests_per_second"),
            "server_cpu": rounds.ratio(taken[OURS], other, "server_cpu_us", inverse=True),
        }
        for name, other in taken.items()
        if name != OURS and OURS in taken
    }
    return {
        "name": scenario.name,
        "title": scenario.title,
        "target": scenario.target,
        "verified": verified,
        "servers": {name: rounds.summary(values) for name, values in taken.items()},
        "ratios": ratios,
    }


async def describe(plan: Plan, dataset: database.Dataset, running: dict[str, Server]) -> dict[str, Any]:
    """Return when, where and how a comparison is measured; to be called before any load."""
    return {
        "measured_at": datetime.now(UTC).isoformat(),
        "machine": await _machine(dataset.dsn),
        "peer_env": dict(plan.peer_env),
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "connections": settings.CONNECTIONS,
        "dataset": dataset.label,
        "idle_resident_bytes": {
            name: processes.resident_bytes(server.pid) for name, server in running.items()
        },
    }


async def _machine(dsn: str) -> dict[str, Any]:
    """Return the machine and the versions that the figures were measured on."""
    connection = await asyncpg.connect(dsn)
    postgres_version = str(await connection.fetchval("SHOW server_version"))
    await connection.close()
    models = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    ]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return {
        "cpu": models[0].partition(":")[2].strip() if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "node": node.removeprefix("v"),
        "postgres": postgres_version,
        "kernel": platform.release(),
    }
