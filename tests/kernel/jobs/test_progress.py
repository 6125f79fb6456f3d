"""The progress that a running job reports, and how it is stopped from outside."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from structlog.testing import capture_logs
from tests.kernel.jobs.worker_process import GATE, gated
from tests.kernel.jobs.worker_process import Payload as GatedPayload

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import (
    JobRecord,
    JobRun,
    JobsCancelled,
    cancel_jobs,
    cron,
    find_job,
    job,
    list_jobs,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.kernel.jobs.conftest import Process, Queue, StartWorker

    StartProcess = Callable[[], Awaitable[Process]]

PROMPT_SECONDS = 2.0
"""Far below the ten seconds after which a worker with the default lease asks by itself."""


class Payload(msgspec.Struct):
    name: str


async def note(db: Any, what: str) -> None:
    await db.execute("INSERT INTO runs (who, what) VALUES ('test', $1)", what)


@job("test.endless", first_delay_seconds=0.01)
async def endless(payload: Payload, db: Database) -> None:
    await note(db, f"begin {payload.name}")
    await asyncio.Event().wait()


async def show(queue: Queue, id_: int | None) -> JobRecord:
    assert id_ is not None
    record = await find_job(queue.db, id_)
    assert record is not None
    return record


async def test_progress_is_seen_while_the_job_runs(queue: Queue, start_worker: StartWorker) -> None:
    further, end = asyncio.Event(), asyncio.Event()

    @job("test.long", first_delay_seconds=0.01)
    async def long(payload: Payload, db: Database, run: JobRun) -> None:
        if run.attempt == 1:
            run.report(0.25, f"{payload.name}: 1 of 4")
            await further.wait()
            for step in range(1000):  # only the last is worth writing down
                run.report(step / 1000)
            run.report(0.75, "3 of 4")
            await end.wait()
            raise ValueError
        await note(db, f"attempt {run.attempt} of {run.name} {run.id}")
        await asyncio.Event().wait()

    worker = await start_worker(long, drain_seconds=0)
    id_ = await queue.enqueue(long, Payload("pages"))

    async def reports(progress: float, words: str) -> None:
        async def as_expected() -> bool:
            record = await show(queue, id_)
            return (record.progress, record.note) == (progress, words)

        await queue.until(as_expected, PROMPT_SECONDS)

    await reports(0.25, "pages: 1 of 4")
    further.set()
    await reports(0.75, "3 of 4")
    end.set()
    await queue.until_runs([f"attempt 2 of test.long {id_}"])
    record = await show(queue, id_)
    assert (record.state, record.progress, record.note) == ("running", None, None)
    assert worker.busy == 1


async def test_a_cron_job_may_ask_for_its_run(queue: Queue, start_worker: StartWorker) -> None:
    @cron("* * * * * *", name="test.tick")
    async def tick(db: Database, run: JobRun) -> None:
        await note(db, f"{run.name} {run.attempt}")

    await start_worker(tick)
    await queue.until_runs(["test.tick 1"])


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan")])
def test_progress_beyond_the_ends_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match="progress goes from 0 to 1"):
        JobRun(1, "test.run", 1).report(fraction)


async def test_words_that_cannot_be_stored_disturb_nothing(queue: Queue, start_worker: StartWorker) -> None:
    @job("test.odd", max_attempts=1)
    async def odd(payload: Payload, db: Database, run: JobRun) -> None:
        run.report(None, "nul \x00 surrogate \ud800 " + "x" * 500)
        await note(db, "reported")
        raise ValueError("nul \x00 surrogate \ud800 " + "x" * 5000)

    await start_worker(odd, lease_seconds=0.6)
    id_ = await queue.enqueue(odd, Payload("it"))
    await queue.until_states(["held"])
    record = await show(queue, id_)
    assert record.error == "ValueError: nul  surrogate ? " + "x" * 1970
    assert record.progress is None


async def test_waiting_and_held_jobs_leave_the_queue(queue: Queue, start_worker: StartWorker) -> None:
    @job("test.plain")
    async def plain(payload: Payload, db: Database) -> None:
        await note(db, payload.name)

    ids = [
        await queue.enqueue(plain, Payload("queued")),
        await queue.enqueue(plain, Payload("delayed"), delay=timedelta(hours=1)),
        await queue.enqueue(plain, Payload("held")),
        await queue.enqueue(plain, Payload("kept")),
    ]
    await queue.connection.execute("UPDATE job_queue SET state = 'held' WHERE id = $1", ids[2])
    assert await cancel_jobs(queue.db, [*ids[:3], 4711]) == JobsCancelled(removed=3, stopping=0)  # type: ignore[list-item]
    await start_worker(plain)
    await queue.until_runs(["kept"])
    await queue.until_empty()


async def test_a_running_job_is_stopped_and_not_tried_again(queue: Queue, start_worker: StartWorker) -> None:
    await start_worker(endless, name="radio", drain_seconds=0)
    id_ = await queue.enqueue(endless, Payload("it"), key="test.endless:it")
    await queue.until_runs(["begin it"])
    with capture_logs() as lines:
        assert await cancel_jobs(queue.db, [id_]) == JobsCancelled(removed=0, stopping=1)  # type: ignore[list-item]
        # The key is free at once: what is enqueued now is not lost to a job that is going away.
        other = await queue.enqueue(endless, Payload("other"), key="test.endless:it")
        await queue.until_runs(["begin it", "begin other"])

        async def gone() -> bool:
            return [record.id for record in await list_jobs(queue.db)] == [other]

        await queue.until(gone, PROMPT_SECONDS)
    (line,) = [line for line in lines if line["event"] == "job"]
    line.pop("ms")
    assert line == {
        "event": "job",
        "worker": "radio",
        "job": "test.endless",
        "id": id_,
        "attempt": 1,
        "outcome": "cancelled",
        "log_level": "info",
    }


async def test_one_of_two_processes_stops_its_job(queue: Queue, start_process: StartProcess) -> None:
    await queue.connection.execute("SELECT pg_advisory_lock($1)", GATE)
    await start_process()
    await start_process()
    first = await queue.enqueue(gated, GatedPayload("a"))
    second = await queue.enqueue(gated, GatedPayload("b"))
    third = await queue.enqueue(gated, GatedPayload("c"))

    async def three_run() -> bool:
        return len(await queue.runs()) == 3

    await queue.until(three_run)
    assert await cancel_jobs(queue.db, [first, third]) == JobsCancelled(removed=0, stopping=2)  # type: ignore[list-item]

    async def one_left() -> bool:
        return [record.id for record in await list_jobs(queue.db)] == [second]

    await queue.until(one_left, PROMPT_SECONDS)
    await queue.connection.execute("SELECT pg_advisory_unlock($1)", GATE)
    await queue.until_empty()
    runs = await queue.runs()
    assert (sorted(runs[:3]), runs[3:]) == (["begin a", "begin b", "begin c"], ["end b"])


async def test_a_handler_that_fails_when_stopped_is_not_tried_again(
    queue: Queue, start_worker: StartWorker
) -> None:
    @job("test.rude", first_delay_seconds=0.01)
    async def rude(payload: Payload, db: Database) -> None:
        await note(db, "begin")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            raise ValueError("cannot clean up") from error

    await start_worker(rude)
    id_ = await queue.enqueue(rude, Payload("it"))
    await queue.until_runs(["begin"])
    await cancel_jobs(queue.db, [id_])  # type: ignore[list-item]
    await queue.until_empty()
    assert await queue.runs() == ["begin"]


async def test_a_cancelled_job_of_a_killed_worker_is_not_run_again(
    queue: Queue, start_process: StartProcess
) -> None:
    await queue.connection.execute("SELECT pg_advisory_lock($1)", GATE)
    process = await start_process()
    id_ = await queue.enqueue(gated, GatedPayload("a"))
    await queue.until_runs(["begin a"])
    await process.kill()
    await cancel_jobs(queue.db, [id_])  # type: ignore[list-item]
    await start_process()
    await queue.until_empty()
    assert await queue.runs() == ["begin a"]


async def test_a_cancellation_that_nobody_heard_is_found_with_the_next_lease(
    queue: Queue, start_worker: StartWorker
) -> None:
    await start_worker(endless, lease_seconds=0.6)
    await queue.enqueue(endless, Payload("it"))
    await queue.until_runs(["begin it"])
    await queue.connection.execute("UPDATE job_queue SET cancelled = true")
    await queue.until_empty()


async def test_a_worker_stops_a_job_that_another_has_taken_over(
    queue: Queue, start_worker: StartWorker
) -> None:
    worker = await start_worker(endless, lease_seconds=0.6)
    await queue.enqueue(endless, Payload("it"))
    await queue.until_runs(["begin it"])
    with capture_logs() as lines:
        await queue.connection.execute(
            "UPDATE job_queue SET worker = 'other', leased_until = now() + interval '1 hour'"
        )
        async with asyncio.timeout(PROMPT_SECONDS):
            while worker.busy:
                await asyncio.sleep(0.01)
    assert [line["outcome"] for line in lines if line["event"] == "job"] == ["lost"]
    (record,) = await list_jobs(queue.db)
    assert (record.state, record.worker, record.attempts, record.error) == ("running", "other", 0, None)
