"""Inspects the queue (`job_queue`) from outside: lists, counts, retries of held jobs, cancellation, removal.

Nobody is shown payloads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import msgspec

from colonnade.kernel.jobs.concerns import account_concerned, address_concerned
from colonnade.kernel.jobs.queries import CANCELLED, CHANNEL, QUEUED

__all__ = [
    "JobCounts",
    "JobRecord",
    "JobState",
    "JobsCancelled",
    "cancel_jobs",
    "cancel_jobs_about",
    "cancel_jobs_about_addresses",
    "count_jobs",
    "find_job",
    "key_in_use",
    "list_jobs",
    "prune_held",
    "retry_jobs",
]

JobState = Literal["queued", "delayed", "running", "held"]


class _Executor(Protocol):
    """The part of the kernel's Executor used here; asyncpg's rows by name."""

    async def fetch(self, sql: str, *args: Any) -> list[Any]: ...
    async def fetch_row(self, sql: str, *args: Any) -> Any: ...
    async def fetch_value(self, sql: str, *args: Any) -> Any: ...


class JobRecord(msgspec.Struct, frozen=True):
    """A job in the queue. `error` is its last failure, `Type: message`; `attempts` counts failed ones.

    `progress` (0 to 1) and `note` are what its handler reported last, `worker` is `host:pid:run`. A job that is
    `cancelled` and still here is being stopped.
    """

    id: int
    name: str
    lane: str
    priority: int
    state: JobState
    attempts: int
    key: str | None
    created_at: datetime
    run_at: datetime
    error: str | None
    worker: str | None
    progress: float | None
    note: str | None
    cancelled: bool


class JobsCancelled(msgspec.Struct, frozen=True):
    """The number of jobs removed from the queue, and of those that still run and are being stopped."""

    removed: int
    stopping: int


class JobCounts(msgspec.Struct, frozen=True):
    """Jobs by state, and the age in seconds of the job that has been due the longest."""

    queued: int
    delayed: int
    running: int
    held: int
    oldest_due_seconds: float


_STATE = "CASE WHEN state = 'queued' AND run_at > now() THEN 'delayed' ELSE state END"

_COLUMNS = f"""id, name, lane, priority, {_STATE} AS state, attempts, key, created_at, run_at, error, worker,
    progress, note, cancelled"""

_LIST = f"""
SELECT * FROM (SELECT {_COLUMNS} FROM job_queue) AS job
WHERE $1::text IS NULL OR state = $1 ORDER BY id DESC LIMIT $2"""

_FIND = f"SELECT {_COLUMNS} FROM job_queue WHERE id = $1"

_COUNT = """
SELECT count(*) FILTER (WHERE state = 'queued' AND run_at <= now()) AS queued,
       count(*) FILTER (WHERE state = 'queued' AND run_at > now()) AS delayed,
       count(*) FILTER (WHERE state = 'running') AS running,
       count(*) FILTER (WHERE state = 'held') AS held,
       coalesce(extract(epoch FROM now() - min(run_at) FILTER (
           WHERE state = 'queued' AND run_at <= now())), 0)::float8 AS oldest_due_seconds
FROM job_queue"""

# Only one waiting job may have a key: if several held jobs share one, the newest is retried.
_RETRY = """
WITH candidates AS (
    SELECT id, key, row_number() OVER (
        PARTITION BY key, CASE WHEN key IS NULL THEN id END ORDER BY id DESC) AS turn
    FROM job_queue WHERE state = 'held' AND ($1::bigint[] IS NULL OR id = ANY($1))
), retried AS (
    UPDATE job_queue SET state = 'queued', attempts = 0, run_at = now()
    WHERE state = 'held' AND id IN (
        SELECT id FROM candidates WHERE turn = 1 AND NOT EXISTS (
            SELECT 1 FROM job_queue AS other
            WHERE other.key = candidates.key AND other.state IN ('queued', 'running')))
    RETURNING id
)
SELECT count(*) AS retried, pg_notify($2, $3) FROM retried"""

# Jobs are locked first, so that each is either still waiting or already taken by a worker. One that runs loses its key
# at once: enqueueing the same work again would otherwise be ignored in favour of a job that is being stopped.
_CANCEL = """
WITH wanted AS MATERIALIZED (
    SELECT id, state FROM job_queue WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE
), removed AS (
    DELETE FROM job_queue USING wanted WHERE job_queue.id = wanted.id AND wanted.state <> 'running' RETURNING 1
), stopping AS (
    UPDATE job_queue SET cancelled = true, key = NULL FROM wanted
    WHERE job_queue.id = wanted.id AND wanted.state = 'running' RETURNING 1
)
SELECT (SELECT count(*) FROM removed) AS removed, (SELECT count(*) FROM stopping) AS stopping, pg_notify($2, $3)"""


# A job is held at its `run_at`: settling it has set that to now.
_PRUNE_HELD = """
WITH pruned AS (
    DELETE FROM job_queue WHERE state = 'held' AND run_at < now() - $1::interval RETURNING 1
)
SELECT count(*) FROM pruned"""

FIND_ABOUT = "SELECT id FROM job_queue WHERE concerns = ANY($1::text[])"

# Addresses whose spellings small letters alone do not bring together.
_FIND_OTHERS = """
SELECT id, substr(concerns, 8) AS address FROM job_queue
WHERE concerns LIKE 'mailto:%' AND octet_length(concerns) <> char_length(concerns)"""


def key_in_use(key: str) -> str:
    """Return an SQL condition: a job with the key that the SQL expression `key` yields waits or runs."""
    return (
        f"EXISTS (SELECT FROM job_queue AS job WHERE job.key = {key} AND job.state IN ('queued', 'running'))"
    )


async def list_jobs(db: _Executor, state: JobState | None = None, *, limit: int = 100) -> list[JobRecord]:
    """Return the newest jobs in the queue, of one state or any. A job that succeeded has left the queue."""
    rows = await db.fetch(_LIST, state, limit)
    return [JobRecord(**dict(row)) for row in rows]


async def find_job(db: _Executor, id_: int) -> JobRecord | None:
    """Return the job of this id, or None if it is not in the queue."""
    row = await db.fetch_row(_FIND, id_)
    return None if row is None else JobRecord(**dict(row))


async def count_jobs(db: _Executor) -> JobCounts:
    """Count the jobs by state."""
    return JobCounts(**dict(await db.fetch_row(_COUNT)))


async def retry_jobs(db: _Executor, ids: Sequence[int] | None = None) -> int:
    """Queue held jobs again with all their attempts, those of `ids` or all; return how many.

    A held job whose key another job has taken meanwhile stays held.
    """
    row = await db.fetch_row(_RETRY, None if ids is None else list(ids), CHANNEL, QUEUED)
    return int(row["retried"])


async def prune_held(db: _Executor, age: timedelta) -> int:
    """Remove jobs that have been held for longer than `age`; return how many."""
    return int(await db.fetch_value(_PRUNE_HELD, age))


async def cancel_jobs(db: _Executor, ids: Sequence[int]) -> JobsCancelled:
    """Remove jobs from the queue for good, whatever their state.

    The worker of a running one stops it at its next await; it is not retried. A worker that misses the notification
    learns of it when it renews its lease.
    """
    row = await db.fetch_row(_CANCEL, list(ids), CHANNEL, CANCELLED)
    return JobsCancelled(row["removed"], row["stopping"])


async def cancel_jobs_about(db: _Executor, account_id: int, email: str) -> JobsCancelled:
    """Cancel the jobs that concern an account, by its id or its address `email`, whatever their state."""
    rows = await db.fetch(FIND_ABOUT, [account_concerned(account_id), address_concerned(email)])
    return await cancel_jobs(db, [row["id"] for row in rows]) if rows else JobsCancelled(0, 0)


async def cancel_jobs_about_addresses(
    db: _Executor, emails: Iterable[str], *, alike: Callable[[str], bool] | None = None
) -> JobsCancelled:
    """Cancel the jobs that concern addresses of somebody without an account, whatever their state.

    `alike` says of an address beyond ASCII whether it is the same person's, in another spelling.
    """
    rows = await db.fetch(FIND_ABOUT, [address_concerned(email) for email in emails])
    ids = {row["id"] for row in rows}
    if alike is not None:
        ids |= {row["id"] for row in await db.fetch(_FIND_OTHERS) if alike(row["address"])}
    return await cancel_jobs(db, sorted(ids)) if ids else JobsCancelled(0, 0)
