"""One run of a job: the handler under its time limit, and what becomes of the job when it fails."""

from __future__ import annotations

import asyncio
import dataclasses
import time
import traceback
from datetime import timedelta
from typing import Any

import msgspec
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context
from pgqueuer.domain.models import Job as Row

from colonnade.kernel.jobs.declare import CronJob, Job, PermanentFailure, RetryLater
from colonnade.kernel.observe import METRICS, bind_request, get_logger

__all__ = ["RunJob", "Running"]

_log = get_logger("colonnade.jobs")


@dataclasses.dataclass
class Running:
    """What a worker has in hand: the tasks of the jobs it runs, by job id."""

    tasks: dict[int, asyncio.Task[Any]] = dataclasses.field(default_factory=dict)

    def cancel(self) -> None:
        """Stop every handler; the jobs go back into the queue."""
        for task in self.tasks.values():
            task.cancel()


async def _unused(_: Row) -> None:
    raise NotImplementedError


class RunJob(AbstractEntrypointExecutor):
    """Runs the handler of one declared job.

    Raises RetryRequested for another attempt; any other exception ends the job: held, or for a cron job
    forgotten until the next tick.
    """

    def __init__(self, declared: Job[Any] | CronJob, services: Any, running: Running, worker: str) -> None:
        cron = isinstance(declared, CronJob)
        super().__init__(
            EntrypointExecutorParameters(
                concurrency_limit=0, func=_unused, on_failure="delete" if cron else "hold"
            )
        )
        self._declared = declared
        self._services = services
        self._running = running
        self._worker = worker
        self._last_outcome = "failed" if cron else "held"

    async def execute(self, job: Row, context: Context) -> None:
        """Run the handler for `job`; see the class."""
        task = asyncio.current_task()
        assert task is not None
        self._running.tasks[job.id] = task
        request_id = (job.headers or {}).get("request_id")
        if request_id is not None:  # each job is a task with a context of its own: nothing to unbind
            bind_request(str(request_id))
        started = time.perf_counter()
        outcome, notes = "released", {}
        try:
            await self._attempt(job, task)
            outcome = "done"
        except RetryRequested as retry:
            outcome = "retry"
            notes = _describe(retry.__cause__) | {"retry_in_seconds": round(retry.delay.total_seconds(), 1)}
            raise
        except Exception as error:
            outcome, notes = self._last_outcome, _describe(error)
            raise
        finally:
            self._running.tasks.pop(job.id, None)
            self._report(job, outcome, time.perf_counter() - started, notes)

    async def _attempt(self, job: Row, task: asyncio.Task[Any]) -> None:
        declared, attempt = self._declared, job.attempts + 1
        if attempt > declared.max_attempts:
            raise PermanentFailure("the workers that ran it died")
        try:
            async with asyncio.timeout(declared.timeout_seconds):
                if isinstance(declared, CronJob):
                    await declared(self._services)
                else:
                    await declared(self._services, _decode(declared, job.payload))
        except PermanentFailure:
            raise
        except asyncio.CancelledError as error:
            if task.cancelling():
                raise
            self._fail(attempt, error)  # something the handler awaited was cancelled, not the handler
        except Exception as error:
            self._fail(attempt, error)

    def _fail(self, attempt: int, error: BaseException) -> None:
        """Raise what asks for another attempt, or after the last one the error itself."""
        if attempt >= self._declared.max_attempts:
            if isinstance(error, Exception):
                raise error
            raise PermanentFailure("cancelled from within") from error
        asked = error.delay_seconds if isinstance(error, RetryLater) else None
        delay = self._declared.delay_seconds(attempt) if asked is None else asked
        message = str(error)
        reason = f"{type(error).__name__}: {message}" if message else type(error).__name__
        raise RetryRequested(timedelta(seconds=delay), reason) from error

    def _report(self, job: Row, outcome: str, seconds: float, notes: dict[str, Any]) -> None:
        METRICS.counter(
            "job_runs", "Runs of jobs.", product=self._worker, job=self._declared.name, outcome=outcome
        ).add()
        write = _log.info if outcome in ("done", "released") else _log.warning
        write(
            "job",
            worker=self._worker,
            job=self._declared.name,
            id=job.id,
            attempt=job.attempts + 1,
            ms=round(seconds * 1000, 1),
            outcome=outcome,
            **notes,
        )


def _decode(declared: Job[Any], data: bytes | None) -> Any:
    try:
        return declared.decode(data)
    except msgspec.DecodeError as error:
        raise PermanentFailure(f"its payload does not fit: {error}") from error


def _describe(error: BaseException | None) -> dict[str, Any]:
    """Type and place of an error. Its message may quote the payload, so it is only kept beside the job."""
    if error is None:
        return {}
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else None
    return {"error": type(error).__name__, "at": place}
