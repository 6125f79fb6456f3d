"""Broadcast bench: server CPU per delivery, ours against a stock Node socket.io server, in interleaved runs.

    npm ci --prefix bench/broadcast
    python bench/broadcast/run.py [--rounds 5] [--sockets 200 1000] [--only radio node]

`hub` is our fan-out alone, which does what the peer does. `radio` is `colonnade up radio` with everything on:
listeners with guest sessions, staff who write over HTTP, messages in PostgreSQL and in the room's log.

CPU is the server processes' user and system time from /proc, over the measured messages only, without PostgreSQL's.
The load client (load.js) is the same for all: it sends a message once all sockets have received the one before.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from targets import Station, Target, program  # noqa: E402 - the benchmark is no package

NAMES = ("hub", "radio", "node")
DELIVERIES = 300_000
HEAD = """| sockets | server | CPU µs/delivery (median, range) | deliveries/s | RSS MB | CPU ratio to node |
|---|---|---|---|---|---|"""
Run = tuple[float, float, float]


def measure(start: Callable[[], AbstractContextManager[Target]], sockets: int, deliveries: int) -> Run:
    """Return CPU microseconds per delivery, deliveries per second and resident MB of one run."""
    messages = max(1, deliveries // sockets)
    with start() as server:
        arguments = [server.port, sockets, max(5, messages // 10), messages]
        command = ["node", str(HERE / "load.js"), *map(str, arguments)]
        load = subprocess.Popen(
            [*command, *filter(None, [server.staff_token])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert load.stdin is not None
        assert load.stdout is not None
        try:
            expect(load.stdout.readline(), "ready")
            before = server.cpu_seconds()
            load.stdin.write("go\n")
            load.stdin.flush()
            seconds = float(expect(load.stdout.readline(), "done").split()[1])
            used = server.cpu_seconds() - before
            memory = server.resident_mb()
            load.stdin.write("end\n")
            load.stdin.flush()
            load.wait(10)
        finally:
            load.kill()
            load.wait()
    delivered = messages * sockets
    return used / delivered * 1e6, delivered / seconds, memory


def expect(line: str, word: str) -> str:
    """Return the line, which must begin with `word`. Raises SystemExit if it does not."""
    if not line.startswith(word):
        raise SystemExit(f"the load client failed: {line!r}")
    return line


def show(sockets: int, runs: dict[str, list[Run]]) -> None:
    """Print the table's rows for a number of sockets."""
    medians = {name: statistics.median(run[0] for run in each) for name, each in runs.items()}
    for name, each in runs.items():
        cpus = [run[0] for run in each]
        speed = statistics.median(run[1] for run in each)
        memory = statistics.median(run[2] for run in each)
        ratio = f"{medians[name] / medians['node']:.2f}" if "node" in medians else ""
        print(
            f"| {sockets} | {name} | {medians[name]:.2f} ({min(cpus):.2f}-{max(cpus):.2f}) "
            f"| {speed:,.0f} | {memory:.0f} | {ratio} |",
            flush=True,
        )


def main() -> None:
    """Run and print a Markdown table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sockets", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--deliveries", type=int, default=DELIVERIES)
    parser.add_argument("--only", choices=NAMES, nargs="+", default=list(NAMES))
    options = parser.parse_args()
    station = Station() if "radio" in options.only else None
    starts: dict[str, Callable[[], AbstractContextManager[Target]]] = {
        "hub": lambda: program([sys.executable, str(HERE / "server.py")]),
        "node": lambda: program(["node", str(HERE / "peer.js")]),
    }
    try:
        if station is not None:
            starts["radio"] = station.run
        print(HEAD)
        for sockets in options.sockets:
            runs: dict[str, list[Run]] = {name: [] for name in options.only}
            for _ in range(options.rounds):
                for name in options.only:
                    runs[name].append(measure(starts[name], sockets, options.deliveries))
            show(sockets, runs)
    finally:
        if station is not None:
            station.close()


if __name__ == "__main__":
    main()
