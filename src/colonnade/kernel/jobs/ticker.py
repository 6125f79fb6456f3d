"""Cron: turns due times (`job_schedules`) into jobs.

Each cron job has a row with its next due time. One statement advances that time and inserts the job, so only one
of several workers wins the row, and a worker that is killed has either done both or neither; the job itself is
then run, retried and recovered like any other. PostgreSQL's clock decides, so the machines' clocks need not agree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from colonnade.kernel.jobs.connection import Connection
from colonnade.kernel.jobs.declare import CronJob
from colonnade.kernel.jobs.enqueue import cron_key
from colonnade.kernel.jobs.queries import CHANNEL, QUEUED

__all__ = ["Ticker"]

_MAX_SLEEP_SECONDS = 60.0  # a machine that was suspended notices due jobs within this time

_FORGET = """
DELETE FROM job_schedules AS old USING unnest($1::text[], $2::text[]) AS kept (name, schedule)
WHERE old.name = kept.name AND old.schedule <> kept.schedule"""

_INTRODUCE = """
INSERT INTO job_schedules (name, schedule, next_run)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
ON CONFLICT (name, schedule) DO NOTHING"""

_LOOK = """
SELECT name, next_run, now() AS now
FROM job_schedules JOIN unnest($1::text[], $2::text[]) AS known (name, schedule) USING (name, schedule)"""

_TICK = """
WITH due AS (
    UPDATE job_schedules SET next_run = $3, last_run = now()
    WHERE name = $1 AND schedule = $2 AND next_run <= now() RETURNING name
), inserted AS (
    INSERT INTO job_queue (name, lane, priority, key) SELECT name, $4, $5, $6 FROM due
    ON CONFLICT (key) WHERE key IS NOT NULL AND state IN ('queued', 'running') DO NOTHING RETURNING id
)
SELECT pg_notify($7, $8) FROM inserted"""


class Ticker:
    """Enqueues cron jobs when they are due."""

    def __init__(self, connection: Connection, jobs: Sequence[CronJob]) -> None:
        self._connection = connection
        self._jobs = {job.name: job for job in jobs}

    async def introduce(self) -> None:
        """Give jobs that are new, or have a new schedule, their first due time."""
        if not self._jobs:
            return
        names, schedules = self._known()
        (clock,) = await self._connection.fetch("SELECT now() AS now")
        first = [job.next_after(clock["now"]) for job in self._jobs.values()]
        await self._connection.fetch(_FORGET, names, schedules)
        await self._connection.fetch(_INTRODUCE, names, schedules, first)

    async def run(self, halt: asyncio.Event) -> None:
        """Enqueue what becomes due until `halt` is set."""
        if not self._jobs:
            await halt.wait()
            return
        while not halt.is_set():
            wait = _MAX_SLEEP_SECONDS
            for row in await self._connection.fetch(_LOOK, *self._known()):
                wait = min(wait, await self._consider(self._jobs[row["name"]], row))
            try:
                async with asyncio.timeout(wait):
                    await halt.wait()
            except TimeoutError:
                continue

    def _known(self) -> tuple[list[str], list[str]]:
        return list(self._jobs), [job.schedule for job in self._jobs.values()]

    async def _consider(self, job: CronJob, row: Any) -> float:
        """Enqueue the job if it is due; return the seconds until it is due next."""
        now, due = row["now"], row["next_run"]
        if due <= now:
            following = job.next_after(now)
            await self._connection.fetch(
                _TICK,
                job.name,
                job.schedule,
                following,
                job.lane.name,
                int(job.priority),
                cron_key(job),
                CHANNEL,
                QUEUED,
            )
            due = following
        seconds: float = (due - now).total_seconds()
        return max(seconds, 0.0) + 0.005  # timers may fire a moment early
