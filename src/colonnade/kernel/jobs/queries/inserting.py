"""The statements that insert jobs into the queue (`job_queue`) and notify the workers at the commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from colonnade.kernel.jobs.queries import CHANNEL, QUEUED

__all__ = ["insert_job", "insert_jobs"]

# The headers are sent as text: the connection may or may not have a JSON codec of its own.
_INSERT = f"""
WITH inserted AS (
    INSERT INTO job_queue (name, lane, priority, payload, run_at, key, headers, concerns)
    VALUES ($1, $2, $3, $4, now() + $5::interval, $6, $7::text::jsonb, $8)
    ON CONFLICT (key) WHERE key IS NOT NULL AND state IN ('queued', 'running') DO NOTHING RETURNING id
)
SELECT id, pg_notify('{CHANNEL}', '{QUEUED}') FROM inserted"""

# In the order in which they are given: of the same priority and time, the lower id is first.
_INSERT_ALL = f"""
WITH inserted AS (
    INSERT INTO job_queue (name, lane, priority, payload, run_at, headers, concerns)
    SELECT $1, $2, $3, p.payload, now() + $4::interval, $5::text::jsonb, p.concerns
    FROM unnest($6::bytea[], $7::text[]) WITH ORDINALITY AS p (payload, concerns, place) ORDER BY p.place
)
SELECT pg_notify('{CHANNEL}', '{QUEUED}')"""


async def insert_job(
    connection: Any,
    name: str,
    *,
    lane: str,
    priority: int,
    payload: bytes | None,
    delay: timedelta,
    key: str | None,
    headers: str | None,
    concerns: str | None,
) -> int | None:
    """Insert a job through the asyncpg `connection`; return its id, or None if a job with its `key` waits or runs."""
    id_: int | None = await connection.fetchval(
        _INSERT, name, lane, priority, payload, delay, key, headers, concerns
    )
    return id_


async def insert_jobs(
    connection: Any,
    name: str,
    *,
    lane: str,
    priority: int,
    payloads: Sequence[bytes],
    delay: timedelta,
    headers: str | None,
    concerns: Sequence[str | None],
) -> None:
    """Insert a job for each of `payloads`, in their order; `concerns` has whom each of them concerns."""
    await connection.fetchval(
        _INSERT_ALL, name, lane, priority, delay, headers, list(payloads), list(concerns)
    )
