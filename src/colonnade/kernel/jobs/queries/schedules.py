"""The statements about the due times of cron jobs (`job_schedules`): a row per job with its next one.

One statement advances that time and inserts the job, so only one of several workers wins the row, and a worker that
is killed has either done both or neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from colonnade.kernel.jobs.connection import Connection
from colonnade.kernel.jobs.queries import CHANNEL, QUEUED

__all__ = ["fetch_clock", "forget_changed", "insert_new", "list_next_runs", "tick"]

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


async def fetch_clock(connection: Connection) -> datetime:
    """Return the time of PostgreSQL's clock."""
    (row,) = await connection.fetch("SELECT now() AS now")
    clock: datetime = row["now"]
    return clock


async def forget_changed(connection: Connection, schedules: Mapping[str, str]) -> None:
    """Delete the due times of jobs whose schedule has changed; `schedules` is by the jobs' names."""
    await connection.fetch(_FORGET, list(schedules), list(schedules.values()))


async def insert_new(
    connection: Connection, schedules: Mapping[str, str], first_runs: Sequence[datetime]
) -> None:
    """Insert the first due times of jobs that have none; `first_runs` is in the order of `schedules`."""
    await connection.fetch(_INTRODUCE, list(schedules), list(schedules.values()), first_runs)


async def list_next_runs(connection: Connection, schedules: Mapping[str, str]) -> list[Any]:
    """Return name and next due time of each job, with PostgreSQL's time (`now`)."""
    return await connection.fetch(_LOOK, list(schedules), list(schedules.values()))


async def tick(
    connection: Connection,
    name: str,
    schedule: str,
    next_run: datetime,
    *,
    lane: str,
    priority: int,
    key: str,
) -> None:
    """Enqueue a job and set its next due time to `next_run`, unless another worker has done so."""
    await connection.fetch(_TICK, name, schedule, next_run, lane, priority, key, CHANNEL, QUEUED)
