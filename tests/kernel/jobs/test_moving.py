"""Migrations of the queue: jobs move from PgQueuer's tables, and are marked with whom they concern."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
from tests.kernel.jobs.conftest import BEFORE, CONCERNS, OWN, RUNS

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import Lane, Worker, cron, enqueue_on, job, list_jobs
from colonnade.kernel.jobs.concerns import find_concerned

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WAITING = """
INSERT INTO pgqueuer (id, priority, status, entrypoint, dedupe_key, payload, headers, attempts, created, execute_after,
                      queue_manager_id)
VALUES
    (11, 0, 'queued', 'test.moved', NULL, '{"name": "queued"}', '{"request_id": "r"}', 0, now() - interval '5 s',
     now() - interval '5 s', NULL),
    (12, 0, 'queued', 'test.moved', 'test.moved:1', '{"name": "delayed"}', NULL, 2, now() - interval '1 s',
     now() + interval '1 h', NULL),
    (13, 0, 'picked', 'test.moved', 'test.moved:2', '{"name": "picked"}', NULL, 1, now(), now(), gen_random_uuid()),
    (14, 0, 'failed', 'test.moved', 'test.moved:2', '{"name": "held"}', NULL, 7, now(), now(), NULL),
    (15, 0, 'queued', 'jobs.prune', 'cron:jobs.prune', NULL, NULL, 0, now(), now(), NULL);
SELECT setval('pgqueuer_id_seq', 40);
INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint, traceback, created) VALUES
    (12, 'exception', 0, 'test.moved', '{"exception_type": "RetryRequested", "exception_message": "OSError: refused"}',
     now()),
    (14, 'exception', 0, 'test.moved', '{"exception_type": "OSError", "exception_message": "first"}',
     now() - interval '1 h'),
    (14, 'exception', 0, 'test.moved', '{"exception_type": "ValueError", "exception_message": ""}', now()),
    (9, 'successful', 0, 'test.moved', NULL, now());
INSERT INTO pgqueuer_schedules (entrypoint, expression, next_run, last_run) VALUES
    ('test.nightly', '0 3 * * * UTC', '2100-01-01T03:00Z', '2026-01-01T03:00Z'),
    ('jobs.prune', '17 * * * * UTC', now(), NULL);
"""

LEFT_BEHIND = """
SELECT relname AS name FROM pg_class WHERE relname LIKE '%pgqueuer%'
UNION SELECT proname FROM pg_proc WHERE proname LIKE '%pgqueuer%'
UNION SELECT typname FROM pg_type WHERE typname LIKE '%pgqueuer%'"""


class Payload(msgspec.Struct):
    name: str


@job("test.moved", lane=Lane("elsewhere", 1))
async def moved(payload: Payload, db: Database) -> None:
    await db.execute("INSERT INTO runs (who, what) VALUES ('test', $1)", payload.name)


@cron("0 3 * * *", name="test.nightly")
async def nightly(db: Database) -> None: ...


async def test_jobs_move_and_go_on(fresh_database: Callable[[], Awaitable[str]]) -> None:
    dsn = await fresh_database()
    connection = await asyncpg.connect(dsn)
    await connection.execute(BEFORE)
    await connection.execute(WAITING)
    await connection.execute(OWN)
    await connection.execute("".join(CONCERNS))

    db = Database(dsn)
    records = sorted(await list_jobs(db), key=lambda record: record.id)
    assert [(each.id, each.name, each.state, each.attempts, each.key, each.error) for each in records] == [
        (11, "test.moved", "queued", 0, None, None),
        (12, "test.moved", "delayed", 2, "test.moved:1", "OSError: refused"),
        (13, "test.moved", "queued", 1, "test.moved:2", None),
        (14, "test.moved", "held", 7, "test.moved:2", "ValueError"),
    ]
    assert records[1].run_at - records[1].created_at == timedelta(hours=1, seconds=1)
    assert await connection.fetch(LEFT_BEHIND) == []
    schedules = await connection.fetch(
        "SELECT name, schedule, next_run::text, last_run::text FROM job_schedules"
    )
    assert [tuple(row) for row in schedules] == [
        ("test.nightly", "0 3 * * * UTC", "2100-01-01 03:00:00+00", "2026-01-01 03:00:00+00")
    ]
    headers = await connection.fetchval("SELECT headers->>'request_id' FROM job_queue WHERE id = 11")
    assert headers == "r"

    await connection.execute(RUNS)
    assert await enqueue_on(connection, moved, Payload("new")) == 41
    worker = Worker(dsn, SimpleNamespace(db=db), [moved, nightly])
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(20):
        while len(await connection.fetch("SELECT FROM runs")) < 3:
            await asyncio.sleep(0.02)
    await worker.stop()
    await running
    runs = await connection.fetch("SELECT what FROM runs ORDER BY id")
    assert [row["what"] for row in runs] == ["queued", "picked", "new"]
    assert [(each.id, each.state, each.lane) for each in await list_jobs(db)] == [
        (14, "held", "elsewhere"),
        (12, "delayed", "elsewhere"),
    ]
    await db.close()
    await connection.close()


async def test_jobs_of_before_are_marked_as_new_ones_are(
    fresh_database: Callable[[], Awaitable[str]],
) -> None:
    connection = await asyncpg.connect(await fresh_database())
    await connection.execute(BEFORE)
    await connection.execute(OWN)
    payloads: list[Any] = [
        {"to": "Ana@Test.ID", "account_id": 11},
        {"to": "\N{KELVIN SIGN}Ana@Test.ID", "account_id": None, "email": "other@test.id"},
        {"email": "ana@test.id", "context": {"nul": "\0", "account_id": 11, "path": "\\u0000"}},
        {"account_id": "11", "to": "ana@test.id"},
        {"context": {"email": "ana@test.id"}},
        ["ana@test.id", {"to": "ana@test.id"}],
        "ana@test.id",
        None,
    ]
    await connection.executemany(
        "INSERT INTO job_queue (name, payload) VALUES ('test.before', $1)",
        [(msgspec.json.encode(each),) for each in payloads],
    )
    await connection.execute("".join(CONCERNS))
    rows = await connection.fetch("SELECT payload, concerns FROM job_queue ORDER BY id")
    assert [row["concerns"] for row in rows] == [
        "account:11",
        "mailto:\N{KELVIN SIGN}ana@test.id",
        "mailto:ana@test.id",
        *[None] * 5,
    ]
    assert [find_concerned(row["payload"]) for row in rows] == [row["concerns"] for row in rows]
    await connection.close()
