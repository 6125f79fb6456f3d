"""The comparison over HTTP: one PostgreSQL, our server and the peer beside each other, scenario by scenario."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from data.generate import Article
from data.load import generated
from harness import database, identity, load, overhead, peer, peers, processes, rounds, settings
from harness.accounts import Accounts, prepare_accounts
from harness.dealroom import DealroomScenario
from harness.identity import IDENTITY_SCENARIOS, IdentityScenario
from harness.postgres import Postgres
from harness.scenarios import READERS, SCENARIOS, Scenario, WrongAnswer, verify
from harness.servers import Server, ServerSpec
from harness.sessions import end_sessions, sign_in
from harness.wanted import ANONYMOUS, LIMIT, LIMITS, OURS, PEERS

AnyScenario = Scenario | IdentityScenario | DealroomScenario


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: names of scenarios (none means all), which servers, and how long. Times in seconds.

    A server is warm after `warmup_seconds` of load and `warmup_requests`, whichever comes last.
    """

    rounds: int
    seconds: float
    warmup_seconds: float
    only: tuple[str, ...] = ()
    ours: bool = True
    peers: tuple[str, ...] = PEERS
    peer_env: Mapping[str, str] = field(default_factory=dict)
    warmup_requests: int = rounds.WARMUP_REQUESTS

    def scenarios(self) -> list[Scenario]:
        """Return the scenarios of reads to run, in their order."""
        return [scenario for scenario in SCENARIOS if not self.only or scenario.name in self.only]

    def identity_scenarios(self) -> list[IdentityScenario]:
        """Return the scenarios of sessions to run, in their order."""
        return [scenario for scenario in IDENTITY_SCENARIOS if not self.only or scenario.name in self.only]

    def others(self, scenarios: Sequence[AnyScenario]) -> list[str]:
        """Return the peers that these scenarios need. The limit has our statements, so it needs our tables."""
        needed = {name for scenario in scenarios for name in scenario.others}
        return [name for name in self.peers if name in needed and (self.ours or name != LIMIT)]


@dataclass(slots=True)
class Bench:
    """The running servers on their data."""

    plan: Plan
    dataset: database.Dataset
    postgres: Postgres
    running: dict[str, Server]
    _accounts: Accounts | None = None

    def servers(self, scenario: Scenario | IdentityScenario) -> dict[str, Server]:
        """Return the servers of a scenario by name, ours first; ours is twice in a comparison with itself."""
        known = self.running | ({ANONYMOUS: self.running[OURS]} if OURS in self.running else {})
        return {name: known[name] for name in (OURS, *scenario.others) if name in known}

    async def accounts(self) -> Accounts:
        """Return the accounts that can sign in; they are created at the first call."""
        if self._accounts is None:
            self._accounts = await prepare_accounts(self.dataset)
        return self._accounts


def tell(text: str) -> None:
    """Report progress on standard error."""
    print(f"  {text}", file=sys.stderr, flush=True)


async def compare(plan: Plan) -> dict[str, Any]:
    """Load the data, start the servers, verify and measure; return the figures as JSON-ready data.

    Raises StartFailed, WrongAnswer, LoadFailed, PeerMissing, MigrationFailed, UnknownColumn.
    """
    load.ensure_wrk()
    others = plan.others([*plan.scenarios(), *plan.identity_scenarios()])
    peer.ensure_built(others)
    articles = generated()
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres())
        tell("loading data")
        prepare = database.radio_dataset if plan.ours else database.peer_dataset
        dataset = await prepare(postgres, articles)
        running = start_servers(plan, others, dataset, "radio", stack)
        result = await describe(plan, dataset, running) | {
            "command": " ".join(settings.OUR_COMMAND) if settings.REPLACED else None,
            "articles": len(articles),
        }
        bench = Bench(plan, dataset, postgres, running)
        result["scenarios"] = [
            await _run_scenario(bench, scenario, articles) for scenario in plan.scenarios()
        ]
        result["scenarios"] += await _run_identity(bench)
        return result | memory_after(running)


def start_server(running: dict[str, Server], spec: ServerSpec, stack: ExitStack) -> None:
    """Start a server, add it to the running ones and stop it with `stack`. Raises StartFailed."""
    running[spec.name] = server = Server(spec)
    stack.callback(server.stop)
    tell(f"{spec.name} ready after {server.seconds_to_ready:.2f} s")


def start_servers(
    plan: Plan, others: Sequence[str], dataset: database.Dataset, product: str, stack: ExitStack
) -> dict[str, Server]:
    """Start our server, if the plan has it, with `product`, and the peers `others`; stop them with `stack`."""
    running: dict[str, Server] = {}
    if plan.ours:
        command = settings.DEALROOM_COMMAND if product == "dealroom" else settings.OUR_COMMAND
        start_server(running, our_spec(dataset, command), stack)
    content = product != "radio" or not plan.ours or _lists_content(running[OURS].base_url)
    for name, port in peers.ports(others).items():
        spec = peers.spec_of(name, port, dataset, audience=product, extra=plan.peer_env, list_content=content)
        start_server(running, spec, stack)
    return running


def our_spec(dataset: database.Dataset, command: tuple[str, ...]) -> ServerSpec:
    """Return the specification of our server on `dataset`."""
    environment = database.our_environment(dataset.dsn)
    return ServerSpec(OURS, command, settings.OUR_PORT, settings.HOME, environment)


def _lists_content(base_url: str) -> bool:
    """Return whether our list contains article bodies, so that the peer sends or omits them alike."""
    items = httpx.get(f"{base_url}/articles?limit=1", timeout=30.0).json()["data"]
    return "content" in items[0]


async def _run_scenario(bench: Bench, scenario: Scenario, articles: list[Article]) -> dict[str, Any]:
    servers = bench.servers(scenario)
    print(scenario.title, file=sys.stderr)
    tokens = await _sign_in(bench, servers) if scenario.signed else []
    bases = {name: server.base_url for name, server in servers.items()}
    verified = verify(scenario, articles, bases, tokens[0] if tokens else None)
    paths = _lines(f"{scenario.name}.paths", scenario.paths(articles))
    asked = rounds.PathLoad(paths, scenario.fresh, scenario.encoding, scenario.status)
    loads: dict[str, rounds.Load] = dict.fromkeys(servers, asked)
    if tokens:
        signed = replace(asked, tokens=_lines(f"{scenario.name}.tokens", tokens))
        loads = {name: asked if name == ANONYMOUS else signed for name in servers}
    taken = await timed_rounds(servers, bench.postgres, loads, bench.plan)
    return result_of(scenario, verified, taken)


def _lines(name: str, lines: list[str]) -> Path:
    file = settings.HOME / name
    file.write_text("\n".join(lines) + "\n")
    return file


async def _sign_in(bench: Bench, servers: Mapping[str, Server]) -> list[str]:
    """Return a token of each reader. Raises WrongAnswer unless every server refuses a false and an ended one."""
    accounts = await bench.accounts()
    first, *readers = list(accounts.emails)[: READERS + 1]
    tokens = await sign_in(bench.dataset.dsn, "radio", "editor", [first, *readers])
    await end_sessions(bench.dataset.dsn, first)
    forged = tokens[readers[0]][:-6] + "AAAAAA"
    for name, server in servers.items():
        for bearer in (tokens[first], forged):
            headers = {"Authorization": f"Bearer {bearer}"}
            status = httpx.get(f"{server.base_url}/categories/1", headers=headers, timeout=30.0).status_code
            if status != 401:
                raise WrongAnswer(
                    f"{name}: a token that is forged or of an ended session is answered {status}"
                )
    return [tokens[reader] for reader in readers]


async def _run_identity(bench: Bench) -> list[dict[str, Any]]:
    """Measure refresh and login, after the reads, because they leave rows behind."""
    plan, postgres = bench.plan, bench.postgres
    if not plan.identity_scenarios():
        return []
    accounts = await bench.accounts()
    results = []
    for scenario in plan.identity_scenarios():
        servers = bench.servers(scenario)
        print(scenario.title, file=sys.stderr)
        bases = {name: server.base_url for name, server in servers.items()}
        verified = await identity.verify(scenario, accounts, bases)
        loads = dict.fromkeys(servers, scenario.load(accounts))
        taken = await timed_rounds(servers, postgres, loads, plan)
        result = result_of(scenario, verified, taken)
        if scenario.overhead is not None and OURS in servers:
            result["overhead"] = {"target": scenario.overhead} | await overhead.measure(
                servers[OURS], postgres, accounts, rounds=plan.rounds, seconds=plan.seconds, tell=tell
            )
        results.append(result)
    await accounts.open_sessions(0)
    return results


async def timed_rounds(
    servers: dict[str, Server], postgres: Postgres, loads: Mapping[str, rounds.Load], plan: Plan
) -> dict[str, list[rounds.Round]]:
    """Run the plan's rounds of one scenario; return them by server name. Raises LoadFailed for any error."""
    return await rounds.run_rounds(
        servers,
        postgres,
        loads,
        rounds=plan.rounds,
        seconds=plan.seconds,
        warmup_seconds=plan.warmup_seconds,
        warmup_requests=plan.warmup_requests,
        tell=tell,
    )


def result_of(
    scenario: AnyScenario,
    verified: dict[str, Any],
    taken: dict[str, list[rounds.Round]],
) -> dict[str, Any]:
    """Return a scenario's figures and ratios, as the report reads them."""
    ratios = {
        name: {
            "requests_per_second": rounds.ratio(taken[OURS], other, "requests_per_second"),
            "server_cpu": rounds.ratio(taken[OURS], other, "server_cpu_us", inverse=name not in LIMITS),
        }
        for name, other in taken.items()
        if name != OURS and OURS in taken
    }
    return {
        "name": scenario.name,
        "title": scenario.title,
        "targets": [asdict(target) for target in scenario.targets],
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


def memory_after(running: Mapping[str, Server]) -> dict[str, Any]:
    """Return the resident memory of each server after all load, in bytes."""
    sizes = {name: processes.resident_bytes(server.pid) for name, server in running.items()}
    return {"resident_bytes_after": sizes}


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
