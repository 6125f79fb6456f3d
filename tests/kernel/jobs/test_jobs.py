"""Jobs from the transaction that enqueues them to their end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import structlog
from structlog.testing import capture_logs

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import (
    EnqueueOnly,
    Job,
    JobCounts,
    JobName,
    PermanentFailure,
    RetryLater,
    count_jobs,
    enqueue_on,
    job,
    list_jobs,
    retry_jobs,
)

if TYPE_CHECKING:
    from tests.kernel.jobs.conftest import Queue, StartWorker


class Payload(msgspec.Struct):
    name: str


async def note(db: Any, what: str) -> None:
    await db.execute("INSERT INTO runs (who, what) VALUES ('test', $1)", what)


def failing(times: int, error: Exception, **options: Any) -> Job[Payload]:
    """Build a job whose first `times` attempts raise."""
    left = [times]

    @job("test.failing", first_delay_seconds=0.01, **options)
    async def handler(payload: Payload, db: Database) -> None:
        left[0] -= 1
        await note(db, f"{payload.name} {'fails' if left[0] >= 0 else 'succeeds'}")
        if left[0] >= 0:
            raise error

    return handler


@job("test.plain")
async def plain(payload: Payload, db: Database) -> None:
    await note(db, payload.name)


async def test_a_job_runs_after_the_commit_and_leaves_the_queue(
    queue: Queue, start_worker: StartWorker
) -> None:
    await start_worker(plain)
    async with queue.db.transaction() as tx:
        await tx.enqueue(plain, Payload("first"))
        assert await queue.connection.fetchval("SELECT count(*) FROM job_queue") == 0
    await queue.until_runs(["first"])
    await queue.until_empty()


async def test_a_job_is_enqueued_by_its_name_before_its_handler_is_declared(
    queue: Queue, start_worker: StartWorker
) -> None:
    name = JobName("test.named", Payload)
    async with queue.db.transaction() as tx:
        await tx.enqueue(name, Payload("by name"))

    @job(name)
    async def named(payload: Payload, db: Database) -> None:
        await note(db, payload.name)

    await start_worker(named)
    await queue.until_runs(["by name"])
    await queue.until_empty()


async def test_a_product_does_not_enqueue_what_no_slice_runs(queue: Queue) -> None:
    db = Database(queue.db.dsn, enqueue=EnqueueOnly([plain]))
    async with db.transaction() as tx:
        await tx.enqueue(plain, Payload("known"))
    with pytest.raises(LookupError, match=r"no slice has a job called test\.named"):
        async with db.transaction() as tx:
            await tx.enqueue(JobName("test.named", Payload), Payload("unknown"))
    assert [each.name for each in await list_jobs(db)] == [plain.name]
    await db.close()


async def test_a_rolled_back_transaction_leaves_no_job(queue: Queue, start_worker: StartWorker) -> None:
    with pytest.raises(RuntimeError):  # noqa: PT012 - the transaction is what is left
        async with queue.db.transaction() as tx:
            await tx.enqueue(plain, Payload("never"))
            raise RuntimeError
    assert await list_jobs(queue.db) == []
    await start_worker(plain)
    await queue.enqueue(plain, Payload("after"))
    await queue.until_runs(["after"])


async def test_enqueueing_is_one_statement(queue: Queue) -> None:
    async with queue.db.transaction() as tx:
        before = queue.db.statements
        await tx.enqueue(plain, Payload("x"))
        assert queue.db.statements - before == 1


async def test_many_are_enqueued_by_one_statement_in_their_order(queue: Queue) -> None:
    payloads = [Payload(f"{n}") for n in range(20)]
    async with queue.db.transaction() as tx:
        before = queue.db.statements
        await tx.enqueue_all(plain, payloads)
        await tx.enqueue_all(plain, [])
        assert queue.db.statements - before == 1
    assert [each.name for each in await list_jobs(queue.db)] == [plain.name] * 20
    rows = await queue.connection.fetch("SELECT payload FROM job_queue ORDER BY id")
    assert [plain.decode(row["payload"]) for row in rows] == payloads
    db = Database(queue.db.dsn, enqueue_all=EnqueueOnly([]).all)
    with pytest.raises(LookupError, match=r"no slice has a job called test\.plain"):
        async with db.transaction() as tx:
            await tx.enqueue_all(plain, payloads)
    await db.close()


async def test_a_key_admits_one_waiting_job(queue: Queue, start_worker: StartWorker) -> None:
    first = await queue.enqueue(plain, Payload("one"), key="test.plain:1")
    assert isinstance(first, int)
    assert await queue.enqueue(plain, Payload("two"), key="test.plain:1") is None
    assert await queue.enqueue(plain, Payload("three"), key="test.plain:2") is not None
    await start_worker(plain)
    await queue.until_empty()
    assert sorted(await queue.runs()) == ["one", "three"]
    assert await queue.enqueue(plain, Payload("four"), key="test.plain:1") is not None


async def test_a_delayed_job_waits(queue: Queue, start_worker: StartWorker) -> None:
    await start_worker(plain)
    await queue.enqueue(plain, Payload("later"), delay=timedelta(seconds=0.5))
    await queue.enqueue(plain, Payload("much later"), delay=timedelta(hours=1))
    await queue.enqueue(plain, Payload("now"))
    await queue.until_runs(["now", "later"])
    (left,) = await list_jobs(queue.db, "delayed")
    assert (left.name, left.attempts) == ("test.plain", 0)
    assert left.run_at - left.created_at == timedelta(hours=1)


async def test_a_failing_job_is_tried_again_and_succeeds(queue: Queue, start_worker: StartWorker) -> None:
    flaky = failing(2, ValueError("no luck"), max_attempts=3)
    await start_worker(flaky)
    await queue.enqueue(flaky, Payload("it"))
    await queue.until_runs(["it fails", "it fails", "it succeeds"])
    await queue.until_empty()


async def test_the_last_attempt_holds_the_job_and_a_retry_gives_all_attempts_back(
    queue: Queue, start_worker: StartWorker
) -> None:
    stubborn = failing(3, ValueError("no luck"), max_attempts=2)
    await start_worker(stubborn, plain)
    id_ = await queue.enqueue(stubborn, Payload("it"))
    await queue.until_states(["held"])
    assert await queue.runs() == ["it fails", "it fails"]

    (held,) = await list_jobs(queue.db, "held")
    assert (held.id, held.name, held.state, held.attempts) == (id_, "test.failing", "held", 1)
    assert held.error == "ValueError: no luck"
    assert await list_jobs(queue.db, "queued") == []
    assert await count_jobs(queue.db) == JobCounts(0, 0, 0, 1, 0.0)

    assert await retry_jobs(queue.db) == 1
    await queue.until_runs(["it fails", "it fails", "it fails", "it succeeds"])
    await queue.until_empty()


async def test_a_permanent_failure_is_held_at_once(queue: Queue, start_worker: StartWorker) -> None:
    hopeless = failing(9, PermanentFailure("no such mailbox"))
    await start_worker(hopeless)
    await queue.enqueue(hopeless, Payload("it"))
    await queue.until_states(["held"])
    assert await queue.runs() == ["it fails"]
    assert [record.error for record in await list_jobs(queue.db)] == ["PermanentFailure: no such mailbox"]


async def test_retry_later_sets_the_pause(queue: Queue, start_worker: StartWorker) -> None:
    patient = failing(1, RetryLater(1800, "asked to wait"))
    await start_worker(patient)
    await queue.enqueue(patient, Payload("it"))

    async def delayed() -> bool:
        return len(await list_jobs(queue.db, "delayed")) == 1

    await queue.until(delayed)
    (record,) = await list_jobs(queue.db)
    assert (record.attempts, record.error) == (1, "RetryLater: asked to wait")
    assert timedelta(minutes=29) < record.run_at - record.created_at < timedelta(minutes=31)


async def test_a_payload_of_another_shape_is_held(queue: Queue, start_worker: StartWorker) -> None:
    await start_worker(plain)
    await queue.connection.execute(
        "INSERT INTO job_queue (name, payload) VALUES ('test.plain', '{}'); NOTIFY colonnade_jobs"
    )
    await queue.until_states(["held"])
    (record,) = await list_jobs(queue.db)
    assert record.error == "PermanentFailure: its payload does not fit: Object missing required field `name`"


async def test_a_handler_that_takes_too_long_has_failed(queue: Queue, start_worker: StartWorker) -> None:
    @job("test.endless", max_attempts=1, timeout_seconds=0.05)
    async def endless(payload: Payload, db: Database) -> None:
        await asyncio.Event().wait()

    await start_worker(endless)
    await queue.enqueue(endless, Payload("it"))
    await queue.until_states(["held"])
    assert [record.error for record in await list_jobs(queue.db)] == ["TimeoutError"]


async def test_a_handler_whose_own_wait_is_cancelled_has_failed(
    queue: Queue, start_worker: StartWorker
) -> None:
    @job("test.cancelled", max_attempts=1)
    async def cancelled(payload: Payload, db: Database) -> None:
        raise asyncio.CancelledError

    await start_worker(cancelled)
    await queue.enqueue(cancelled, Payload("it"))
    await queue.until_states(["held"])


async def test_held_jobs_that_share_a_key_are_retried_one_at_a_time(queue: Queue) -> None:
    for _ in range(2):
        await queue.enqueue(plain, Payload("x"), key="k")
        await queue.connection.execute("UPDATE job_queue SET state = 'held'")
    await queue.enqueue(plain, Payload("x"))
    await queue.connection.execute("UPDATE job_queue SET state = 'held'")
    first, second, other = sorted(record.id for record in await list_jobs(queue.db, "held"))
    assert await retry_jobs(queue.db, [first, second, other]) == 2
    assert [record.id for record in await list_jobs(queue.db, "held")] == [first]
    assert await retry_jobs(queue.db) == 0
    assert sorted(record.state for record in await list_jobs(queue.db)) == ["held", "queued", "queued"]


async def test_jobs_of_others_are_left_alone(queue: Queue, start_worker: StartWorker) -> None:
    @job("test.unknown")
    async def unknown(payload: Payload, db: Database) -> None: ...

    await start_worker(plain)
    await queue.enqueue(unknown, Payload("x"))
    await queue.enqueue(plain, Payload("y"))
    await queue.until_states(["queued"])
    assert await queue.runs() == ["y"]


async def test_a_run_is_logged_without_payload_and_with_its_request(
    queue: Queue, start_worker: StartWorker
) -> None:
    seen: list[Any] = []

    @job("test.logged", max_attempts=2, first_delay_seconds=0.01)
    async def logged(payload: Payload, db: Database) -> None:
        seen.append(structlog.contextvars.get_contextvars().get("request_id"))
        raise ValueError(f"cannot reach {payload.name}")

    await start_worker(logged, name="radio")
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        with structlog.contextvars.bound_contextvars(request_id="req-1"):
            id_ = await queue.enqueue(logged, Payload("siti@example.org"))
        await queue.until_states(["held"])
    runs = [line for line in lines if line["event"] == "job"]
    for line in runs:
        assert line.pop("ms") >= 0
        assert line.pop("at").startswith("test_jobs.py:")
    assert 0 <= runs[0].pop("retry_in_seconds") <= 0.1
    common = {"event": "job", "worker": "radio", "job": "test.logged", "id": id_, "request_id": "req-1"}
    assert runs == [
        common | {"attempt": 1, "outcome": "retry", "error": "ValueError", "log_level": "warning"},
        common | {"attempt": 2, "outcome": "held", "error": "ValueError", "log_level": "warning"},
    ]
    assert seen == ["req-1", "req-1"]
    assert "siti" not in repr(lines)


async def test_failures_do_not_reach_the_log_with_their_message(
    queue: Queue, start_worker: StartWorker, caplog: pytest.LogCaptureFixture
) -> None:
    hopeless = failing(9, ValueError("siti@example.org refused"), max_attempts=2)
    await start_worker(hopeless)
    await queue.enqueue(hopeless, Payload("it"))
    await queue.until_states(["held"])
    assert "siti" not in caplog.text


def test_pauses_double_up_to_an_hour() -> None:
    for attempt, expected in [(1, 5), (2, 10), (5, 80), (30, 3600)]:
        assert expected * 0.75 <= plain.delay_seconds(attempt) <= expected * 1.25


@pytest.mark.parametrize("name", ["Mail", "mail send", "", "mail..send", "1mail"])
def test_unusable_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a job"):
        job(name)(plain.handler)


def test_a_job_that_does_not_say_its_payload_is_refused_when_used() -> None:
    async def silent(payload, db: Database):  # type: ignore[no-untyped-def]
        ...

    with pytest.raises(TypeError, match="must take one annotated payload"):
        job("test.silent")(silent).decode(b"{}")


async def test_enqueue_works_on_a_bare_connection(queue: Queue) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r"):
        await enqueue_on(queue.connection, plain, Payload("x"))
        async with queue.db.transaction() as tx:
            await enqueue_on(tx.connection, plain, Payload("x"))
    rows = await queue.connection.fetch("SELECT headers FROM job_queue")
    assert [row["headers"] for row in rows] == ['{"request_id": "r"}'] * 2
