"""Enqueues jobs inside the caller's transaction: they run after the commit, or never."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from colonnade.kernel.jobs.concerns import find_concerned
from colonnade.kernel.jobs.declare import CronJob, Job, JobName
from colonnade.kernel.jobs.lanes import Priority
from colonnade.kernel.jobs.queries.inserting import insert_job, insert_jobs
from colonnade.kernel.observe import current_request

__all__ = ["EnqueueOnly", "cron_key", "enqueue_all_on", "enqueue_on"]

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
    database share the keys, so begin them with the job's name. `priority` is a Priority, by default the job's; of a
    lane with a share for each account (`Lane.in_front`), it is the lowest for what is beyond it. The id of the
    current request is stored as well, so that the job's log lines carry it.
    """
    if isinstance(job, CronJob):
        data, key = None, key or cron_key(job)
    else:
        data = job.encode(payload)
    return await insert_job(
        connection,
        job.name,
        lane=job.lane,
        priority=_level(job, priority),
        payload=data,
        delay=delay or _NOW,
        key=key,
        concerns=None if data is None else find_concerned(data),
        headers=_headers(),
    )


async def enqueue_all_on(
    connection: Any,
    job: Job[Any] | JobName[Any],
    payloads: Sequence[Any],
    *,
    delay: timedelta | None = None,
    priority: int | None = None,
) -> None:
    """Insert `job` once for each of `payloads`, in their order and in one round trip; otherwise as `enqueue_on`."""
    encoded = [job.encode(payload) for payload in payloads]
    await insert_jobs(
        connection,
        job.name,
        lane=job.lane,
        priority=_level(job, priority),
        payloads=encoded,
        delay=delay or _NOW,
        concerns=[find_concerned(each) for each in encoded],
        headers=_headers(),
    )


def _level(job: Job[Any] | JobName[Any] | CronJob, priority: int | None) -> int:
    return int(job.priority if priority is None else Priority(priority))


def _headers() -> str | None:
    request_id = current_request()
    return None if request_id is None else msgspec.json.encode({"request_id": request_id}).decode()


class EnqueueOnly:
    """`enqueue_on` for the jobs of one product: any other would wait in its queue for ever."""

    def __init__(self, jobs: Iterable[Job[Any] | CronJob]) -> None:
        self._names = frozenset(job.name for job in jobs)

    async def __call__(
        self,
        connection: Any,
        job: Job[Any] | JobName[Any] | CronJob,
        payload: Any,
        *,
        delay: timedelta | None,
        key: str | None,
        priority: int | None,
    ) -> int | None:
        """Insert `job` as `enqueue_on` does. Raise LookupError if no slice of the product has a job of this name."""
        self._check(job)
        return await enqueue_on(connection, job, payload, delay=delay, key=key, priority=priority)

    async def all(
        self,
        connection: Any,
        job: Job[Any] | JobName[Any],
        payloads: Sequence[Any],
        *,
        delay: timedelta | None,
        priority: int | None,
    ) -> None:
        """Insert `job` as `enqueue_all_on` does. Raise LookupError as for one."""
        self._check(job)
        await enqueue_all_on(connection, job, payloads, delay=delay, priority=priority)

    def _check(self, job: Job[Any] | JobName[Any] | CronJob) -> None:
        if job.name not in self._names:
            raise LookupError(f"no slice has a job called {job.name}")


def cron_key(job: CronJob) -> str:
    """Return the key that keeps runs of a cron job from overlapping."""
    return f"cron:{job.name}"
