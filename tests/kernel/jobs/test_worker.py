"""Workers under failures: killed, stopped, disconnected, several at once."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from structlog.testing import capture_logs
from tests.kernel.jobs.worker_process import GATE, gated
from tests.kernel.jobs.worker_process import Payload as GatedPayload

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import Worker, cron, job, list_jobs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.kernel.jobs.conftest import Process, Queue, StartWorker

    StartProcess = Callable[[], Awaitable[Process]]


class Payload(msgspec.Struct):
    name: str


async def note(db: Any, what: str) -> None:
    await db.execute("INSERT INTO runs (who, what) VALUES ('test', $1)", what)


async def who(queue: Queue) -> list[tuple[str, str]]:
    rows = await queue.connection.fetch("SELECT who, what FROM runs ORDER BY id")
    return [(row["who"], row["what"]) for row in rows]


async def test_a_killed_workers_job_is_done_by_another(queue: Queue, start_process: StartProcess) -> None:
    await queue.connection.execute("SELECT pg_advisory_lock($1)", GATE)
    first = await start_process()
    await queue.enqueue(gated, GatedPayload("a"))
    await queue.until_runs(["begin a"])
    second = await start_process()

    await first.kill()
    await queue.until_runs(["begin a", "begin a"])
    await queue.connection.execute("SELECT pg_advisory_unlock($1)", GATE)
    await queue.until_empty()

    assert await who(queue) == [(first.pid, "begin a"), (second.pid, "begin a"), (second.pid, "end a")]


async def test_a_job_that_kills_its_workers_is_held(queue: Queue, start_process: StartProcess) -> None:
    await queue.connection.execute("SELECT pg_advisory_lock($1)", GATE)
    await queue.enqueue(gated, GatedPayload("a"))
    for attempt in (1, 2, 3):
        process = await start_process()
        await queue.until_runs(["begin a"] * attempt)
        await process.kill()
    await start_process()
    await queue.until_states(["held"])
    assert await queue.runs() == ["begin a"] * 3
    (record,) = await list_jobs(queue.db, "held")
    assert record.error == "PermanentFailure: the workers that ran it died"


async def test_two_processes_share_the_work_without_doubling(
    queue: Queue, start_process: StartProcess
) -> None:
    await start_process()
    await start_process()
    for number in range(30):
        await queue.enqueue(gated, GatedPayload(str(number)))
    await queue.until_empty()
    assert sorted(await queue.runs()) == sorted(
        f"{word} {number}" for number in range(30) for word in ("begin", "end")
    )


async def test_a_stopped_process_gives_its_job_back_at_once(
    queue: Queue, start_process: StartProcess
) -> None:
    await queue.connection.execute("SELECT pg_advisory_lock($1)", GATE)
    first = await start_process()
    await queue.enqueue(gated, GatedPayload("a"))
    await queue.until_runs(["begin a"])

    started = time.monotonic()
    assert await first.terminate() == 0
    assert time.monotonic() - started < 5

    (record,) = await list_jobs(queue.db)
    assert (record.state, record.attempts) == ("queued", 0)


async def test_stop_lets_running_jobs_end(queue: Queue, start_worker: StartWorker) -> None:
    go = asyncio.Event()

    @job("test.slow")
    async def slow(payload: Payload, db: Database) -> None:
        await note(db, "begin")
        await go.wait()
        await note(db, "end")

    worker = await start_worker(slow)
    await queue.enqueue(slow, Payload("x"))
    await queue.until_runs(["begin"])
    stopping = asyncio.create_task(worker.stop())
    await asyncio.sleep(0)
    await queue.enqueue(slow, Payload("too late"))
    assert worker.busy == 1
    go.set()
    await stopping
    assert await queue.runs() == ["begin", "end"]
    assert [record.state for record in await list_jobs(queue.db)] == ["queued"]


async def test_a_handler_that_does_not_listen_is_left_and_its_job_given_back(
    queue: Queue, start_worker: StartWorker
) -> None:
    go = asyncio.Event()

    @job("test.deaf")
    async def deaf(payload: Payload, db: Database) -> None:
        await note(db, "begin")
        while not go.is_set():
            try:
                await go.wait()
            except asyncio.CancelledError:
                continue

    worker = await start_worker(deaf, drain_seconds=0)
    await queue.enqueue(deaf, Payload("x"))
    await queue.until_runs(["begin"])
    async with asyncio.timeout(8):
        await worker.stop()
    assert [(record.state, record.attempts) for record in await list_jobs(queue.db)] == [("queued", 0)]
    go.set()


async def test_a_cancelled_worker_gives_its_jobs_back(queue: Queue) -> None:
    @job("test.slow")
    async def slow(payload: Payload, db: Database) -> None:
        await note(db, "begin")
        await asyncio.Event().wait()

    worker = Worker(queue.dsn, SimpleNamespace(db=queue.db), [slow])
    task = asyncio.create_task(worker.run())
    await queue.enqueue(slow, Payload("x"))
    await queue.until_runs(["begin"])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [(record.state, record.attempts) for record in await list_jobs(queue.db)] == [("queued", 0)]


async def test_a_lost_connection_is_opened_again_and_running_jobs_go_on(
    queue: Queue, start_worker: StartWorker
) -> None:
    go = asyncio.Event()

    @job("test.slow")
    async def slow(payload: Payload, db: Database) -> None:
        await note(db, f"begin {payload.name}")
        if payload.name == "a":
            await go.wait()
        await note(db, f"end {payload.name}")

    await start_worker(slow, name="cut")
    await queue.enqueue(slow, Payload("a"))
    await queue.until_runs(["begin a"])
    for round_ in range(3):
        (worker,) = await queue.connection.fetch(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'colonnade-cut'"
        )
        assert await queue.connection.fetchval("SELECT pg_terminate_backend($1, 5000)", worker["pid"])
        await queue.enqueue(slow, Payload(str(round_)))
        await queue.until_runs(
            ["begin a"] + [f"{word} {number}" for number in range(round_ + 1) for word in ("begin", "end")]
        )
    go.set()
    await queue.until_empty()
    assert (await queue.runs()).count("begin a") == 1
    assert (await queue.runs())[-1] == "end a"


async def test_a_worker_waits_for_a_queue_that_is_not_there_yet(queue: Queue) -> None:
    @job("test.plain")
    async def plain(payload: Payload, db: Database) -> None:
        await note(db, payload.name)

    await queue.connection.execute("ALTER TABLE job_queue RENAME TO hidden")
    worker = Worker(queue.dsn, SimpleNamespace(db=queue.db), [plain])
    failed = asyncio.Event()

    def watch(_logger: Any, _method: str, line: Any) -> Any:
        if line["event"] == "worker failed":
            failed.set()
        return line

    with capture_logs(processors=[watch]):
        task = asyncio.create_task(worker.run())
        async with asyncio.timeout(10):
            await failed.wait()
    await queue.connection.execute("ALTER TABLE hidden RENAME TO job_queue")
    await queue.enqueue(plain, Payload("x"))
    await queue.until_runs(["x"])
    await worker.stop()
    await task


async def test_a_worker_without_postgresql_stops_at_once() -> None:
    worker = Worker("postgresql://nobody@127.0.0.1:1/nothing", None, [])
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    async with asyncio.timeout(3):
        await worker.stop()
        await task


async def test_two_jobs_of_one_name_are_refused(queue: Queue) -> None:
    with pytest.raises(ValueError, match=r"more than one job is called test\.gated"):
        Worker(queue.dsn, None, [gated, gated])


async def test_missed_ticks_run_once_with_two_workers(queue: Queue, start_process: StartProcess) -> None:
    process = await start_process()
    await process.kill()
    assert await queue.runs() == []  # a new cron job waits for its first time
    await queue.connection.execute(
        "UPDATE job_schedules SET next_run = now() - interval '3 days' WHERE name = 'test.nightly'"
    )
    await asyncio.gather(start_process(), start_process())
    await queue.until_runs(["nightly"])
    await queue.enqueue(gated, GatedPayload("after"))
    await queue.until_empty()
    assert await queue.runs() == ["nightly", "begin after", "end after"]
    hour = await queue.connection.fetchval(
        "SELECT extract(hour FROM next_run AT TIME ZONE 'Asia/Jakarta') FROM job_schedules "
        "WHERE name = 'test.nightly' AND next_run > now()"
    )
    assert hour == 3


async def test_a_cron_job_runs_again_and_again_and_not_beside_itself(
    queue: Queue, start_worker: StartWorker
) -> None:
    running = 0

    @cron("* * * * * *", name="test.second", max_attempts=1)
    async def second(db: Database) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await note(db, "tick")
        running -= 1
        raise ValueError  # a failed run does not keep the next tick from coming, nor is it held

    await start_worker(second)
    await start_worker(second)
    await queue.until_runs(["tick", "tick", "tick"])
    assert await list_jobs(queue.db, "held") == []


async def test_a_changed_schedule_replaces_the_old_one(queue: Queue, start_worker: StartWorker) -> None:
    async def nothing(db: Database) -> None: ...

    for expression in ("0 3 * * *", "30 4 * * *"):
        worker = await start_worker(cron(expression, name="test.moved")(nothing))
        await worker.stop()
    rows = await queue.connection.fetch("SELECT schedule FROM job_schedules WHERE name = 'test.moved'")
    assert [row["schedule"] for row in rows] == ["30 4 * * * UTC"]


def test_a_wrong_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a cron expression"):
        cron("61 * * * *", name="test.wrong")(note)  # type: ignore[arg-type]
