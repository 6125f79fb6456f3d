"""Declares background work: `@job` and `@cron` turn an async function into a job that a worker can run.

Declaring has no side effect: a Job runs only if a Product lists it and a worker is given that list. Jobs run
at least once (a worker may die between the end of a handler and storing its outcome), so handlers must be
idempotent.
"""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Concatenate, Generic, TypeVar, overload
from zoneinfo import ZoneInfo

import msgspec
from croniter import croniter  # type: ignore[import-untyped]

from colonnade.kernel.core.providing import call, needs_of
from colonnade.kernel.core.texts import Reading
from colonnade.kernel.jobs.jobrun import JobRun
from colonnade.kernel.jobs.lanes import DEFAULT_LANE, Lane, Priority

__all__ = ["CronJob", "Job", "JobName", "PermanentFailure", "RetryLater", "cron", "job"]

P = TypeVar("P")

Handler = Callable[Concatenate[P, ...], Awaitable[None]]
CronHandler = Callable[..., Awaitable[None]]

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_MAX_DELAY_SECONDS = 3600.0


class PermanentFailure(Exception):
    """Raised by a handler if a retry cannot succeed: the job is held at once."""


class RetryLater(Exception):
    """Raised by a handler that knows when to retry, such as after a 429; it counts as an attempt."""

    def __init__(self, delay_seconds: float, reason: str = "") -> None:
        super().__init__(reason or f"again in {delay_seconds:.0f} s")
        self.delay_seconds = delay_seconds


class JobName(Generic[P]):
    """The name of a job, the type of its payload, its lane and priority: everything that enqueueing needs.

    Actions may not import the jobs of their slice, nor a slice those of one above it. Both enqueue by a name that
    the schemas declare, and `@job(NAME)` declares the handler in its own module.
    """

    def __init__(
        self,
        name: str,
        payload_type: type[P],
        *,
        lane: Lane = DEFAULT_LANE,
        priority: Priority = Priority.NORMAL,
    ) -> None:
        _check(name, 1)
        self.name = name
        self.payload_type = payload_type
        self.lane = lane
        self.priority = priority

    def __repr__(self) -> str:
        return f"<JobName {self.name}>"

    def encode(self, payload: P) -> bytes:
        """Encode the payload for the queue."""
        return msgspec.json.encode(payload)


class Job(Generic[P]):
    """Work with a payload of type `P`, enqueued by a transaction and run after its commit.

    The payload is the handler's one parameter that is not provided by type (`core.providing`); it is stored as JSON.
    """

    def __init__(
        self,
        handler: Handler[P],
        name: str,
        max_attempts: int,
        timeout_seconds: float,
        first_delay_seconds: float,
        lane: Lane = DEFAULT_LANE,
        priority: Priority = Priority.NORMAL,
    ) -> None:
        _check(name, max_attempts)
        self.handler = handler
        self.name = name
        self.max_attempts = max_attempts
        self.timeout_seconds = timeout_seconds
        self.first_delay_seconds = first_delay_seconds
        self.lane = lane
        self.priority = priority
        self._decoder: msgspec.json.Decoder[P] | None = None

    async def __call__(self, services: Any, payload: P) -> None:
        """Run the handler here and now, without the queue."""
        await self.run(services, payload, JobRun(0, self.name, 1))

    async def run(self, services: Any, payload: P, run: JobRun) -> None:
        """Run the handler as the worker does."""
        own = [run if hint is JobRun else payload for _, hint in needs_of(self.handler).own]
        await call(self.handler, services, *own)

    def __repr__(self) -> str:
        return f"<Job {self.name}>"

    def encode(self, payload: P) -> bytes:
        """Encode the payload for the queue."""
        return msgspec.json.encode(payload)

    def decode(self, data: bytes | None) -> P:
        """Decode the payload for the handler. Raise msgspec.DecodeError if it does not match the type."""
        # Not at declaration: the annotation may name a type that is defined further down in its module.
        if self._decoder is None:
            self._decoder = msgspec.json.Decoder(_payload_type(self.handler), dec_hook=Reading().hook)
        return self._decoder.decode(data or b"null")

    def delay_seconds(self, attempt: int) -> float:
        """Return the backoff after failed attempt number `attempt` (from 1): exponential, at most an hour, +-25 %."""
        delay = min(self.first_delay_seconds * 2.0 ** (attempt - 1), _MAX_DELAY_SECONDS)
        return delay * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing


class CronJob:
    """Work that is due at the times of a cron expression, once however many workers there are.

    Ticks that no worker was there to run are run once when a worker is back, not once per missed time. Runs never
    overlap, even if one takes longer than the period. After `max_attempts` failures it waits for the next tick.
    """

    def __init__(
        self,
        handler: CronHandler,
        expression: str,
        name: str,
        timezone: str,
        max_attempts: int,
        timeout_seconds: float,
        first_delay_seconds: float,
        lane: Lane = DEFAULT_LANE,
        priority: Priority = Priority.NORMAL,
    ) -> None:
        _check(name, max_attempts)
        if not croniter.is_valid(expression):
            raise ValueError(f"{expression!r} is not a cron expression")
        self.handler = handler
        self.expression = expression
        self.name = name
        self.timezone = ZoneInfo(timezone)
        self.max_attempts = max_attempts
        self.timeout_seconds = timeout_seconds
        self.first_delay_seconds = first_delay_seconds
        self.lane = lane
        self.priority = priority

    async def __call__(self, services: Any) -> None:
        """Run the handler here and now, without the queue."""
        await self.run(services, JobRun(0, self.name, 1))

    async def run(self, services: Any, run: JobRun) -> None:
        """Run the handler as the worker does."""
        own = [run for _, hint in needs_of(self.handler).own if hint is JobRun]
        await call(self.handler, services, *own)

    def __repr__(self) -> str:
        return f"<CronJob {self.name} {self.expression}>"

    @property
    def schedule(self) -> str:
        """The expression and its time zone, as stored beside the next due time."""
        return f"{self.expression} {self.timezone.key}"

    def next_after(self, moment: datetime) -> datetime:
        """Return the first time after `moment` (aware) at which the work is due."""
        following: datetime = croniter(self.expression, moment.astimezone(self.timezone)).get_next(datetime)
        return following

    def delay_seconds(self, attempt: int) -> float:
        """Return the backoff after failed attempt number `attempt`, as for a Job."""
        return Job.delay_seconds(self, attempt)  # type: ignore[arg-type]


@overload
def job(
    name: str,
    *,
    lane: Lane = ...,
    priority: Priority = ...,
    max_attempts: int = ...,
    timeout_seconds: float = ...,
    first_delay_seconds: float = ...,
) -> Callable[[Handler[P]], Job[P]]: ...


@overload
def job(
    name: JobName[P],
    *,
    max_attempts: int = ...,
    timeout_seconds: float = ...,
    first_delay_seconds: float = ...,
) -> Callable[[Handler[P]], Job[P]]: ...


def job(
    name: str | JobName[P],
    *,
    lane: Lane = DEFAULT_LANE,
    priority: Priority = Priority.NORMAL,
    max_attempts: int = 8,
    timeout_seconds: float = 300.0,
    first_delay_seconds: float = 5.0,
) -> Callable[[Handler[P]], Job[P]]:
    """Make a Job of `async def handler(payload, …)`, under a name of its own or a declared JobName.

    The handler names what it needs beside the payload by type; a JobRun is the current run.

    A handler that calls other servers, or is CPU-bound, needs a `lane` other than the default. A JobName declares
    lane and `priority` itself.

    An attempt that raises or takes longer than `timeout_seconds` is retried after `first_delay_seconds`,
    then twice that, and so on; after `max_attempts` the job is held until somebody retries it.
    """
    if isinstance(name, JobName):
        lane, priority, name = name.lane, name.priority, name.name
    plain = name

    def declare(handler: Handler[P]) -> Job[P]:
        return Job(handler, plain, max_attempts, timeout_seconds, first_delay_seconds, lane, priority)

    return declare


def cron(
    expression: str,
    *,
    name: str,
    lane: Lane = DEFAULT_LANE,
    timezone: str = "UTC",
    max_attempts: int = 3,
    timeout_seconds: float = 300.0,
    first_delay_seconds: float = 5.0,
) -> Callable[[CronHandler], CronJob]:
    """Make a CronJob of `async def handler(…)`, which names what it needs by type.

    `expression` is read in `timezone`; the rest is as for `job`.
    """

    def declare(handler: CronHandler) -> CronJob:
        return CronJob(
            handler, expression, name, timezone, max_attempts, timeout_seconds, first_delay_seconds, lane
        )

    return declare


def _check(name: str, max_attempts: int) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a job: lower case words joined by dots")
    if max_attempts < 1:
        raise ValueError(f"{name}: max_attempts must be at least 1")


def _payload_type(handler: Callable[..., Any]) -> Any:
    """Return the type of the one parameter that is not provided. Raise TypeError unless there is exactly one."""
    own = [hint for _, hint in needs_of(handler).own if hint is not JobRun]
    if len(own) != 1 or own[0] is Any:
        raise TypeError(f"{handler.__qualname__} must take one annotated payload; the rest is found by type")
    return own[0]
