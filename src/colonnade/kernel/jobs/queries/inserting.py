"""The statements that insert jobs into the queue (`job_queue`) and notify the workers at the commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from colonnade.kernel.jobs.lanes import Lane, Priority
from colonnade.kernel.jobs.queries import CHANNEL, QUEUED

__all__ = ["insert_job", "insert_jobs"]

_LOWEST = int(min(Priority))

# How many of a lane's jobs wait or run that concern the same, up to so many.
_AHEAD = """(SELECT count(*) FROM (
    SELECT FROM job_queue
    WHERE concerns = {concerns} AND lane = {lane} AND state IN ('queued', 'running') LIMIT {most}) AS ahead)"""

# The headers are sent as text: the connection may or may not have a JSON codec of its own.
_INSERT = """
WITH inserted AS (
    INSERT INTO job_queue (name, lane, priority, payload, run_at, key, headers, concerns)
    VALUES ($1, $2, {priority}, $4, now() + $5::interval, $6, $7::text::jsonb, $8)
    ON CONFLICT (key) WHERE key IS NOT NULL AND state IN ('queued', 'running') DO NOTHING RETURNING id
)
SELECT id, pg_notify('{channel}', '{queued}') FROM inserted"""

# In the order in which they are given: of the same priority and time, the lower id is first.
_INSERT_ALL = """
WITH given AS (
    SELECT p.*, row_number() OVER (PARTITION BY p.concerns ORDER BY p.place) AS nth
    FROM unnest($6::bytea[], $7::text[]) WITH ORDINALITY AS p (payload, concerns, place)
), inserted AS (
    INSERT INTO job_queue (name, lane, priority, payload, run_at, headers, concerns)
    SELECT $1, $2, {priority}, p.payload, now() + $4::interval, $5::text::jsonb, p.concerns
    FROM given p ORDER BY p.place
)
SELECT pg_notify('{channel}', '{queued}')"""


def _statement(form: str, level: str) -> str:
    return form.format(priority=level, channel=CHANNEL, queued=QUEUED)


def _demoted(crowded: str) -> str:
    return f"CASE WHEN {crowded} THEN {_LOWEST} ELSE $3::smallint END"


_PLAIN, _ALL_PLAIN = _statement(_INSERT, "$3"), _statement(_INSERT_ALL, "$3")
_SHARED = _statement(
    _INSERT, _demoted(_AHEAD.format(concerns="$8", lane="$2", most="$9::integer") + " >= $9::integer")
)
_ALL_SHARED = _statement(
    _INSERT_ALL,
    _demoted(
        "p.concerns IS NOT NULL AND p.nth > $8::integer - "
        + _AHEAD.format(concerns="p.concerns", lane="$2", most="$8::integer")
    ),
)


async def insert_job(
    connection: Any,
    name: str,
    *,
    lane: Lane,
    priority: int,
    payload: bytes | None,
    delay: timedelta,
    key: str | None,
    headers: str | None,
    concerns: str | None,
) -> int | None:
    """Insert a job through the asyncpg `connection`; return its id, or None if a job with its `key` waits or runs.

    Its priority is the lowest if so many wait or run in front that concern the same as the lane lets through.
    """
    given = [name, lane.name, priority, payload, delay, key, headers, concerns]
    if lane.in_front is None or concerns is None:
        id_: int | None = await connection.fetchval(_PLAIN, *given)
    else:
        id_ = await connection.fetchval(_SHARED, *given, lane.in_front)
    return id_


async def insert_jobs(
    connection: Any,
    name: str,
    *,
    lane: Lane,
    priority: int,
    payloads: Sequence[bytes],
    delay: timedelta,
    headers: str | None,
    concerns: Sequence[str | None],
) -> None:
    """Insert a job for each of `payloads`, in their order; `concerns` has whom each of them concerns."""
    given = [name, lane.name, priority, delay, headers, list(payloads), list(concerns)]
    if lane.in_front is None:
        await connection.fetchval(_ALL_PLAIN, *given)
    else:
        await connection.fetchval(_ALL_SHARED, *given, lane.in_front)
