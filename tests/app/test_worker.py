"""`colonnade worker`: jobs and cron without a server, beside one, and killed in the middle."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from colonnade.kernel.jobs import enqueue_on
from colonnade.kernel.mail import SendMail, send_mail
from colonnade.kernel.testing.command import Installation, RunningCommand

SECONDS = 20.0
DEAF_SECONDS = 90.0
"""A killed worker is missed after 30 s, looked for as often."""


def letter(number: int) -> SendMail:
    return SendMail(
        to=f"ana{number}@test.id",
        template="colonnade.products.radio.membership:confirmation",
        context={"name": "Ana", "tier": "Mitra", "number": number},
    )


@pytest.fixture
async def queue(
    installation: Installation, migrated_database: Callable[[], Awaitable[str]]
) -> AsyncIterator[asyncpg.Connection]:
    """Connect to the migrated database that the installation's commands use."""
    dsn = await migrated_database()
    installation.environment["DATABASE_URL"] = dsn
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


async def enqueue(queue: asyncpg.Connection, *letters: SendMail) -> None:
    async with queue.transaction():
        for each in letters:
            await enqueue_on(queue, send_mail, each, delay=None, key=None)


async def until(queue: asyncpg.Connection, question: str, answer: object, seconds: float = SECONDS) -> None:
    """Poll the database until a query has this answer."""
    async with asyncio.timeout(seconds):
        while await queue.fetchval(question) != answer:
            await asyncio.sleep(0.05)


async def begin(installation: Installation, *arguments: str, **environment: str) -> RunningCommand:
    worker = installation.start(*arguments, **environment)
    await asyncio.to_thread(worker.wait_for, "worker ready")
    return worker


async def end(command: RunningCommand, number: int = signal.SIGTERM) -> int:
    return await asyncio.to_thread(command.stop, number)


async def test_runs_jobs_and_stops(installation: Installation, queue: asyncpg.Connection) -> None:
    await enqueue(queue, letter(1))
    worker = await begin(installation, "worker", "radio")
    await enqueue(queue, letter(2), letter(3))
    await until(queue, "SELECT count(*) FROM dev_mailbox", 3)
    await until(queue, "SELECT count(*) FROM job_queue", 0)
    assert await end(worker, signal.SIGINT) == 0
    assert worker.stderr.splitlines()[-1] == "… stopped"
    assert "Traceback" not in worker.stderr
    assert worker.stdout == ""


async def test_shares_the_embedded_database_with_a_server(settled: Installation) -> None:
    up = await asyncio.to_thread(settled.up, "radio")
    worker = await begin(settled, "worker")
    assert await end(up) == 0
    postgres = settled.postgres_pid()
    assert postgres is not None
    os.kill(postgres, signal.SIGKILL)
    await asyncio.to_thread(worker.wait_for, "embedded server restarted")
    assert await end(worker) == 0
    assert settled.postgres_pid() is None


async def test_a_cron_tick_runs_once_beside_a_server(
    installation: Installation, queue: asyncpg.Connection
) -> None:
    await end(await begin(installation, "worker", "radio"))
    due = await queue.fetchval("UPDATE job_schedules SET next_run = now() RETURNING name")
    assert due is not None
    schedules = await queue.fetchval("SELECT count(*) FROM job_schedules")
    up, worker = await asyncio.gather(
        begin(installation, "up", "radio", "--port", "0", "--no-demo"), begin(installation, "worker", "radio")
    )
    await until(queue, "SELECT count(*) FROM job_schedules WHERE next_run <= now()", 0)
    await until(queue, "SELECT count(*) FROM job_queue", 0)
    assert await asyncio.gather(end(up), end(worker)) == [0, 0]
    runs = [line["job"] for each in (up, worker) for line in each.log() if line["event"] == "job"]
    assert len(runs) == schedules
    assert len(set(runs)) == schedules


async def test_a_killed_worker_leaves_its_job_in_the_queue(
    installation: Installation, queue: asyncpg.Connection
) -> None:
    server, reached = await silent_server()
    smtp = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(server.sockets[0].getsockname()[1])}
    worker = await begin(installation, "worker", "radio", **smtp)
    await enqueue(queue, letter(1))
    await asyncio.wait_for(reached.wait(), SECONDS)
    worker.kill_group()
    state = await queue.fetchrow("SELECT name, state, attempts FROM job_queue")
    assert tuple(state) == ("mail.send", "running", 0)
    server.close()


@pytest.mark.slow
async def test_another_worker_takes_the_job_of_a_killed_one(
    installation: Installation, queue: asyncpg.Connection
) -> None:
    server, reached = await silent_server()
    smtp = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(server.sockets[0].getsockname()[1])}
    first = await begin(installation, "worker", "radio", **smtp)
    await enqueue(queue, letter(1))
    await asyncio.wait_for(reached.wait(), SECONDS)
    first.kill_group()
    server.close()
    second = await begin(installation, "worker", "radio")
    await until(queue, "SELECT count(*) FROM dev_mailbox", 1, DEAF_SECONDS)
    await until(queue, "SELECT count(*) FROM job_queue", 0)
    assert await end(second) == 0


async def silent_server() -> tuple[asyncio.Server, asyncio.Event]:
    """Start a mail server that never greets; provide the event that a client has connected."""
    reached = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await reader.read()
        writer.close()

    return await asyncio.start_server(listen, "127.0.0.1", 0), reached
