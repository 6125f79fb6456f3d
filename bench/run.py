"""The benchmark's command line: `python bench/run.py --help`.

`http` compares the servers, `startup` times our start and reads its idle memory, `setup` only prepares,
`report` writes RESULTS.md from the last results.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from data.generate import Article
from data.load import generated
from harness import database, load, peer, processes, report, rounds, settings, startup
from harness.postgres import Postgres
from harness.scenarios import OURS, PEER, PEER_TUNED, SCENARIOS, Scenario, WrongAnswer, verify
from harness.servers import Server, ServerSpec, StartFailed

NOTES = settings.BENCH / "notes.md"


def tell(text: str) -> None:
    """Progress, on stderr."""
    print(f"  {text}", file=sys.stderr, flush=True)


def machine(postgres_version: str) -> dict[str, Any]:
    """What the figures were measured on."""
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


def peer_spec(
    variant: str,
    number: int,
    dataset: database.Dataset,
    *,
    list_content: bool,
    extra: Iterable[tuple[str, str]] = (),
) -> ServerSpec:
    """The peer, as Prisma comes or tuned (joined relations, full text by raw SQL); pool, budgets as ours."""
    return ServerSpec(
        name=variant,
        command=settings.PEER_COMMAND,
        port=settings.NODE_PORT + number,
        cwd=settings.PEER,
        env={
            "NODE_ENV": "production",
            "PORT": str(settings.NODE_PORT + number),
            "DATABASE_URL": dataset.dsn,
            "DATABASE_SCHEMA": dataset.peer_schema,
            "DB_POOL_SIZE": str(settings.POOL_SIZE),
            "RATE_LIMIT_GLOBAL": str(settings.RATE_LIMIT),
            "SEARCH": "tsquery" if variant == PEER_TUNED else "contains",
            "RELATIONS": "join" if variant == PEER_TUNED else "query",
            "LIST_CONTENT": "on" if list_content else "off",
        }
        | dict(extra),
    )


def lists_content(base_url: str) -> bool:
    """Whether our list carries article bodies: the peer must then send them too, or leave them out too."""
    items = httpx.get(f"{base_url}/articles?limit=1", timeout=30.0).json()["data"]
    return "content" in items[0]


async def run_scenario(
    scenario: Scenario,
    running: dict[str, Server],
    postgres: Postgres,
    articles: list[Article],
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Verify, then measure one scenario on the servers it concerns."""
    servers = {name: server for name, server in running.items() if name == OURS or name in scenario.peers}
    print(f"{scenario.title}", file=sys.stderr)
    verified = verify(scenario, articles, {name: server.base_url for name, server in servers.items()})
    paths = settings.HOME / f"{scenario.name}.paths"
    paths.write_text("\n".join(scenario.paths(articles)) + "\n")
    taken = await rounds.run_rounds(
        servers,
        postgres,
        paths,
        fresh=scenario.fresh,
        rounds=options.rounds,
        seconds=options.seconds,
        warmup_seconds=options.warmup,
        tell=tell,
    )
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


async def run_http(options: argparse.Namespace) -> None:
    """The comparison: load data, start servers, verify and measure every scenario asked for."""
    load.ensure_wrk()
    with_ours, with_peer = options.server in ("both", OURS), options.server in ("both", "peer")
    if with_peer:
        peer.ensure_built()
    scenarios = [scenario for scenario in SCENARIOS if not options.only or scenario.name in options.only]
    articles = generated()
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres())
        tell("loading data")
        prepare = database.radio_dataset if with_ours else database.peer_dataset
        dataset = await prepare(postgres, articles)
        running: dict[str, Server] = {}

        def start(spec: ServerSpec) -> None:
            running[spec.name] = server = Server(spec)
            stack.callback(server.stop)
            tell(f"{spec.name} ready after {server.seconds_to_ready:.2f} s")

        if with_ours:
            start(
                ServerSpec(
                    OURS,
                    settings.OUR_COMMAND,
                    settings.OUR_PORT,
                    settings.HOME,
                    database.our_environment(dataset.dsn),
                )
            )
        if with_peer:
            content = lists_content(running[OURS].base_url) if with_ours else True
            wanted = [name for name in (PEER, PEER_TUNED) if any(name in item.peers for item in scenarios)]
            for number, variant in enumerate(wanted):
                start(peer_spec(variant, number, dataset, list_content=content, extra=options.peer_env))
        idle = {name: processes.resident_bytes(server.pid) for name, server in running.items()}
        connection = await asyncpg.connect(dataset.dsn)
        version = str(await connection.fetchval("SHOW server_version"))
        await connection.close()
        result = {
            "measured_at": datetime.now(UTC).isoformat(),
            "machine": machine(version),
            "peer_env": dict(options.peer_env),
            "rounds": options.rounds,
            "seconds": options.seconds,
            "connections": settings.CONNECTIONS,
            "articles": len(articles),
            "dataset": dataset.label,
            "idle_resident_bytes": idle,
            "scenarios": [
                await run_scenario(item, running, postgres, articles, options) for item in scenarios
            ],
        }
    report.show(result)
    print(f"written to {report.save('http', result)}")


def run_startup(options: argparse.Namespace) -> None:
    """Time our start and read our idle memory."""
    result = startup.measure(options.later)
    report.show_startup(result)
    print(f"written to {report.save('startup', result)}")


async def run_setup(_: argparse.Namespace) -> None:
    """Install wrk, build the peer and load the data, without measuring."""
    load.ensure_wrk()
    peer.ensure_built()
    with Postgres() as postgres:
        await database.peer_dataset(postgres, generated())


def run_report(_: argparse.Namespace) -> None:
    """Write RESULTS.md from the newest results and the hand-written notes beside it."""
    http, started = report.latest("http"), report.latest("startup")
    if http is None and started is None:
        raise SystemExit("no results yet: run `bench/run.py http` first")
    notes = NOTES.read_text().strip() if NOTES.exists() else ""
    settings.RESULTS_PAGE.write_text(report.markdown(http, started, notes))
    print(f"written to {settings.RESULTS_PAGE}")


def setting(text: str) -> tuple[str, str]:
    """NAME=VALUE as a pair."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    http = commands.add_parser("http", help="compare the servers under load")
    http.add_argument("--rounds", type=int, default=5)
    http.add_argument("--seconds", type=float, default=8.0, help="length of a round (whole seconds)")
    http.add_argument("--warmup", type=float, default=3.0, help="seconds of load before the first round")
    http.add_argument("--only", action="append", choices=[scenario.name for scenario in SCENARIOS])
    http.add_argument("--server", choices=("both", OURS, "peer"), default="both")
    http.add_argument(
        "--peer-env",
        action="append",
        default=[],
        type=setting,
        metavar="NAME=VALUE",
        help="a setting of the peer (its src/config.ts has them), e.g. REQUEST_LOG=off",
    )
    http.set_defaults(run=lambda options: asyncio.run(run_http(options)))
    start = commands.add_parser("startup", help="time our start, read our idle memory")
    start.add_argument("--later", type=int, default=3, help="starts after the first")
    start.set_defaults(run=run_startup)
    setup = commands.add_parser("setup", help="install wrk, build the peer, load the data")
    setup.set_defaults(run=lambda options: asyncio.run(run_setup(options)))
    commands.add_parser("report", help="write RESULTS.md").set_defaults(run=run_report)
    return parser.parse_args(arguments)


def main() -> int:
    """Run the command; 1 with one clear message when something needed is missing or wrong."""
    options = parse()
    try:
        options.run(options)
    except (
        StartFailed,
        WrongAnswer,
        load.LoadFailed,
        peer.PeerMissing,
        database.MigrationFailed,
    ) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
