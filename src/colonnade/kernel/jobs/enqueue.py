"""Putting a job into the queue inside the caller's transaction: it runs after the commit, or never.

The row's insertion notifies the workers (a trigger of PgQueuer's), which PostgreSQL delivers at the commit.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from colonnade.kernel.jobs.declare import CronJob, Job, JobName
from colonnade.kernel.observe import current_request

__all__ = ["enqueue_on"]

# The headers travel as text: the connection may or may not have a JSON codec of its own.
_INSERT = """
INSERT INTO pgqueuer (priority, entrypoint, payload, execute_after, dedupe_key, headers, status)
VALUES (0, $1, $2, now() + $3::interval, $4, $5::text::jsonb, 'queued')
ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL DO NOTHING
RETURNING id"""

_NOW = timedelta(0)


async def enqueue_on(
    connection: Any,
    job: Job[Any] | JobName[Any] | CronJob,
    payload: Any = None,
    *,
    delay: timedelta | None = None,
    key: str | None = None,
) -> int | None:
    """Insert `job` through the asyncpg `connection` in one round trip; gives its id.

    With a `key` nothing is inserted, and None given, while a job with the same key waits or runs. Keys are
    shared by all jobs of a database, so begin them with the job's name. The id of the request at hand goes
    along, so that the job's log lines carry it.
    """
    if isinstance(job, CronJob):
        data, key = None, key or cron_key(job)
    else:
        data = job.encode(payload)
    request_id = current_request()
    headers = None if request_id is None else msgspec.json.encode({"request_id": request_id}).decode()
    id_: int | None = await connection.fetchval(_INSERT, job.name, data, delay or _NOW, key, headers)
    return id_


def cron_key(job: CronJob) -> str:
    """The key that keeps a cron job from running beside itself."""
    return f"cron:{job.name}"
