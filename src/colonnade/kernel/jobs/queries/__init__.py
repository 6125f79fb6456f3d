"""The statements with which a worker takes jobs from the queue (`job_queue`) and stores their outcomes.

All of them are idempotent: they name the worker, so they leave a job alone that another one has taken over
meanwhile. `worker` is a name that no other run of a worker has.

Out of scope: enqueueing (`inserting`), due times (`schedules`), inspection from outside (`records`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from colonnade.kernel.jobs.connection import Connection
from colonnade.kernel.jobs.lanes import Lane, Priority

__all__ = [
    "CANCELLED",
    "CHANNEL",
    "QUEUED",
    "Settled",
    "Taken",
    "renew_leases",
    "return_all",
    "settle_jobs",
    "sort_into_lanes",
    "take_jobs",
]

CHANNEL = "colonnade_jobs"
QUEUED = "queued"
"""The notification after which workers poll the queue."""
CANCELLED = "cancelled"
"""The notification after which workers check which of their jobs are cancelled."""


class Taken(msgspec.Struct, frozen=True):
    """A job that this worker has taken. `attempts` counts failed ones, including those whose worker died."""

    id: int
    name: str
    lane: str
    priority: int
    payload: bytes | None
    headers: str | None
    attempts: int
    cancelled: bool


class Settled(msgspec.Struct, frozen=True):
    """The next state of a job after a run: gone from the queue, queued for another run, or held."""

    id: int
    state: Literal["gone", "queued", "held"]
    attempts: int = 0
    delay_seconds: float = 0.0
    error: str | None = None


# In a lane: first the jobs of a worker that died, and those whose answer was lost (they have waited longest), then by
# priority. Each arm is read and locked row by row, and only until the lane's slots are filled. While PostgreSQL was
# down no worker could renew its leases, so after a restart each gets the time of one lease to return.
_LOST = """SELECT * FROM (
    SELECT id FROM job_queue
    WHERE state = 'running' AND lane = free.lane AND name = ANY($3) AND id <> ALL($5) AND (worker = $4
        OR leased_until < now() AND pg_postmaster_start_time() < now() - $6 * interval '1 second')
    LIMIT free.slots FOR UPDATE SKIP LOCKED) AS lost"""
_DUE = """SELECT * FROM (
    SELECT id FROM job_queue
    WHERE state = 'queued' AND lane = free.lane AND priority = {priority} AND run_at <= now() AND name = ANY($3)
    ORDER BY run_at, id LIMIT free.slots FOR UPDATE SKIP LOCKED) AS due"""
_ARMS = " UNION ALL ".join([_LOST, *(_DUE.format(priority=int(level)) for level in Priority)])
_LEVELS = ", ".join(f"({int(level)})" for level in Priority)

# `next_in` is when to poll again. There is always a row: if no job was taken, one with `next_in` alone.
_TAKE = f"""
WITH free AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::integer[]) AS free (lane, slots)
), picked AS MATERIALIZED (
    SELECT found.id FROM free CROSS JOIN LATERAL ({_ARMS} LIMIT free.slots) AS found
), taken AS (
    UPDATE job_queue AS job
    SET state = 'running', worker = $4, leased_until = now() + $6 * interval '1 second', progress = NULL, note = NULL,
        attempts = attempts + CASE WHEN state = 'running' AND worker <> $4 THEN 1 ELSE 0 END
    FROM picked WHERE job.id = picked.id
    RETURNING job.id, name, lane, priority, run_at, payload, headers::text AS headers, attempts, cancelled
), coming AS (
    SELECT min(following.run_at) AS run_at
    FROM free CROSS JOIN (VALUES {_LEVELS}) AS level (priority) CROSS JOIN LATERAL (
        SELECT run_at FROM job_queue
        WHERE state = 'queued' AND lane = free.lane AND priority = level.priority AND run_at > now()
        ORDER BY run_at LIMIT 1) AS following
)
SELECT taken.*, extract(epoch FROM coming.run_at - now())::float8 AS next_in FROM coming LEFT JOIN taken ON true
ORDER BY taken.priority DESC, taken.run_at, taken.id"""

_SETTLE = """
WITH settled AS MATERIALIZED (
    SELECT * FROM unnest($2::bigint[], $3::text[], $4::integer[], $5::float8[], $6::text[])
        AS settled (id, state, attempts, delay_seconds, error)
), gone AS (
    DELETE FROM job_queue AS job USING settled
    WHERE job.id = settled.id AND job.worker = $1 AND job.state = 'running'
        AND (settled.state = 'gone' OR job.cancelled)
), kept AS (
    UPDATE job_queue AS job
    SET state = settled.state, attempts = settled.attempts, worker = NULL, leased_until = NULL,
        run_at = now() + settled.delay_seconds * interval '1 second', error = coalesce(settled.error, job.error)
    FROM settled
    WHERE job.id = settled.id AND job.worker = $1 AND job.state = 'running'
        AND settled.state <> 'gone' AND NOT job.cancelled
    RETURNING job.state
)
SELECT pg_notify($7, $8) WHERE EXISTS (SELECT FROM kept WHERE state = 'queued')"""

_RENEW = """
UPDATE job_queue AS job
SET leased_until = now() + $5 * interval '1 second', progress = mine.progress, note = mine.note
FROM unnest($2::bigint[], $3::real[], $4::text[]) AS mine (id, progress, note)
WHERE job.id = mine.id AND job.worker = $1 AND job.state = 'running' RETURNING job.id, job.cancelled"""

_RETURN_ALL = """
WITH returned AS (
    UPDATE job_queue SET state = 'queued', run_at = now(), worker = NULL, leased_until = NULL
    WHERE worker = $1 AND state = 'running' RETURNING id
)
SELECT pg_notify($2, $3) WHERE EXISTS (SELECT FROM returned)"""

_SORT = """
UPDATE job_queue AS job SET lane = declared.lane
FROM unnest($1::text[], $2::text[]) AS declared (name, lane)
WHERE job.name = declared.name AND job.lane <> declared.lane AND job.state <> 'running'"""


async def take_jobs(
    connection: Connection,
    worker: str,
    *,
    free: Mapping[str, int],
    names: Sequence[str],
    leased: Iterable[int],
    lease_seconds: float,
) -> tuple[list[Taken], float | None]:
    """Take at most `free[lane]` jobs of each lane in order; return them and the seconds until the next is due.

    Only jobs called one of `names` are taken. `leased` are the jobs that this worker has already.
    """
    rows = await connection.fetch(
        _TAKE, list(free), list(free.values()), names, worker, list(leased), lease_seconds
    )
    taken = [
        Taken(**{field: row[field] for field in Taken.__struct_fields__})
        for row in rows
        if row["id"] is not None
    ]
    return taken, rows[0]["next_in"]


async def settle_jobs(connection: Connection, worker: str, settled: Sequence[Settled]) -> None:
    """Store the next states of jobs. One that was cancelled meanwhile is removed in any case."""
    await connection.fetch(
        _SETTLE,
        worker,
        [each.id for each in settled],
        [each.state for each in settled],
        [each.attempts for each in settled],
        [each.delay_seconds for each in settled],
        [each.error for each in settled],
        CHANNEL,
        QUEUED,
    )


async def renew_leases(
    connection: Connection,
    worker: str,
    progress: Mapping[int, tuple[float | None, str | None]],
    lease_seconds: float,
) -> dict[int, bool]:
    """Renew the leases of jobs and store their progress; return those still leased and whether each is cancelled."""
    rows = await connection.fetch(
        _RENEW,
        worker,
        list(progress),
        [fraction for fraction, _ in progress.values()],
        [note for _, note in progress.values()],
        lease_seconds,
    )
    return {row["id"]: row["cancelled"] for row in rows}


async def return_all(connection: Connection, worker: str) -> None:
    """Release all jobs of this worker to the queue; their attempts do not count."""
    await connection.fetch(_RETURN_ALL, worker, CHANNEL, QUEUED)


async def sort_into_lanes(connection: Connection, lanes: Mapping[str, Lane]) -> None:
    """Move waiting jobs to the lanes of their present declarations; `lanes` is by the jobs' names."""
    await connection.fetch(_SORT, list(lanes), [lane.name for lane in lanes.values()])
