"""Broadcast bench: server CPU per delivery, ours against a stock Node socket.io server, in interleaved runs.

    npm ci --prefix bench/broadcast
    python bench/broadcast/run.py [--rounds 5] [--sockets 200 1000]

CPU is the server process's user and system time from /proc/<pid>/stat, over the measured messages only. The
load client (load.js) is the same for both: a message is sent when all sockets have received the one before.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
SERVERS = {"colonnade": [sys.executable, str(HERE / "server.py")], "node": ["node", str(HERE / "peer.js")]}
DELIVERIES = 300_000


def cpu_seconds(pid: int) -> float:
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_SECONDS


def resident_mb(pid: int) -> float:
    """Memory that the process occupies."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(command: list[str], sockets: int, deliveries: int) -> tuple[float, float, float]:
    """(CPU microseconds per delivery, deliveries per second, resident MB) of one run."""
    messages = max(1, deliveries // sockets)
    environment = {**os.environ, "NODE_ENV": "production"}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert server.stdout is not None
        port = json.loads(server.stdout.readline())["port"]
        load = subprocess.Popen(
            [
                "node",
                str(HERE / "load.js"),
                str(port),
                str(sockets),
                str(max(5, messages // 10)),
                str(messages),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert load.stdin is not None
        assert load.stdout is not None
        try:
            expect(load.stdout.readline(), "ready")
            before = cpu_seconds(server.pid)
            load.stdin.write("go\n")
            load.stdin.flush()
            seconds = float(expect(load.stdout.readline(), "done").split()[1])
            used = cpu_seconds(server.pid) - before
            memory = resident_mb(server.pid)
            load.stdin.write("end\n")
            load.stdin.flush()
            load.wait(10)
        finally:
            load.kill()
            load.wait()
    finally:
        server.kill()
        server.wait()
    delivered = messages * sockets
    return used / delivered * 1e6, delivered / seconds, memory


def expect(line: str, word: str) -> str:
    """The line, which must begin with `word`."""
    if not line.startswith(word):
        raise SystemExit(f"the load client failed: {line!r}")
    return line


def main() -> None:
    """Run and print a Markdown table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sockets", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--deliveries", type=int, default=DELIVERIES)
    options = parser.parse_args()
    print(
        "| sockets | server | CPU µs/delivery (median, range) | deliveries/s | RSS MB | CPU ratio to node |"
    )
    print("|---|---|---|---|---|---|")
    for sockets in options.sockets:
        runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in SERVERS}
        for _ in range(options.rounds):
            for name, command in SERVERS.items():
                runs[name].append(measure(command, sockets, options.deliveries))
        medians = {name: statistics.median(run[0] for run in each) for name, each in runs.items()}
        for name, each in runs.items():
            cpus = [run[0] for run in each]
            speed = statistics.median(run[1] for run in each)
            memory = statistics.median(run[2] for run in each)
            ratio = medians[name] / medians["node"]
            print(
                f"| {sockets} | {name} | {medians[name]:.2f} ({min(cpus):.2f}-{max(cpus):.2f}) "
                f"| {speed:,.0f} | {memory:.0f} | {ratio:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
