"""Runs a job: calls the handler with its timeout, and decides the job's next state from the outcome."""

from __future__ import annotations

import asyncio
import time
import traceback
from typing import Any

import msgspec

from colonnade.kernel.jobs.declare import CronJob, Job, PermanentFailure, RetryLater
from colonnade.kernel.jobs.jobrun import storable
from colonnade.kernel.jobs.leased import LeasedJob
from colonnade.kernel.jobs.queries import Settled
from colonnade.kernel.observe import METRICS, bind_request, get_logger

__all__ = ["run_job"]

_log = get_logger("colonnade.jobs")

_MAX_ERROR_LENGTH = 2000


class _Headers(msgspec.Struct):
    request_id: str | None = None


async def run_job(
    declared: Job[Any] | CronJob, leased: LeasedJob, services: Any, worker: str
) -> Settled | None:
    """Run the handler for a leased job and log the outcome; return the job's next state, None if the lease was lost.

    The calling task must be the job's own: the id of its request is bound to it.
    """
    started = time.perf_counter()
    failure: BaseException | None = None
    try:
        headers = msgspec.json.decode(leased.row.headers or "{}", type=_Headers)
        if headers.request_id is not None:
            bind_request(headers.request_id)
        if not leased.row.cancelled:
            await _attempt(declared, leased, services)
    except asyncio.CancelledError as error:
        failure = error
    except Exception as error:
        failure = error
    outcome, settled = _judge(declared, leased, failure)
    notes = _describe(failure) if outcome in ("retry", "held", "failed") else {}
    if outcome == "retry" and settled is not None:
        notes |= {"retry_in_seconds": round(settled.delay_seconds, 1)}
    _report(leased, outcome, worker, time.perf_counter() - started, notes)
    return settled


async def _attempt(declared: Job[Any] | CronJob, leased: LeasedJob, services: Any) -> None:
    if leased.run.attempt > declared.max_attempts:
        raise PermanentFailure("the workers that ran it died")
    async with asyncio.timeout(declared.timeout_seconds):
        await _call(declared, leased, services)


async def _call(declared: Job[Any] | CronJob, leased: LeasedJob, services: Any) -> None:
    """Call the handler with its payload and services."""
    if isinstance(declared, CronJob):
        await declared.run(services, leased.run)
        return
    try:
        payload = declared.decode(leased.row.payload)
    except msgspec.DecodeError as error:
        raise PermanentFailure(f"its payload does not fit: {error}") from error
    await declared.run(services, payload, leased.run)


def _judge(
    declared: Job[Any] | CronJob, leased: LeasedJob, failure: BaseException | None
) -> tuple[str, Settled | None]:
    """Return the outcome of a run, for the log, and the job's next state."""
    id_, attempts = leased.row.id, leased.row.attempts
    if leased.row.cancelled:
        return "cancelled", Settled(id_, "gone")
    if failure is None:
        return "done", Settled(id_, "gone")
    if leased.ending == "lost":
        return "lost", None
    if leased.ending == "cancelled":
        return "cancelled", Settled(id_, "gone")
    if leased.ending == "released":
        return "released", Settled(id_, "queued", attempts)
    reason = _reason(failure)
    if isinstance(failure, PermanentFailure) or leased.run.attempt >= declared.max_attempts:
        if isinstance(declared, CronJob):
            return "failed", Settled(id_, "gone")  # until the next tick
        return "held", Settled(id_, "held", attempts, error=reason)
    asked = failure.delay_seconds if isinstance(failure, RetryLater) else None
    delay = declared.delay_seconds(leased.run.attempt) if asked is None else max(asked, 0.0)
    return "retry", Settled(id_, "queued", attempts + 1, delay, reason)


def _report(leased: LeasedJob, outcome: str, worker: str, seconds: float, notes: dict[str, Any]) -> None:
    METRICS.counter("job_runs", "Runs of jobs.", product=worker, job=leased.row.name, outcome=outcome).add()
    write = _log.info if outcome in ("done", "released", "cancelled") else _log.warning
    write(
        "job",
        worker=worker,
        job=leased.row.name,
        id=leased.row.id,
        attempt=leased.run.attempt,
        ms=round(seconds * 1000, 1),
        outcome=outcome,
        **notes,
    )


def _reason(failure: BaseException) -> str:
    """Return a failure as it is stored with the job."""
    name, message = type(failure).__name__, str(failure)
    return storable(f"{name}: {message}" if message else name, _MAX_ERROR_LENGTH)


def _describe(failure: BaseException | None) -> dict[str, Any]:
    """Return type and place of a failure. Its message may quote the payload, so it is only stored with the job."""
    if failure is None:
        return {}
    frames = traceback.extract_tb(failure.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else None
    return {"error": type(failure).__name__, "at": place}
