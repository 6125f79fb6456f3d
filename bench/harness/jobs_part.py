"""One process of the queue's benchmark: `jobs_part.py DSN fill|work|enqueue|latency COUNT`; prints JSON."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from types import SimpleNamespace
from typing import Any

import asyncpg
import msgspec
import uvloop

from colonnade.kernel.core.providing import provided
from colonnade.kernel.jobs import Worker, enqueue_on, job
from colonnade.kernel.observe import configure_logging

BATCH = 50


class Number(msgspec.Struct):
    number: int


@provided("seen")
class Seen:
    """The jobs that this process has run: their number, the times of the first and the last, and a signal for each."""

    def __init__(self) -> None:
        self.done, self.first, self.last = 0, 0.0, 0.0
        self.signal = asyncio.Event()

    def note(self) -> None:
        self.last = time.time()
        self.first = self.first or self.last
        self.done += 1
        self.signal.set()


@job("bench.noop")
async def noop(payload: Number, seen: Seen) -> None:
    seen.note()


async def fill(dsn: str, count: int) -> dict[str, float]:
    connection = await asyncpg.connect(dsn)
    async with connection.transaction():
        for number in range(count):
            await enqueue_on(connection, noop, Number(number))
    await connection.close()
    return {}


async def work(dsn: str, _: int) -> dict[str, float]:
    seen = Seen()
    worker = Worker(dsn, SimpleNamespace(seen=seen), [noop])
    running = asyncio.create_task(worker.run())
    before = time.process_time()
    connection = await asyncpg.connect(dsn)
    while await connection.fetchval("SELECT EXISTS (SELECT FROM job_queue)"):
        await asyncio.sleep(0.05)
    used = time.process_time() - before
    await worker.stop()
    await running
    await connection.close()
    return {"done": seen.done, "first": seen.first, "last": seen.last, "cpu_seconds": used}


async def enqueue(dsn: str, count: int) -> dict[str, float]:
    connection = await asyncpg.connect(dsn)
    times: dict[str, list[float]] = {"enqueue_us": [], "bare_us": [], "transaction_us": []}
    for _ in range(count // BATCH):
        async with connection.transaction():
            started = time.perf_counter()
            for number in range(BATCH):
                await enqueue_on(connection, noop, Number(number))
            times["enqueue_us"].append((time.perf_counter() - started) / BATCH)
        started = time.perf_counter()
        for number in range(BATCH):
            await connection.fetchval("SELECT $1::integer", number)
        times["bare_us"].append((time.perf_counter() - started) / BATCH)
    for number in range(300):
        started = time.perf_counter()
        async with connection.transaction():
            await enqueue_on(connection, noop, Number(number))
        times["transaction_us"].append(time.perf_counter() - started)
    await connection.execute("TRUNCATE job_queue")
    await connection.close()
    return {name: statistics.median(values) * 1e6 for name, values in times.items()}


async def latency(dsn: str, count: int) -> dict[str, float]:
    seen = Seen()
    worker = Worker(dsn, SimpleNamespace(seen=seen), [noop])
    running = asyncio.create_task(worker.run())
    await worker.ready.wait()
    connection = await asyncpg.connect(dsn)
    waits: list[float] = []
    for number in range(count):
        await asyncio.sleep(0.02)
        seen.signal.clear()
        async with connection.transaction():
            await enqueue_on(connection, noop, Number(number))
        committed = time.perf_counter()
        await seen.signal.wait()
        waits.append((time.perf_counter() - committed) * 1e3)
    await worker.stop()
    await running
    await connection.close()
    waits.sort()
    return {"p50_ms": waits[count // 2], "p99_ms": waits[int(count * 0.99)]}


if __name__ == "__main__":
    configure_logging("INFO", "json", stream=open(os.devnull, "wb"))  # noqa: SIM115 - as long as the process
    dsn, what, count = sys.argv[1:]
    parts: dict[str, Any] = {"fill": fill, "work": work, "enqueue": enqueue, "latency": latency}
    print(json.dumps(uvloop.run(parts[what](dsn, int(count)))))
