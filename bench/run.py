"""The benchmark's command line: `python bench/run.py --help`.

`quick` gives one table in four minutes. `http` compares the servers on radio's routes, `dealroom` on dealroom's,
`curves` lets our tables grow, `broadcast` measures the sockets, `startup` times our start and reads its idle memory,
`jobs` measures the job queue, `report` writes RESULTS.md from the last results; without a command all but `quick` and
`jobs`, in this order. `setup` only prepares.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from data.load import UnknownColumn
from harness import broadcast, curves, database, jobs, load, peer, quick, report, settings, startup
from harness.compare import Plan, compare
from harness.compare_dealroom import compare_dealroom
from harness.dealroom import DEALROOM_SCENARIOS
from harness.exclusive import Busy, exclusive
from harness.identity import IDENTITY_SCENARIOS
from harness.scenarios import SCENARIOS, WrongAnswer
from harness.servers import StartFailed
from harness.wanted import OURS, PEERS

NOTES = settings.BENCH / "notes.md"
NAMES = [scenario.name for scenario in (*SCENARIOS, *IDENTITY_SCENARIOS)]
PROBLEMS = (
    Busy,
    StartFailed,
    WrongAnswer,
    UnknownColumn,
    broadcast.BroadcastFailed,
    database.MigrationFailed,
    load.LoadFailed,
    peer.PeerMissing,
)


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the plan that the options describe."""
    return Plan(
        rounds=options.rounds,
        seconds=options.seconds,
        warmup_seconds=options.warmup,
        only=tuple(options.only or ()),
        ours=options.server in ("both", OURS),
        peers=tuple(options.peer or PEERS) if options.server in ("both", "peer") else (),
        peer_env=dict(options.peer_env),
    )


def run_quick(_: argparse.Namespace) -> None:
    """Print one table of the scenarios that our targets name."""
    result = quick.measure()
    quick.show(result)
    print(f"written to {report.save('quick', result)}")


def run_http(options: argparse.Namespace) -> None:
    """Compare our server and the peers under load."""
    result = asyncio.run(compare(plan_of(options)))
    report.show(result)
    print(f"written to {report.save('http', result)}")


def run_dealroom(options: argparse.Namespace) -> None:
    """Compare our dealroom and the peer under load."""
    result = asyncio.run(compare_dealroom(plan_of(options)))
    report.show(result)
    print(f"written to {report.save('dealroom', result)}")


def run_curves(options: argparse.Namespace) -> None:
    """Measure our CPU per request with tables of growing size."""
    result = curves.measure(
        tuple(options.size or curves.SIZES), count=options.rounds, seconds=options.seconds
    )
    print(report.curves_table(result))
    print(f"written to {report.save('curves', result)}")


def run_broadcast(options: argparse.Namespace) -> None:
    """Measure CPU per delivery of broadcasts to sockets."""
    result = broadcast.measure(options.rounds)
    print(result["markdown"])
    print(f"written to {report.save('broadcast', result)}")


def run_startup(options: argparse.Namespace) -> None:
    """Time our start and read our idle memory."""
    result = startup.measure(options.later)
    report.show_startup(result)
    print(f"written to {report.save('startup', result)}")


def run_jobs(options: argparse.Namespace) -> None:
    """Measure the job queue: jobs per second, enqueue cost, commit to start."""
    result = jobs.measure(options.rounds, options.count)
    jobs.show(result)
    print(f"written to {report.save('jobs', result)}")


def run_setup(_: argparse.Namespace) -> None:
    """Install wrk, build the peers and load the data, without measuring."""
    print(f"prepared in {quick.prepare():.0f} s")


def run_report(_: argparse.Namespace) -> None:
    """Write RESULTS.md from the newest results and the hand-written notes beside it."""
    results = {kind: report.latest(kind) for kind in ("http", "dealroom", "curves", "broadcast", "startup")}
    if not any(results.values()):
        raise SystemExit("no results yet: run `bench/run.py http` first")
    notes = NOTES.read_text().strip() if NOTES.exists() else ""
    if results["curves"]:
        settings.CURVES_CHART.write_text(report.curves_chart(results["curves"]))
    settings.RESULTS_PAGE.write_text(report.markdown(**results, notes=notes))
    print(f"written to {settings.RESULTS_PAGE}")


def run_all(_: argparse.Namespace) -> None:
    """Run everything with the default options, then write the report."""
    for command in ("http", "dealroom", "curves", "broadcast", "startup", "report"):
        options = parse([command])
        options.run(options)


def setting(text: str) -> tuple[str, str]:
    """Parse NAME=VALUE into a pair."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _add_plan(command: argparse.ArgumentParser, names: list[str]) -> None:
    command.add_argument("--rounds", type=int, default=5)
    command.add_argument("--seconds", type=float, default=8.0, help="length of a round (whole seconds)")
    command.add_argument("--warmup", type=float, default=3.0, help="seconds of load before the first round")
    command.add_argument("--only", action="append", choices=names)
    command.add_argument("--server", choices=("both", OURS, "peer"), default="both")
    command.add_argument("--peer", action="append", choices=PEERS, help="only this one (again for more)")
    command.add_argument(
        "--peer-env",
        action="append",
        default=[],
        type=setting,
        metavar="NAME=VALUE",
        help="a setting of the peers (their config.ts, .js, .py have them), e.g. REQUEST_LOG=off",
    )


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="bench/run.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    everything = commands.add_parser(
        "all", help="http, dealroom, curves, broadcast, startup, report (the default)"
    )
    everything.set_defaults(run=run_all)
    table = commands.add_parser("quick", help="one table in four minutes, once everything is installed")
    table.set_defaults(run=run_quick)
    http = commands.add_parser("http", help="compare the servers under load, on radio's routes")
    _add_plan(http, NAMES)
    http.set_defaults(run=run_http)
    chats = commands.add_parser("dealroom", help="compare the servers under load, on dealroom's routes")
    _add_plan(chats, [scenario.name for scenario in DEALROOM_SCENARIOS])
    chats.set_defaults(run=run_dealroom)
    growth = commands.add_parser("curves", help="our CPU per request with 10^3 to 10^6 rows")
    growth.add_argument("--rounds", type=int, default=2)
    growth.add_argument("--seconds", type=float, default=2.0, help="length of a round (whole seconds)")
    growth.add_argument("--size", action="append", type=int, choices=curves.SIZES, help="only this one")
    growth.set_defaults(run=run_curves)
    sockets = commands.add_parser("broadcast", help="CPU per delivery against a Node socket.io server")
    sockets.add_argument("--rounds", type=int, default=5)
    sockets.set_defaults(run=run_broadcast)
    start = commands.add_parser("startup", help="time our start, read our idle memory")
    start.add_argument("--later", type=int, default=3, help="starts after the first")
    start.set_defaults(run=run_startup)
    queue = commands.add_parser(
        "jobs", help="the job queue: throughput, enqueue cost, latency (not in `all`)"
    )
    queue.add_argument("--rounds", type=int, default=5)
    queue.add_argument("--count", type=int, default=3000, help="jobs per round")
    queue.set_defaults(run=run_jobs)
    commands.add_parser("setup", help="install wrk, build the peers, load the data").set_defaults(
        run=run_setup
    )
    commands.add_parser("report", help="write RESULTS.md").set_defaults(run=run_report)
    return parser.parse_args(arguments or ["all"])


def main() -> int:
    """Run the command; return 1 after one clear message if something needed is missing or wrong."""
    options = parse(sys.argv[1:])
    # So that a run that is ended from outside stops its servers too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with exclusive():
            options.run(options)
    except PROBLEMS as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
