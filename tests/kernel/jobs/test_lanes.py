"""Lanes that do not delay each other, and the order inside one."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import Job, JobName, Lane, Priority, Worker, cron, job, list_jobs

if TYPE_CHECKING:
    from tests.kernel.jobs.conftest import Queue, StartWorker

SLOW = Lane("slow", 2)
SINGLE = Lane("single", 1)


class Payload(msgspec.Struct):
    name: str


async def note(db: Any, what: str) -> None:
    await db.execute("INSERT INTO runs (who, what) VALUES ('test', $1)", what)


@job("test.plain")
async def plain(payload: Payload, db: Database) -> None:
    await note(db, payload.name)


@job("test.single", lane=SINGLE)
async def single(payload: Payload, db: Database) -> None:
    await note(db, payload.name)


async def fill(queue: Queue, stuck: Job[Payload], count: int) -> None:
    for number in range(count):
        await queue.enqueue(stuck, Payload(str(number)))


def stuck_job(name: str, go: asyncio.Event, **options: Any) -> Job[Payload]:
    """Build a job whose handler hangs until `go` is set, as with a server that does not answer."""

    @job(name, **options)
    async def handler(payload: Payload, db: Database) -> None:
        await note(db, f"begin {payload.name}")
        await go.wait()

    return handler


async def until_noted(queue: Queue, expected: list[str]) -> None:
    """Wait for these runs, in any order."""

    async def as_expected() -> bool:
        return sorted(await queue.runs()) == sorted(expected)

    await queue.until(as_expected)


async def states(queue: Queue) -> Counter[tuple[str, str]]:
    return Counter((record.name, record.state) for record in await list_jobs(queue.db))


async def test_a_lane_that_hangs_delays_no_other(queue: Queue, start_worker: StartWorker) -> None:
    go = asyncio.Event()
    slow = stuck_job("test.slow", go, lane=SLOW)
    await fill(queue, slow, 20)
    await start_worker(slow, plain, drain_seconds=0)
    await until_noted(queue, ["begin 0", "begin 1"])
    for number in range(30):
        await queue.enqueue(plain, Payload(f"plain {number}"))

    async def plain_done() -> bool:
        return await states(queue) == {("test.slow", "running"): 2, ("test.slow", "queued"): 18}

    await queue.until(plain_done)
    assert len(await queue.runs()) == 32
    go.set()
    await queue.until_empty()


async def test_the_default_lane_delays_no_other_either(queue: Queue, start_worker: StartWorker) -> None:
    go = asyncio.Event()
    busy = stuck_job("test.busy", go)
    await fill(queue, busy, 25)
    worker = await start_worker(busy, single, drain_seconds=0)
    await until_noted(queue, [f"begin {number}" for number in range(10)])
    assert worker.busy == 10
    await queue.enqueue(single, Payload("passes"))
    await until_noted(queue, [*(f"begin {number}" for number in range(10)), "passes"])
    go.set()
    await queue.until_empty()


async def test_each_worker_has_the_slots_of_a_lane(queue: Queue, start_worker: StartWorker) -> None:
    go = asyncio.Event()
    slow = stuck_job("test.slow", go, lane=SLOW)
    await fill(queue, slow, 9)
    first, second = await start_worker(slow), await start_worker(slow)

    async def four_run() -> bool:
        return (await states(queue))["test.slow", "running"] == 4

    await queue.until(four_run)
    assert (first.busy, second.busy) == (2, 2)
    go.set()
    await queue.until_empty()
    assert sorted(await queue.runs()) == [f"begin {number}" for number in range(9)]


async def test_slots_that_become_free_out_of_step_are_filled_at_once(
    queue: Queue, start_worker: StartWorker
) -> None:
    """Nobody is notified of these slots, and the next regular look is five seconds away."""

    @job("test.uneven", lane=Lane("uneven", 3))
    async def uneven(payload: Payload, db: Database) -> None:
        await asyncio.sleep(int(payload.name) % 5 / 1000)

    await fill(queue, uneven, 120)
    async with asyncio.timeout(4.5):
        await start_worker(uneven)
        await queue.until_empty()


async def test_higher_priorities_go_first_and_equal_ones_in_turn(
    queue: Queue, start_worker: StartWorker
) -> None:
    go = asyncio.Event()
    gate = stuck_job("test.gate", go, lane=SINGLE, priority=Priority.HIGH)
    urgent = JobName("test.urgent", Payload, lane=SINGLE, priority=Priority.HIGH)

    @job(urgent)
    async def handle_urgent(payload: Payload, db: Database) -> None:
        await note(db, payload.name)

    await queue.enqueue(gate, Payload("gate"))
    await start_worker(gate, single, handle_urgent)
    await queue.until_runs(["begin gate"])
    async with queue.db.transaction() as tx:
        await tx.enqueue(single, Payload("low"), priority=Priority.LOW)
        await tx.enqueue(single, Payload("normal 1"))
        await tx.enqueue(urgent, Payload("high 1"))
    await queue.enqueue(single, Payload("normal 2"))
    await queue.enqueue(single, Payload("high 2"), priority=Priority.HIGH)
    go.set()
    await queue.until_empty()
    assert await queue.runs() == ["begin gate", "high 1", "high 2", "normal 1", "normal 2", "low"]


async def test_jobs_that_are_not_due_hide_none_of_lower_priority(
    queue: Queue, start_worker: StartWorker
) -> None:
    for _ in range(50):
        await queue.enqueue(single, Payload("later"), delay=timedelta(hours=1), priority=Priority.HIGH)
    await queue.enqueue(single, Payload("now"), priority=Priority.LOW)
    await start_worker(single)
    await queue.until_runs(["now"])


async def test_an_unknown_priority_is_refused(queue: Queue) -> None:
    with pytest.raises(ValueError, match="7 is not a valid Priority"):
        await queue.enqueue(plain, Payload("x"), priority=7)
    assert await list_jobs(queue.db) == []


async def test_waiting_jobs_follow_their_declaration_into_another_lane(
    queue: Queue, start_worker: StartWorker
) -> None:
    before: Job[Payload] = job("test.moved", lane=Lane("former", 1))(plain.handler)
    after: Job[Payload] = job("test.moved", lane=SINGLE)(plain.handler)
    await queue.enqueue(before, Payload("later"), delay=timedelta(hours=1))
    await queue.enqueue(before, Payload("now"))
    await start_worker(after)
    await queue.until_states(["queued"])
    assert await queue.runs() == ["now"]
    assert [(record.lane, record.state) for record in await list_jobs(queue.db)] == [("single", "delayed")]


async def test_a_cron_job_runs_in_its_lane(queue: Queue, start_worker: StartWorker) -> None:
    lanes: list[str] = []

    @cron("* * * * * *", name="test.tick", lane=SINGLE)
    async def tick(db: Database) -> None:
        lanes.extend(record.lane for record in await list_jobs(queue.db, "running"))
        await note(db, "tick")

    await start_worker(tick)
    await queue.until_runs(["tick"])
    assert lanes == ["single"]


async def test_a_job_whose_notification_nobody_heard_is_found(
    queue: Queue, start_worker: StartWorker
) -> None:
    await start_worker(plain, lease_seconds=0.6)
    await queue.connection.execute(
        "INSERT INTO job_queue (name, payload) VALUES ('test.plain', $1)", plain.encode(Payload("silent"))
    )
    await queue.until_runs(["silent"])


@pytest.mark.parametrize(("name", "concurrency"), [("Mail", 1), ("", 1), ("a b", 1), ("mail", 0)])
def test_unusable_lanes_are_refused(name: str, concurrency: int) -> None:
    with pytest.raises(ValueError, match="lane"):
        Lane(name, concurrency)


async def test_two_declarations_of_a_lane_must_agree(queue: Queue) -> None:
    @job("test.other", lane=Lane("single", 3))
    async def other(payload: Payload, db: Database) -> None: ...

    with pytest.raises(ValueError, match="lane single is declared twice, with different numbers"):
        Worker(queue.dsn, None, [single, other])


class Owned(msgspec.Struct):
    name: str
    account_id: int


SHARED = Lane("shared", 1, in_front=2)


@job("test.shared", lane=SHARED)
async def shared(payload: Owned, db: Database) -> None:
    await note(db, payload.name)


@pytest.mark.parametrize("at_once", [False, True])
async def test_an_account_with_many_jobs_has_few_in_front_of_others(
    queue: Queue, start_worker: StartWorker, at_once: bool
) -> None:
    many = [Owned(f"many {number}", 1) for number in range(6)]
    async with queue.db.transaction() as tx:
        if at_once:
            await tx.enqueue_all(shared, many)
        for payload in [] if at_once else many:
            await tx.enqueue(shared, payload)
        for number in range(3):
            await tx.enqueue(shared, Owned(f"few {number}", 2))
    await start_worker(shared)
    await queue.until_empty()
    first, last = ["many 0", "many 1", "few 0", "few 1"], ["many 2", "many 3", "many 4", "many 5", "few 2"]
    assert await queue.runs() == [*first, *last]


async def test_jobs_of_nobody_and_in_other_lanes_count_for_no_account(queue: Queue) -> None:
    elsewhere: Job[Owned] = job("test.elsewhere", lane=Lane("elsewhere", 1, in_front=1))(shared.handler)
    nobody: Job[Payload] = job("test.nobody", lane=SHARED)(plain.handler)
    async with queue.db.transaction() as tx:
        for _ in range(3):
            await tx.enqueue(nobody, Payload("x"))
        await tx.enqueue_all(nobody, [Payload("x")] * 3)
        await tx.enqueue(elsewhere, Owned("x", 1))
        await tx.enqueue(shared, Owned("x", 1), priority=Priority.HIGH)
        await tx.enqueue(shared, Owned("x", 1))
        await tx.enqueue(elsewhere, Owned("x", 1), priority=Priority.HIGH)
    rows = await queue.connection.fetch("SELECT name, priority FROM job_queue ORDER BY id")
    assert [tuple(row) for row in rows] == [
        *[("test.nobody", 0)] * 6,
        ("test.elsewhere", 0),
        ("test.shared", 1),
        ("test.shared", 0),
        ("test.elsewhere", -1),
    ]


def test_a_lane_lets_one_job_at_least_to_the_front() -> None:
    with pytest.raises(ValueError, match="at least one job must be in front"):
        Lane("none", 1, in_front=0)
