"""The statement that inserts a job into the queue (`job_queue`) and notifies the workers at the commit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from colonnade.kernel.jobs.queries import CHANNEL, QUEUED

__all__ = ["insert_job"]

# The headers are sent as text: the connection may or may not have a JSON codec of its own.
_INSERT = f"""
WITH inserted AS (
    INSERT INTO job_queue (name, lane, priority, payload, run_at, key, headers, concerns)
    VALUES ($1, $2, $3, $4, now() + $5::interval, $6, $7::text::jsonb, $8)
    ON CONFLICT (key) WHERE key IS NOT NULL AND state IN ('queued', 'running') DO NOTHING RETURNING id
)
SELECT id, pg_notify('{CHANNEL}', '{QUEUED}') FROM inserted"""


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
