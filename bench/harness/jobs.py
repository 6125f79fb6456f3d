"""Measures the job queue alone: no-op jobs per second, the cost of enqueueing in a transaction, the delay of a start.

Workers are processes of their own (`jobs_part.py`), which write a server's logs to /dev/null.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import colonnade.kernel.db
from colonnade.kernel.db.migrate import migrate
from harness.postgres import Postgres

DATABASE = "bench_jobs"
PART = Path(__file__).with_name("jobs_part.py")
FIGURES = {
    "jobs_per_second_1": "jobs per second, one worker",
    "jobs_per_second_2": "jobs per second, two workers",
    "cpu_us_1": "worker's CPU per job, one worker (µs)",
    "cpu_us_2": "worker's CPU per job, two workers (µs)",
    "enqueue_us": "enqueue in an open transaction (µs)",
    "bare_us": "SELECT of a parameter, for comparison (µs)",
    "transaction_us": "transaction with one enqueue (µs)",
    "p50_ms": "commit to start, median (ms)",
    "p99_ms": "commit to start, p99 (ms)",
}


def measure(rounds: int, count: int) -> dict[str, Any]:
    """Return every figure of FIGURES per round, each round with `count` jobs per throughput."""
    taken: list[dict[str, float]] = []
    with Postgres() as postgres:
        asyncio.run(_prepare(postgres))
        dsn = postgres.dsn(DATABASE)
        for _ in range(rounds):
            row: dict[str, float] = {}
            for workers in (1, 2):
                row |= _throughput(dsn, count, workers)
            taken.append(row | _part(dsn, "enqueue", count) | _part(dsn, "latency", 200))
        asyncio.run(postgres.drop(DATABASE))
    return {"rounds": taken}


def show(result: dict[str, Any]) -> None:
    """Print the median and the spread of each figure."""
    table = Table("job queue", "median", "lowest", "highest")
    for name, title in FIGURES.items():
        values = [row[name] for row in result["rounds"]]
        table.add_row(
            title, *(f"{value:,.1f}" for value in (statistics.median(values), min(values), max(values)))
        )
    Console().print(table)


async def _prepare(postgres: Postgres) -> None:
    await postgres.drop(DATABASE)
    await postgres.create(DATABASE)
    kernel = Path(colonnade.kernel.db.__file__).parent / "migrations"
    await migrate(postgres.dsn(DATABASE), [("kernel", kernel)])


def _throughput(dsn: str, count: int, workers: int) -> dict[str, float]:
    _part(dsn, "fill", count)
    started = [_start(dsn, "work", 0) for _ in range(workers)]
    parts = [json.loads(process.communicate()[0]) for process in started]
    done = sum(part["done"] for part in parts)
    if done != count:
        raise RuntimeError(f"{count} jobs were run {done} times")
    span = max(part["last"] for part in parts) - min(part["first"] for part in parts if part["done"])
    return {
        f"jobs_per_second_{workers}": count / span,
        f"cpu_us_{workers}": sum(part["cpu_seconds"] for part in parts) / count * 1e6,
    }


def _start(dsn: str, what: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(PART), dsn, what, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _part(dsn: str, what: str, count: int) -> dict[str, float]:
    figures: dict[str, float] = json.loads(_start(dsn, what, count).communicate()[0])
    return figures
