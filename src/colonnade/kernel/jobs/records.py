"""Looking into the queue: lists, counts, another chance for held jobs. Payloads are never shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

from colonnade.kernel.jobs.queue import CHANNEL, wake_up

__all__ = ["JobCounts", "JobRecord", "JobState", "count_jobs", "discard_jobs", "list_jobs", "retry_jobs"]

JobState = Literal["queued", "delayed", "running", "held"]


class _Executor(Protocol):
    """The part of the kernel's Executor used here; asyncpg's rows by name."""

    async def fetch(self, sql: str, *args: Any) -> list[Any]: ...
    async def fetch_row(self, sql: str, *args: Any) -> Any: ...
    async def fetch_value(self, sql: str, *args: Any) -> Any: ...


class JobRecord(msgspec.Struct, frozen=True):
    """A job in the queue. `error` is its last failure, `Type: message`; `attempts` counts failed ones."""

    id: int
    name: str
    state: JobState
    attempts: int
    key: str | None
    created_at: datetime
    run_at: datetime
    error: str | None


class JobCounts(msgspec.Struct, frozen=True):
    """Jobs by state, and the age in seconds of the job that has been due the longest."""

    queued: int
    delayed: int
    running: int
    held: int
    oldest_due_seconds: float


_STATE = """CASE status WHEN 'failed' THEN 'held' WHEN 'picked' THEN 'running'
    ELSE CASE WHEN execute_after > now() THEN 'delayed' ELSE 'queued' END END"""

# PgQueuer keeps the reason of a retry as the message of its own exception.
_LIST = f"""
SELECT job.id, job.entrypoint AS name, job.state, job.attempts, job.dedupe_key AS key,
       job.created AS created_at, job.execute_after AS run_at, failure.error
FROM (SELECT *, {_STATE} AS state FROM pgqueuer) AS job
LEFT JOIN LATERAL (
    SELECT CASE traceback->>'exception_type' WHEN 'RetryRequested' THEN traceback->>'exception_message'
           ELSE concat_ws(': ', traceback->>'exception_type', nullif(traceback->>'exception_message', ''))
           END AS error
    FROM pgqueuer_log WHERE job_id = job.id AND traceback IS NOT NULL ORDER BY created DESC, id DESC LIMIT 1
) AS failure ON true
WHERE $1::text IS NULL OR job.state = $1
ORDER BY job.id DESC LIMIT $2"""

_COUNT = """
SELECT count(*) FILTER (WHERE status = 'queued' AND execute_after <= now()) AS queued,
       count(*) FILTER (WHERE status = 'queued' AND execute_after > now()) AS delayed,
       count(*) FILTER (WHERE status = 'picked') AS running,
       count(*) FILTER (WHERE status = 'failed') AS held,
       coalesce(extract(epoch FROM now() - min(execute_after) FILTER (
           WHERE status = 'queued' AND execute_after <= now())), 0)::float8 AS oldest_due_seconds
FROM pgqueuer"""

# A key may belong to one waiting job only: where several held jobs share one, the newest is retried.
_RETRY = """
WITH candidates AS (
    SELECT id, dedupe_key, row_number() OVER (
        PARTITION BY dedupe_key, CASE WHEN dedupe_key IS NULL THEN id END ORDER BY id DESC) AS turn
    FROM pgqueuer WHERE status = 'failed' AND ($1::bigint[] IS NULL OR id = ANY($1))
), retried AS (
    UPDATE pgqueuer SET status = 'queued', attempts = 0, execute_after = now(), updated = now(),
        queue_manager_id = NULL
    WHERE status = 'failed' AND id IN (
        SELECT id FROM candidates WHERE turn = 1 AND NOT EXISTS (
            SELECT 1 FROM pgqueuer AS other
            WHERE other.dedupe_key = candidates.dedupe_key AND other.status IN ('queued', 'picked')))
    RETURNING id
)
SELECT count(*) AS retried, pg_notify($2, $3) FROM retried"""

_DISCARD = """
WITH discarded AS (DELETE FROM pgqueuer WHERE status = 'failed' AND id = ANY($1::bigint[]) RETURNING id)
SELECT count(*) FROM discarded"""


async def list_jobs(db: _Executor, state: JobState | None = None, *, limit: int = 100) -> list[JobRecord]:
    """The newest jobs in the queue, of one state or any. A job that succeeded is in the queue no more."""
    rows = await db.fetch(_LIST, state, limit)
    return [JobRecord(**dict(row)) for row in rows]


async def count_jobs(db: _Executor) -> JobCounts:
    """How many jobs there are by state."""
    return JobCounts(**dict(await db.fetch_row(_COUNT)))


async def retry_jobs(db: _Executor, ids: Sequence[int] | None = None) -> int:
    """Queue held jobs again with all their attempts, those of `ids` or all; gives how many.

    A held job whose key another job has taken meanwhile stays held.
    """
    row = await db.fetch_row(_RETRY, None if ids is None else list(ids), CHANNEL, wake_up())
    return int(row["retried"])


async def discard_jobs(db: _Executor, ids: Sequence[int]) -> int:
    """Delete held jobs, payload and all; gives how many."""
    return int(await db.fetch_value(_DISCARD, list(ids)))
