"""The worker: takes jobs from the queue of one database and runs them, in a server's event loop or alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import asyncpg
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.types import Channel

from colonnade.kernel.jobs.declare import CronJob, Job
from colonnade.kernel.jobs.driver import ReconnectingDriver
from colonnade.kernel.jobs.execute import RunJob, Running
from colonnade.kernel.jobs.queue import CHANNEL, KeepingQueries
from colonnade.kernel.jobs.ticker import Ticker
from colonnade.kernel.observe import get_logger

__all__ = ["Worker"]

_log = get_logger("colonnade.jobs")

_PRUNE = """
DELETE FROM pgqueuer_log
WHERE created < now() - interval '7 days' AND job_id NOT IN (SELECT id FROM pgqueuer)"""

# PgQueuer logs failures with their messages, which may quote payloads; `execute` logs them without.
logging.getLogger("pgqueuer").addFilter(
    lambda record: not record.getMessage().startswith(("Exception while processing", "Retry requested"))
)


class Worker:
    """Runs the jobs of one database until it is told to stop.

    It has one connection of its own, opened again by itself when PostgreSQL restarts. A job whose worker has
    not been heard of for `heartbeat_timeout_seconds` is taken by another one, at most as long again later.
    `concurrency` (at least 2) is how many jobs run at the same time.
    """

    def __init__(
        self,
        dsn: str,
        services: Any,
        jobs: Sequence[Job[Any] | CronJob],
        *,
        name: str = "worker",
        concurrency: int = 10,
        heartbeat_timeout_seconds: float = 30.0,
        drain_seconds: float = 10.0,
    ) -> None:
        self.name = name
        self._services = services
        self._driver = ReconnectingDriver(dsn, application_name=f"colonnade-{name}")
        self._jobs = [*jobs, CronJob(self._prune, "17 * * * *", "jobs.prune", "UTC", 1, 60, 5)]
        repeated = {job.name for job in self._jobs if sum(other.name == job.name for other in self._jobs) > 1}
        if repeated:
            raise ValueError(f"more than one job is called {', '.join(sorted(repeated))}")
        self._concurrency = max(concurrency, 2)
        self._heartbeat_timeout = timedelta(seconds=heartbeat_timeout_seconds)
        self._drain_seconds = drain_seconds
        self._running = Running()
        self._stopping = asyncio.Event()
        self._halt = asyncio.Event()
        self._finished = asyncio.Event()
        self.ready = asyncio.Event()
        """Set once the worker listens and has looked into the queue."""

    @property
    def connected(self) -> bool:
        """Whether the connection to PostgreSQL is open."""
        return self._driver.connected

    @property
    def busy(self) -> int:
        """How many jobs are running here."""
        return len(self._running.tasks)

    async def run(self) -> None:
        """Work until `stop`. Failures of PostgreSQL are logged and waited out, never raised."""
        delay = 1.0
        try:
            while not self._stopping.is_set():
                self._halt.clear()
                try:
                    await self._work()
                    delay = 1.0
                except Exception as error:
                    if self._stopping.is_set():
                        break
                    _log.error("worker failed", worker=self.name, error=type(error).__name__, exc_info=error)
                    delay = min(delay * 2, 30.0)
                    await _wait(self._stopping, delay)
        finally:
            await self._driver.close()
            self._finished.set()

    async def stop(self) -> None:
        """Take no more jobs, let those that run end within `drain_seconds`, give back the rest."""
        self._stopping.set()
        self._halt.set()
        self._driver.give_up()
        await self._finished.wait()

    async def _work(self) -> None:
        """Run PgQueuer's queue manager and the ticker until one of them ends."""
        queries = KeepingQueries(self._driver)
        manager = QueueManager(queries, Channel(CHANNEL))
        manager.shutdown = self._halt
        queries.manager_id = manager.queue_manager_id
        for job in self._jobs:
            manager.register_executor(job.name, RunJob(job, self._services, self._running, self.name))
        ticker = Ticker(self._driver, [job for job in self._jobs if isinstance(job, CronJob)])
        batch = max(self._concurrency // 2, 1)
        tasks = {
            asyncio.create_task(
                manager.run(
                    dequeue_timeout=self._heartbeat_timeout,
                    batch_size=batch,
                    max_concurrent_tasks=self._concurrency,
                    heartbeat_timeout=self._heartbeat_timeout,
                    log_aggregation_interval=timedelta(0),  # its statistics are not used
                )
            ),
            asyncio.create_task(ticker.run(self._halt)),
        }
        announce = asyncio.create_task(self._announce(queries))
        drain = self._drain_seconds
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            drain = 0.0
            raise
        finally:
            announce.cancel()
            self._halt.set()
            await self._wind_down(tasks, drain, queries)
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()

    async def _wind_down(self, tasks: set[asyncio.Task[None]], drain: float, queries: KeepingQueries) -> None:
        """Wait for running jobs, then cancel them, then leave those that do not listen."""
        _, left = await asyncio.wait(tasks, timeout=drain)
        if left:
            self._running.cancel()
            _, left = await asyncio.wait(left, timeout=2)
        if left:
            try:
                async with asyncio.timeout(2):
                    await queries.release()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                pass  # their heartbeats will be missed
            for task in left:
                task.cancel()

    async def _announce(self, queries: KeepingQueries) -> None:
        await queries.looked.wait()
        _log.info("worker ready", worker=self.name, jobs=len(self._jobs))
        self.ready.set()

    async def _prune(self, _: Any) -> None:
        """What became of jobs is of no interest for long; of those still in the queue it is."""
        await self._driver.execute(_PRUNE)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
