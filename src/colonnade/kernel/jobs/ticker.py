"""Cron: turning due times into jobs.

Each cron job has a row with its next due time. One statement advances that time and inserts the job, so of
several workers one wins the row, and a worker that is killed has either done both or neither; the job itself
is then run, repeated and recovered like any other. (PgQueuer's own scheduler runs the work inside the
scheduler: a run that is killed is found again at the next due time only, and one that fails is not repeated.)
PostgreSQL's clock decides, so the machines' clocks need not agree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from colonnade.kernel.jobs.declare import CronJob
from colonnade.kernel.jobs.driver import ReconnectingDriver
from colonnade.kernel.jobs.enqueue import cron_key

__all__ = ["Ticker"]

_LONGEST_SLEEP_SECONDS = 60.0  # a machine that was suspended finds out within this time

_FORGET = """
DELETE FROM pgqueuer_schedules AS old USING unnest($1::text[], $2::text[]) AS kept (name, schedule)
WHERE old.entrypoint = kept.name AND old.expression <> kept.schedule"""

_INTRODUCE = """
INSERT INTO pgqueuer_schedules (entrypoint, expression, next_run)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
ON CONFLICT (expression, entrypoint) DO NOTHING"""

_LOOK = """
SELECT schedules.entrypoint AS name, schedules.next_run, now() AS now
FROM pgqueuer_schedules AS schedules JOIN unnest($1::text[], $2::text[]) AS known (name, schedule)
    ON schedules.entrypoint = known.name AND schedules.expression = known.schedule"""

_TICK = """
WITH due AS (
    UPDATE pgqueuer_schedules SET next_run = $3, last_run = now(), updated = now()
    WHERE entrypoint = $1 AND expression = $2 AND next_run <= now() RETURNING entrypoint
)
INSERT INTO pgqueuer (priority, entrypoint, dedupe_key, status) SELECT 0, entrypoint, $4, 'queued' FROM due
ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL DO NOTHING"""


class Ticker:
    """Enqueues cron jobs when they are due."""

    def __init__(self, driver: ReconnectingDriver, jobs: Sequence[CronJob]) -> None:
        self._driver = driver
        self._jobs = {job.name: job for job in jobs}

    async def run(self, halt: asyncio.Event) -> None:
        """Work until `halt` is set."""
        if not self._jobs:
            await halt.wait()
            return
        names = list(self._jobs)
        schedules = [job.schedule for job in self._jobs.values()]
        (clock,) = await self._driver.fetch("SELECT now() AS now")
        first = [job.next_after(_moment(clock["now"])) for job in self._jobs.values()]
        await self._driver.execute(_FORGET, names, schedules)
        await self._driver.execute(_INTRODUCE, names, schedules, first)
        while not halt.is_set():
            wait = _LONGEST_SLEEP_SECONDS
            for row in await self._driver.fetch(_LOOK, names, schedules):
                wait = min(wait, await self._consider(self._jobs[str(row["name"])], row))
            try:
                async with asyncio.timeout(wait):
                    await halt.wait()
            except TimeoutError:
                continue

    async def _consider(self, job: CronJob, row: dict[str, Any]) -> float:
        """Enqueue the job if it is due; gives the seconds until it is due next."""
        now, due = _moment(row["now"]), _moment(row["next_run"])
        if due <= now:
            following = job.next_after(now)
            await self._driver.execute(_TICK, job.name, job.schedule, following, cron_key(job))
            due = following
        return max((due - now).total_seconds(), 0.0) + 0.005  # timers may fire a moment early


def _moment(value: object) -> datetime:
    assert isinstance(value, datetime)
    return value
