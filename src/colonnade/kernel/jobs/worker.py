"""The worker: takes jobs from the queue of one database and runs them, in a server's event loop or alone.

Four tasks share its connection: one takes jobs, one writes down their ends, one renews leases (with the progress of
what runs) and hears of cancellations, one turns due times into jobs (`ticker`).
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Coroutine, Sequence
from typing import Any

from colonnade.kernel.jobs import queries
from colonnade.kernel.jobs.connection import CANNOT_CONNECT, Connection
from colonnade.kernel.jobs.declare import CronJob, Job
from colonnade.kernel.jobs.execute import run_job
from colonnade.kernel.jobs.hand import Hand, Held
from colonnade.kernel.jobs.jobrun import JobRun
from colonnade.kernel.jobs.lanes import DEFAULT_LANE, Lane
from colonnade.kernel.jobs.ticker import Ticker
from colonnade.kernel.observe import get_logger

__all__ = ["Worker"]

_log = get_logger("colonnade.jobs")

_POLL_SECONDS = 5.0
"""How long a job waits at most whose notification nobody heard."""
_PROGRESS_SECONDS = 0.5
"""The least time between two accounts of progress."""
_EARLY_SECONDS = 0.005
"""Timers may fire a moment early."""


class Worker:
    """Runs the jobs of one database until it is told to stop.

    It has one connection of its own, opened again by itself when PostgreSQL restarts. A job whose worker has
    not been heard of for `lease_seconds` is taken by another one, at most half as long again later.
    Each lane of the jobs runs as many of them at the same time as it says.
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
        self._connection = Connection(dsn, queries.CHANNEL, self._hear, application_name=f"colonnade-{name}")
        self._jobs = {job.name: job for job in jobs}
        if len(self._jobs) < len(jobs):
            names = [job.name for job in jobs]
            repeated = {name for name in names if names.count(name) > 1}
            raise ValueError(f"more than one job is called {', '.join(sorted(repeated))}")
        self._lanes = _lanes_of(jobs)
        self._lease_seconds = lease_seconds
        self._poll_seconds = min(_POLL_SECONDS, lease_seconds / 3)
        self._drain_seconds = drain_seconds
        self._id = ""
        self._hand = Hand(self._lanes)
        self._stopping = asyncio.Event()
        self._halt = asyncio.Event()
        self._finished = asyncio.Event()
        self._look = asyncio.Event()
        self._settle = asyncio.Event()
        self._renew = asyncio.Event()
        self._ask = asyncio.Event()
        self.ready = asyncio.Event()
        """Set once the worker listens and has looked into the queue."""

    @property
    def connected(self) -> bool:
        """Return whether the connection to PostgreSQL is open."""
        return self._connection.connected

    @property
    def busy(self) -> int:
        """Return how many jobs are running here."""
        return self._hand.running

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
            await self._connection.close()
            self._finished.set()

    async def stop(self) -> None:
        """Take no more jobs, let those that run end within `drain_seconds`, give back the rest."""
        self._stopping.set()
        self._halt.set()
        self._connection.give_up()
        await self._finished.wait()

    async def _work(self) -> None:
        """Take and run jobs until told to halt. Raises what PostgreSQL raises, after an orderly end."""
        self._id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._hand = Hand(self._lanes)
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
        """Wait for running jobs, then cancel them, then leave those that do not listen."""
        hand, settling = self._hand, tasks[1]
        for seconds in (drain, 2.0):
            if not settling.done():  # else nobody would write down how jobs end
                emptied = asyncio.create_task(hand.empty.wait())
                await asyncio.wait([emptied, settling], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
                emptied.cancel()
            hand.stop_all()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        try:
            async with asyncio.timeout(2):
                await queries.settle_jobs(self._connection, self._id, hand.take_settled())
                await queries.return_all(self._connection, self._id)
        except CANNOT_CONNECT:
            pass  # their leases will end

    async def _take_jobs(self) -> None:
        names = list(self._jobs)
        while not self._halt.is_set():
            self._look.clear()
            free, pause = self._hand.free(), self._poll_seconds
            if free:
                taken, next_in = await queries.take_jobs(
                    self._connection,
                    self._id,
                    free=free,
                    names=names,
                    in_hand=self._hand.jobs,
                    lease_seconds=self._lease_seconds,
                )
                if self._halt.is_set():
                    return  # what was just taken goes back with the rest
                self._hand.note_look(free, taken)
                for row in taken:
                    self._start(row)
                if not self.ready.is_set():
                    _log.info("worker ready", worker=self.name, jobs=len(self._jobs))
                    self.ready.set()
                if next_in is not None:
                    pause = min(pause, next_in + _EARLY_SECONDS)
            await _wait(self._look, pause)

    def _start(self, row: queries.Taken) -> None:
        held = Held(row, JobRun(row.id, row.name, row.attempts + 1, self._renew.set))
        self._hand.add(held)
        held.task = asyncio.create_task(self._run(self._hand, held))

    async def _run(self, hand: Hand, held: Held) -> None:
        settled = await run_job(self._jobs[held.row.name], held, self._services, self.name)
        if hand.end(held, settled):
            self._look.set()
        self._settle.set()

    async def _settle_jobs(self) -> None:
        while True:
            await self._settle.wait()
            self._settle.clear()
            settled = self._hand.take_settled()
            if settled:
                await queries.settle_jobs(self._connection, self._id, settled)
                self._hand.drop([each.id for each in settled])

    async def _renew_leases(self) -> None:
        """Renew at a third of the lease; on progress soon, on a cancellation at once."""
        while True:
            await _wait(self._renew, self._lease_seconds / 3)
            self._renew.clear()
            self._ask.clear()
            progress = self._hand.progress()
            if progress:
                kept = await queries.renew_leases(self._connection, self._id, progress, self._lease_seconds)
                for id_ in progress:
                    held = self._hand.jobs.get(id_)
                    if held is not None and kept.get(id_, True):
                        held.stop("cancelled" if id_ in kept else "lost")
            await _wait(self._ask, min(_PROGRESS_SECONDS, self._lease_seconds / 6))

    def _hear(self, notification: str) -> None:
        if notification != queries.CANCELLED:
            self._look.set()
        if notification != queries.QUEUED:
            self._ask.set()
            self._renew.set()


def _lanes_of(jobs: Sequence[Job[Any] | CronJob]) -> list[Lane]:
    """Return the lanes of the jobs. Raises ValueError where two of one name differ."""
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
