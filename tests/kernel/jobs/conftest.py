"""A database with the job queue and a table in which handlers note their runs; workers, stopped after each test."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

import colonnade.kernel.db
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import Worker, enqueue_all_on, enqueue_on
from colonnade.kernel.testing.nursery import ForkedProcess, Nursery

HERE = Path(__file__).parent
NURSERY = Nursery(HERE / "worker_process.py", "tests.kernel.jobs.worker_process:main", folder=HERE.parents[2])
_MIGRATIONS = Path(colonnade.kernel.db.__file__).parent / "migrations"
BEFORE, OWN, *CONCERNS = (
    (_MIGRATIONS / name).read_text()
    for name in ("0005_jobs.sql", "0038_job_queue.sql", "0040_jobs_concern.sql", "0041_jobs_marked.sql")
)
RUNS = """
CREATE TABLE runs (id bigserial PRIMARY KEY, who text NOT NULL, what text NOT NULL);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NOTIFY changed; RETURN NULL; END $$;
CREATE TRIGGER tell AFTER INSERT ON runs EXECUTE FUNCTION tell();
CREATE TRIGGER tell_queue AFTER INSERT OR UPDATE OR DELETE ON job_queue EXECUTE FUNCTION tell();
"""


class Queue:
    """The database under test, seen from outside the workers."""

    def __init__(self, dsn: str, connection: Any) -> None:
        self.dsn = dsn
        self.db = Database(dsn, enqueue=enqueue_on, enqueue_all=enqueue_all_on)
        self.connection = connection
        self._changed = asyncio.Event()

    async def enqueue(self, *args: Any, **kwargs: Any) -> int | None:
        return await enqueue_on(self.connection, *args, **kwargs)

    async def runs(self) -> list[str]:
        rows = await self.connection.fetch("SELECT what FROM runs ORDER BY id")
        return [row["what"] for row in rows]

    async def until(self, condition: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
        """Wait until `condition` holds; it is checked after every change of the tables."""
        async with asyncio.timeout(seconds):
            while True:
                self._changed.clear()
                if await condition():
                    return
                await self._changed.wait()

    async def until_runs(self, expected: list[str]) -> None:
        async def as_expected() -> bool:
            return await self.runs() == expected

        await self.until(as_expected)

    async def until_empty(self) -> None:
        async def empty() -> bool:
            return not await self.connection.fetchval("SELECT count(*) FROM job_queue")

        await self.until(empty)

    async def until_states(self, expected: list[str]) -> None:
        """Wait until the jobs have these states, oldest first."""

        async def as_expected() -> bool:
            rows = await self.connection.fetch("SELECT state FROM job_queue ORDER BY id")
            return [row["state"] for row in rows] == expected

        await self.until(as_expected)

    def on_change(self, *_: Any) -> None:
        self._changed.set()


@pytest.fixture
async def queue(fresh_database: Callable[[], Awaitable[str]]) -> AsyncIterator[Queue]:
    dsn = await fresh_database()
    connection = await asyncpg.connect(dsn)
    await connection.execute(BEFORE)
    await connection.execute(OWN)
    await connection.execute("".join(CONCERNS))
    await connection.execute(RUNS)
    queue = Queue(dsn, connection)
    await connection.add_listener("changed", queue.on_change)
    yield queue
    await queue.db.close()
    await connection.close()


StartWorker = Callable[..., Awaitable[Worker]]


@pytest.fixture
async def start_worker(queue: Queue) -> AsyncIterator[StartWorker]:
    started: list[tuple[Worker, asyncio.Task[None]]] = []

    async def start(*jobs: Any, **options: Any) -> Worker:
        worker = Worker(queue.dsn, SimpleNamespace(db=queue.db), jobs, **options)
        started.append((worker, asyncio.create_task(worker.run())))
        async with asyncio.timeout(10):
            await worker.ready.wait()
        return worker

    yield start
    for worker, task in started:
        await worker.stop()
        await task


class Process:
    """A worker in a process of its own (see worker_process.py)."""

    def __init__(self, process: ForkedProcess) -> None:
        self._process = process
        self.pid = str(process.pid)

    async def kill(self) -> None:
        self._process.kill()
        await asyncio.to_thread(self._process.wait, 30)

    def close(self) -> None:
        """Close the pipes of its output: the collector would, in the middle of another test."""
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()

    async def terminate(self) -> int:
        self._process.terminate()
        return await asyncio.to_thread(self._process.wait, 30)


@pytest.fixture
async def start_process(queue: Queue) -> AsyncIterator[Callable[[], Awaitable[Process]]]:
    started: list[Process] = []

    async def start() -> Process:
        process = await asyncio.to_thread(NURSERY.start, [queue.dsn], env=os.environ, cwd=HERE)
        started.append(Process(process))
        assert process.stdout is not None
        assert process.stderr is not None
        while line := await asyncio.to_thread(process.stdout.readline):
            if line == "ready\n":
                break
        assert line, process.stderr.read()
        return started[-1]

    yield start
    for process in started:
        await process.kill()
        process.close()
