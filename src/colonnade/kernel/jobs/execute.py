"""One run of a job: the handler under its time limit, and what becomes of the job when it ends."""

from __future__ import annotations

import asyncio
import time
import traceback
from typing import Any

import msgspec

from colonnade.kernel.jobs.declare import CronJob, Job, PermanentFailure, RetryLater
from colonnade.kernel.jobs.hand import Held
from colonnade.kernel.jobs.jobrun import storable
from colonnade.kernel.jobs.queries import Settled
from colonnade.kernel.observe import METRICS, bind_request, get_logger

__all__ = ["run_job"]

_log = get_logger("colonnade.jobs")

_LONGEST_ERROR = 2000


class _Headers(msgspec.Struct):
    request_id: str | None = None


async def run_job(declared: Job[Any] | CronJob, held: Held, services: Any, worker: str) -> Settled | None:
    """Run the handler for the job in hand and log its end; gives what becomes of it, None if it is another worker's.

    The task that this runs in is the job's own: its request's id is bound to it.
    """
    started = time.perf_counter()
    failure: BaseException | None = None
    try:
        headers = msgspec.json.decode(held.row.headers or "{}", type=_Headers)
        if headers.request_id is not None:
            bind_request(headers.request_id)
        if not held.row.cancelled:
            await _attempt(declared, held, services)
    except asyncio.CancelledError as error:
        failure = error
    except Exception as error:
        failure = error
    outcome, settled = _judge(declared, held, failure)
    notes = _describe(failure) if outcome in ("retry", "held", "failed") else {}
    if outcome == "retry" and settled is not None:
        notes |= {"retry_in_seconds": round(settled.delay_seconds, 1)}
    _report(held, outcome, worker, time.perf_counter() - started, notes)
    return settled


async def _attempt(declared: Job[Any] | CronJob, held: Held, services: Any) -> None:
    if held.run.attempt > declared.max_attempts:
        raise PermanentFailure("the workers that ran it died")
    async with asyncio.timeout(declared.timeout_seconds):
        await _call(declared, held, services)


async def _call(declared: Job[Any] | CronJob, held: Held, services: Any) -> None:
    """Call the handler with what it asks for."""
    if isinstance(declared, CronJob):
        await declared.run(services, held.run)
        return
    try:
        payload = declared.decode(held.row.payload)
    except msgspec.DecodeError as error:
        raise PermanentFailure(f"its payload does not fit: {error}") from error
    await declared.run(services, payload, held.run)


def _judge(
    declared: Job[Any] | CronJob, held: Held, failure: BaseException | None
) -> tuple[str, Settled | None]:
    """Return the outcome of a run, for the log, and what it means for the job."""
    id_, attempts = held.row.id, held.row.attempts
    if held.row.cancelled:
        return "cancelled", Settled(id_, "gone")
    if failure is None:
        return "done", Settled(id_, "gone")
    if held.ending == "lost":
        return "lost", None
    if held.ending == "cancelled":
        return "cancelled", Settled(id_, "gone")
    if held.ending == "released":
        return "released", Settled(id_, "queued", attempts)
    reason = _reason(failure)
    if isinstance(failure, PermanentFailure) or held.run.attempt >= declared.max_attempts:
        if isinstance(declared, CronJob):
            return "failed", Settled(id_, "gone")  # forgotten until the next tick
        return "held", Settled(id_, "held", attempts, error=reason)
    asked = failure.delay_seconds if isinstance(failure, RetryLater) else None
    delay = declared.delay_seconds(held.run.attempt) if asked is None else max(asked, 0.0)
    return "retry", Settled(id_, "queued", attempts + 1, delay, reason)


def _report(held: Held, outcome: str, worker: str, seconds: float, notes: dict[str, Any]) -> None:
    METRICS.counter("job_runs", "Runs of jobs.", product=worker, job=held.row.name, outcome=outcome).add()
    write = _log.info if outcome in ("done", "released", "cancelled") else _log.warning
    write(
        "job",
        worker=worker,
        job=held.row.name,
        id=held.row.id,
        attempt=held.run.attempt,
        ms=round(seconds * 1000, 1),
        outcome=outcome,
        **notes,
    )


def _reason(failure: BaseException) -> str:
    """Return a failure as it is kept beside the job."""
    name, message = type(failure).__name__, str(failure)
    return storable(f"{name}: {message}" if message else name, _LONGEST_ERROR)


def _describe(failure: BaseException | None) -> dict[str, Any]:
    """Return type and place of a failure. Its message may quote the payload, so it is only kept beside the job."""
    if failure is None:
        return {}
    frames = traceback.extract_tb(failure.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else None
    return {"error": type(failure).__name__, "at": place}
