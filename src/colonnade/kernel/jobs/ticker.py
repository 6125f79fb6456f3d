"""Cron: turns due times into jobs, which are then run, retried and recovered like any other.

PostgreSQL's clock decides, so the machines' clocks need not agree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from colonnade.kernel.jobs.connection import Connection
from colonnade.kernel.jobs.declare import CronJob
from colonnade.kernel.jobs.enqueue import cron_key
from colonnade.kernel.jobs.queries import schedules

__all__ = ["Ticker"]

_MAX_SLEEP_SECONDS = 60.0  # a machine that was suspended notices due jobs within this time


class Ticker:
    """Enqueues cron jobs when they are due."""

    def __init__(self, connection: Connection, jobs: Sequence[CronJob]) -> None:
        self._connection = connection
        self._jobs = {job.name: job for job in jobs}

    async def introduce(self) -> None:
        """Give jobs that are new, or have a new schedule, their first due time."""
        if not self._jobs:
            return
        known = self._known()
        clock = await schedules.fetch_clock(self._connection)
        first = [job.next_after(clock) for job in self._jobs.values()]
        await schedules.forget_changed(self._connection, known)
        await schedules.insert_new(self._connection, known, first)

    async def run(self, halt: asyncio.Event) -> None:
        """Enqueue what becomes due until `halt` is set."""
        if not self._jobs:
            await halt.wait()
            return
        while not halt.is_set():
            wait = _MAX_SLEEP_SECONDS
            for row in await schedules.list_next_runs(self._connection, self._known()):
                wait = min(wait, await self._consider(self._jobs[row["name"]], row))
            try:
                async with asyncio.timeout(wait):
                    await halt.wait()
            except TimeoutError:
                continue

    def _known(self) -> dict[str, str]:
        return {name: job.schedule for name, job in self._jobs.items()}

    async def _consider(self, job: CronJob, row: Any) -> float:
        """Enqueue the job if it is due; return the seconds until it is due next."""
        now, due = row["now"], row["next_run"]
        if due <= now:
            following = job.next_after(now)
            await schedules.tick(
                self._connection,
                job.name,
                job.schedule,
                following,
                lane=job.lane.name,
                priority=int(job.priority),
                key=cron_key(job),
            )
            due = following
        seconds: float = (due - now).total_seconds()
        return max(seconds, 0.0) + 0.005  # timers may fire a moment early
