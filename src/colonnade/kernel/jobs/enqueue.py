"""Inserts jobs into the queue (`job_queue`) inside the caller's transaction: they run after the commit, or never.

The statement that inserts the row also notifies the workers, which PostgreSQL does at the commit.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from colonnade.kernel.jobs.declare import CronJob, Job, JobName
from colonnade.kernel.jobs.lanes import Priority
from colonnade.kernel.jobs.queries import CHANNEL, QUEUED
from colonnade.kernel.observe import current_request

__all__ = ["cron_key", "enqueue_on"]

# The headers are sent as text: the connection may or may not have a JSON codec of its own.
_INSERT = f"""
WITH inserted AS (
    INSERT INTO job_queue (name, lane, priority, payload, run_at, key, headers)
    VALUES ($1, $2, $3, $4, now() + $5::interval, $6, $7::text::jsonb)
    ON CONFLICT (key) WHERE key IS NOT NULL AND state IN ('queued', 'running') DO NOTHING RETURNING id
)
SELECT id, pg_notify('{CHANNEL}', '{QUEUED}') FROM inserted"""

_NOW = timedelta(0)


async def enqueue_on(
    connection: Any,
    job: Job[Any] | JobName[Any] | CronJob,
    payload: Any = None,
    *,
    delay: timedelta | None = None,
    key: str | None = None,
    priority: int | None = None,
) -> int | None:
    """Insert `job` through the asyncpg `connection` in one round trip and return its id.

    With a `key` nothing is inserted, and None returned, while a job with the same key waits or runs. All jobs of a
    database share the keys, so begin them with the job's name. `priority` is a Priority, by default the job's. The id
    of the current request is stored as well, so that the job's log lines carry it.
    """
    if isinstance(job, CronJob):
        data, key = None, key or cron_key(job)
    else:
        data = job.encode(payload)
    request_id = current_request()
    headers = None if request_id is None else msgspec.json.encode({"request_id": request_id}).decode()
    level = job.priority if priority is None else Priority(priority)
    id_: int | None = await connection.fetchval(
        _INSERT, job.name, job.lane.name, int(level), data, delay or _NOW, key, headers
    )
    return id_


def cron_key(job: CronJob) -> str:
    """Return the key that keeps runs of a cron job from overlapping."""
    return f"cron:{job.name}"
