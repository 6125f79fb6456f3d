"""The watchdog: answers that never come because the network swallows them, and an event loop that stands still."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit, urlunsplit

import pytest

from colonnade.kernel.core import Unavailable


class Swallower:
    """A TCP proxy before PostgreSQL that loses the server's answers while `swallowing`."""

    def __init__(self, dsn):
        parts = urlsplit(dsn)
        self._query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self._parts = parts
        self._writers = []
        self.swallowing = False

    async def start(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        user = self._parts.netloc.rpartition("@")[0]
        return urlunsplit(self._parts._replace(netloc=f"{user}@127.0.0.1:{port}", query="sslmode=disable"))

    async def stop(self):
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        if "host" in self._query:
            path = f"{self._query['host']}/.s.PGSQL.{self._query.get('port', '5432')}"
            answers, server = await asyncio.open_unix_connection(path)
        else:
            answers, server = await asyncio.open_connection(self._parts.hostname, self._parts.port or 5432)
        self._writers += [writer, server]
        await asyncio.gather(self._pass(reader, server, False), self._pass(answers, writer, True))

    async def _pass(self, reader, writer, may_be_lost):
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if not (may_be_lost and self.swallowing):
                    writer.write(data)
        writer.close()


@pytest.fixture
async def swallower(dsn):
    """Provide a Swallower and the DSN that leads through it."""
    proxy = Swallower(dsn)
    yield proxy, await proxy.start()
    await proxy.stop()


async def _unanswered(work):
    """Return after how many seconds `work` raises Unavailable."""
    started = time.monotonic()
    with pytest.raises(Unavailable):
        await work
    return time.monotonic() - started


async def test_a_statement_without_an_answer_is_given_up(open_database, swallower):
    proxy, dsn = swallower
    db = open_database(dsn=dsn, statement_timeout_seconds=0.2, answer_grace_seconds=0.3)
    for method in (db.fetch_value, db.fetch, db.fetch_row, db.execute):
        assert await method("SELECT 1") is not None
        proxy.swallowing = True
        assert 0.45 < await _unanswered(method("SELECT 1")) < 1.5
        proxy.swallowing = False
        assert db.pool.size == 0
    assert await db.fetch_value("SELECT $1::int", 7) == 7


async def test_a_transaction_without_an_answer_is_given_up(open_database, swallower):
    proxy, dsn = swallower
    db = open_database(dsn=dsn, statement_timeout_seconds=0.2, answer_grace_seconds=0.3)

    async def lose(where):
        await db.fetch_value("SELECT 1")
        proxy.swallowing = where == "begin"
        async with db.transaction() as tx:
            proxy.swallowing = where == "statement"
            await tx.execute("INSERT INTO things VALUES ($1)", 1)
            proxy.swallowing = where == "commit"

    for where in ("begin", "statement"):
        assert 0.45 < await _unanswered(lose(where)) < 1.5
        proxy.swallowing = False
        assert db.pool.size == 0
        assert await db.fetch("SELECT * FROM things") == []
    # Nobody can know whether a commit without an answer was one.
    assert 0.45 < await _unanswered(lose("commit")) < 1.5
    proxy.swallowing = False
    assert db.pool.size == 0


async def test_a_rollback_without_an_answer_is_given_up_after_two_seconds(open_database, swallower):
    proxy, dsn = swallower
    db = open_database(dsn=dsn)

    async def fail():
        async with db.transaction() as tx:
            await tx.execute("INSERT INTO things VALUES ($1)", 1)
            proxy.swallowing = True
            raise ZeroDivisionError

    started = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        await fail()
    assert 1.9 < time.monotonic() - started < 3
    assert db.pool.size == 0
    proxy.swallowing = False
    assert await db.fetch("SELECT * FROM things") == []


async def test_those_who_wait_for_it_are_told_in_time(open_database, swallower):
    proxy, dsn = swallower
    db = open_database(dsn=dsn, max_size=1, acquire_timeout_seconds=0.3)
    await db.fetch_value("SELECT 1")
    proxy.swallowing = True
    lost = asyncio.create_task(db.fetch_value("SELECT 1"))
    while db.pool.idle:
        await asyncio.sleep(0)
    waits = await asyncio.gather(*(_unanswered(db.fetch_value("SELECT 1")) for _ in range(3)))
    assert all(0.25 < seconds < 0.7 for seconds in waits)
    assert db.pool.waiting == 0
    lost.cancel()
    with pytest.raises(asyncio.CancelledError):
        await lost
    proxy.swallowing = False
    assert await db.fetch_value("SELECT 1") == 1


async def test_an_answer_that_came_while_the_event_loop_stood_still_is_not_late(open_database):
    db = open_database(max_size=1, statement_timeout_seconds=0.2, answer_grace_seconds=0.1)
    assert await db.fetch_value("SELECT 1") == 1
    task = asyncio.create_task(db.fetch_value("SELECT 1"))
    while db.pool.idle:
        await asyncio.sleep(0)
    time.sleep(1.5)
    assert await task == 1
    assert (db.pool.size, db.pool.idle) == (1, 1)
