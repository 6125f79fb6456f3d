"""The worker: takes jobs from the queue of one database and runs them, in a server's event loop or alone.

Four tasks share its connection: one takes jobs, one stores their outcomes, one renews leases (with the progress of
running jobs) and learns of cancellations, one turns due times into jobs (`ticker`).
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Coroutine, Sequence
from typing import Any

from colonnade.kernel.jobs import queries
from colonnade.kernel.jobs.connection import CONNECTION_ERRORS, Connection
from colonnade.kernel.jobs.declare import CronJob, Job
from colonnade.kernel.jobs.execute import run_job
from colonnade.kernel.jobs.jobrun import JobRun
from colonnade.kernel.jobs.lanes import DEFAULT_LANE, Lane
from colonnade.kernel.jobs.leased import LeasedJob, LeasedJobs
from colonnade.kernel.jobs.ticker import Ticker
from colonnade.kernel.observe import get_logger

__all__ = ["Worker"]

_log = get_logger("colonnade.jobs")

_MAX_POLL_SECONDS = 5.0
"""The longest interval between polls, and so the longest wait of a job whose notification was lost."""
_MIN_PROGRESS_INTERVAL_SECONDS = 0.5
"""The shortest interval between two updates of progress."""
_TIMER_SLACK_SECONDS = 0.005
"""Timers may fire a moment early."""


class Worker:
    """Runs the jobs of one database until it is stopped.

    It has one connection of its own, which it reopens when PostgreSQL restarts. A job whose worker has not renewed
    its lease for `lease_seconds` is taken by another one, at most half as long again later. Each lane runs up to
    its `concurrency` of jobs at the same time.
    """

    def __init__(
        self,
        dsn: str,
        services: Any,
        jobs: Sequence[Job[Any] | CronJob],
        *,
        name: str = "worker",
        lease_seconds: float = 30.0,
        drain_seconds: float = 10.0,
    ) -> None:
        self.name = name
        self._services = services
        self._connection = Connection(
            dsn, queries.CHANNEL, self._on_notification, application_name=f"colonnade-{name}"
        )
        self._jobs = {job.name: job for job in jobs}
        if len(self._jobs) < len(jobs):
            names = [job.name for job in jobs]
            repeated = {name for name in names if names.count(name) > 1}
            raise ValueError(f"more than one job is called {', '.join(sorted(repeated))}")
        self._lanes = _lanes_of(jobs)
        self._lease_seconds = lease_seconds
        self._poll_seconds = min(_MAX_POLL_SECONDS, lease_seconds / 3)
        self._drain_seconds = drain_seconds
        self._id = ""
        self._leased = LeasedJobs(self._lanes)
        self._stopping = asyncio.Event()
        self._halt = asyncio.Event()
        self._finished = asyncio.Event()
        self._look = asyncio.Event()
        self._settle = asyncio.Event()
        self._renew = asyncio.Event()
        self._ask = asyncio.Event()
        self.ready = asyncio.Event()
        """Set once the worker listens and has polled the queue."""

    @property
    def connected(self) -> bool:
        """Whether the connection to PostgreSQL is open."""
        return self._connection.connected

    @property
    def busy(self) -> int:
        """The number of jobs that run here."""
        return self._leased.running

    async def run(self) -> None:
        """Run jobs until `stop`. Failures of PostgreSQL are logged and retried, never raised."""
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
            await self._connection.close()
            self._finished.set()

    async def stop(self) -> None:
        """Stop taking jobs, let those that run finish within `drain_seconds`, release the rest."""
        self._stopping.set()
        self._halt.set()
        self._connection.give_up()
        await self._finished.wait()

    async def _work(self) -> None:
        """Take and run jobs until told to halt. Raise what PostgreSQL raises, after winding down."""
        self._id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._leased = LeasedJobs(self._lanes)
        ticker = Ticker(self._connection, [job for job in self._jobs.values() if isinstance(job, CronJob)])
        await queries.sort_into_lanes(self._connection, {job.name: job.lane for job in self._jobs.values()})
        await ticker.introduce()
        loops: list[Coroutine[Any, Any, None]] = [
            self._take_jobs(),
            self._settle_jobs(),
            self._renew_leases(),
            ticker.run(self._halt),
        ]
        tasks = [asyncio.create_task(loop) for loop in loops]
        halted = asyncio.create_task(self._halt.wait())
        drain = self._drain_seconds
        try:
            await asyncio.wait([halted, *tasks], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            drain = 0.0
            raise
        finally:
            halted.cancel()
            self._halt.set()
            await self._wind_down(tasks, drain)
        for task in tasks:
            if not task.cancelled():
                task.result()

    async def _wind_down(self, tasks: list[asyncio.Task[None]], drain: float) -> None:
        """Wait for running jobs, then cancel them, then abandon those that ignore the cancellation."""
        jobs, settling = self._leased, tasks[1]
        for seconds in (drain, 2.0):
            if not settling.done():  # otherwise outcomes are not stored, and waiting for them is in vain
                emptied = asyncio.create_task(jobs.empty.wait())
                await asyncio.wait([emptied, settling], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
                emptied.cancel()
            jobs.stop_all()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        try:
            async with asyncio.timeout(2):
                await queries.settle_jobs(self._connection, self._id, jobs.take_settled())
                await queries.return_all(self._connection, self._id)
        except CONNECTION_ERRORS:
            pass  # their leases expire

    async def _take_jobs(self) -> None:
        names = list(self._jobs)
        while not self._halt.is_set():
            self._look.clear()
            free, pause = self._leased.free(), self._poll_seconds
            if free:
                taken, next_in = await queries.take_jobs(
                    self._connection,
                    self._id,
                    free=free,
                    names=names,
                    leased=self._leased.jobs,
                    lease_seconds=self._lease_seconds,
                )
                if self._halt.is_set():
                    return  # the jobs just taken are released with the rest
                self._leased.note_taken(free, taken)
                for row in taken:
                    self._start(row)
                if not self.ready.is_set():
                    _log.info("worker ready", worker=self.name, jobs=len(self._jobs))
                    self.ready.set()
                if next_in is not None:
                    pause = min(pause, next_in + _TIMER_SLACK_SECONDS)
            await _wait(self._look, pause)

    def _start(self, row: queries.Taken) -> None:
        leased = LeasedJob(row, JobRun(row.id, row.name, row.attempts + 1, self._renew.set))
        self._leased.add(leased)
        leased.task = asyncio.create_task(self._run(self._leased, leased))

    async def _run(self, jobs: LeasedJobs, leased: LeasedJob) -> None:
        settled = await run_job(self._jobs[leased.row.name], leased, self._services, self.name)
        if jobs.end(leased, settled):
            self._look.set()
        self._settle.set()

    async def _settle_jobs(self) -> None:
        while True:
            await self._settle.wait()
            self._settle.clear()
            settled = self._leased.take_settled()
            if settled:
                await queries.settle_jobs(self._connection, self._id, settled)
                self._leased.drop([each.id for each in settled])

    async def _renew_leases(self) -> None:
        """Renew after a third of the lease; on progress soon, on a cancellation at once."""
        while True:
            await _wait(self._renew, self._lease_seconds / 3)
            self._renew.clear()
            self._ask.clear()
            progress = self._leased.progress()
            if progress:
                kept = await queries.renew_leases(self._connection, self._id, progress, self._lease_seconds)
                for id_ in progress:
                    leased = self._leased.jobs.get(id_)
                    if leased is not None and kept.get(id_, True):
                        leased.stop("cancelled" if id_ in kept else "lost")
            await _wait(self._ask, min(_MIN_PROGRESS_INTERVAL_SECONDS, self._lease_seconds / 6))

    def _on_notification(self, notification: str) -> None:
        if notification != queries.CANCELLED:
            self._look.set()
        if notification != queries.QUEUED:
            self._ask.set()
            self._renew.set()


def _lanes_of(jobs: Sequence[Job[Any] | CronJob]) -> list[Lane]:
    """Return the lanes of the jobs. Raise ValueError if two of one name differ."""
    lanes = {DEFAULT_LANE.name: DEFAULT_LANE}
    for job in jobs:
        if lanes.setdefault(job.lane.name, job.lane) != job.lane:
            raise ValueError(f"lane {job.lane.name} is declared twice, with different numbers")
    return list(lanes.values())


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
