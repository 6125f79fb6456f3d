"""A worker as a program, for tests that need several processes or kill one: `worker_process.py DSN`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from types import SimpleNamespace

import asyncpg
import msgspec

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import Worker, cron, job

GATE = 4242  # handlers wait for this advisory lock, so a test decides when they may end


class Payload(msgspec.Struct):
    name: str


async def note(dsn: str, what: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("INSERT INTO runs (who, what) VALUES ($1, $2)", str(os.getpid()), what)
    await connection.close()


@job("test.gated", max_attempts=3)
async def gated(payload: Payload, db: Database) -> None:
    dsn = db.dsn
    await note(dsn, f"begin {payload.name}")
    connection = await asyncpg.connect(dsn)
    await connection.execute("SELECT pg_advisory_lock($1)", GATE)
    await connection.close()
    await note(dsn, f"end {payload.name}")


@cron("0 3 * * *", name="test.nightly", timezone="Asia/Jakarta")
async def nightly(db: Database) -> None:
    await note(db.dsn, "nightly")


async def work(dsn: str) -> None:
    services = SimpleNamespace(db=Database(dsn))
    worker = Worker(
        dsn, services, [gated, nightly], lease_seconds=1, drain_seconds=0.5, name=str(os.getpid())
    )
    loop = asyncio.get_running_loop()
    run = loop.create_task(worker.run())
    loop.add_signal_handler(signal.SIGTERM, lambda: loop.create_task(worker.stop()))
    await worker.ready.wait()
    print("ready", flush=True)
    await run


def main() -> None:
    """Work on the queue of the database whose DSN is the only argument."""
    asyncio.run(work(sys.argv[1]))


if __name__ == "__main__":
    main()
