"""Requests and the database: lost races are retried, exhaustion and outages answered, nothing is left open."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import pytest


async def _idle_in_transaction(lab) -> int:
    return await lab.services.db.fetch_value(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND application_name = 'colonnade-lab' AND state LIKE 'idle in transaction%'"
    )


def _lent(lab) -> int:
    pool = lab.services.db.pool
    return pool.size - pool.idle


async def test_a_deadlock_is_run_again(lab):
    await lab.add("one", "two")
    lab.gate.barrier = asyncio.Barrier(2)
    client = await lab.http()
    answers = await asyncio.gather(
        client.post("/pair", json={"first": 1, "second": 2}),
        client.post("/pair", json={"first": 2, "second": 1}),
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    assert sorted(answer.json()["data"] for answer in answers) == [1, 2]
    assert lab.gate.runs == 3
    counts = [row["count"] for row in await lab.services.db.fetch("SELECT count FROM things ORDER BY id")]
    assert counts == [2, 2]
    assert sorted(lab.happened) == ["pair 1 2", "pair 2 1"]
    for answer in answers:
        assert [part.split(";")[1] for part in answer.headers["ratelimit-policy"].split(", ")] == [
            "q=100000",
            "q=100",
        ]
    assert lab.services.limiter.meter(lab.services.budgets["pairs"]).peek("127.0.0.1").remaining == 98


async def test_a_serialization_failure_is_run_again(lab):
    lab.gate.barrier = asyncio.Barrier(2)
    client = await lab.http()
    answers = await asyncio.gather(client.post("/sum"), client.post("/sum"))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert sorted(await lab.names()) == ["sum 0", "sum 1"]
    assert lab.gate.runs == 3


async def test_a_conflict_that_stays_is_503(lab, failure, monkeypatch):
    async def fail(*args):
        raise asyncpg.SerializationError("could not serialize access")

    await lab.add("one", "two")
    from colonnade.kernel.db import Transaction

    monkeypatch.setattr(Transaction, "execute", fail)
    answer = await (await lab.http()).post("/pair", json={"first": 1, "second": 2})
    failure(answer, 503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"] == "2"
    assert lab.gate.runs == 3
    assert "serialize" not in answer.text


async def test_a_full_pool_is_503_after_two_seconds(lab, failure):
    client = await lab.http()
    holders = [asyncio.create_task(client.post("/hold")) for _ in range(3)]
    for _ in holders:
        await lab.gate.reached.acquire()
    started = time.perf_counter()
    answer = await client.get("/things")
    waited = time.perf_counter() - started
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert answer.headers["retry-after"] == "2"
    assert 1.9 < waited < 2.8
    waiting = asyncio.create_task(client.get("/things"))
    while not lab.services.db.pool.waiting:
        await asyncio.sleep(0)
    lab.gate.open.set()
    assert (await waiting).status_code == 200
    assert [(await holder).status_code for holder in holders] == [201] * 3
    assert (await client.get("/things")).json()["pagination"]["total"] == 3
    assert _lent(lab) == 0


async def test_killed_connections_are_replaced(lab, postgres_dsn):
    client = await lab.http()
    await asyncio.gather(*(client.get("/things") for _ in range(3)))
    killer = await asyncpg.connect(lab.services.db.dsn)
    await killer.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    while await killer.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ):
        await asyncio.sleep(0)
    for _ in range(3):
        assert (await client.get("/things")).status_code == 200
    await killer.close()


async def test_a_connection_killed_in_a_request_is_503_and_nothing_is_written(lab, failure):
    client = await lab.http()
    running = asyncio.create_task(client.post("/hold"))
    await lab.gate.reached.acquire()
    killer = await asyncpg.connect(lab.services.db.dsn)
    await killer.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND state = 'idle in transaction'"
    )
    lab.gate.open.set()
    answer = await running
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert "retry-after" in answer.headers
    assert await lab.names() == []
    assert (await client.get("/things")).status_code == 200
    await killer.close()


async def test_a_client_that_hangs_up_leaves_no_transaction_open(lab):
    _, writer = await asyncio.open_connection("127.0.0.1", lab.server.port)
    writer.write(b"POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()
    await lab.gate.reached.acquire()
    assert await _idle_in_transaction(lab) == 1
    writer.close()
    await writer.wait_closed()
    lab.gate.open.set()
    async with asyncio.timeout(5):
        while _lent(lab):
            await asyncio.sleep(0.01)
    assert await _idle_in_transaction(lab) == 0
    assert await lab.names() == ["held"]


async def test_a_cancelled_request_leaves_nothing(lab):
    """A server that cancels the task of a request whose client is gone."""

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        raise AssertionError("nothing is to be sent")

    for path, method, query in (("/hold", "POST", b""), ("/sleep", "GET", b"seconds=4")):
        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query,
                 "root_path": "", "headers": [(b"host", b"x")], "client": ("127.0.0.1", 1), "server": None,
                 "scheme": "http", "http_version": "1.1", "asgi": {"version": "3.0"}}  # fmt: skip
        task = asyncio.create_task(lab.running(scope, receive, send))
        if path == "/hold":
            await lab.gate.reached.acquire()
        else:
            while not _lent(lab):
                await asyncio.sleep(0)
            await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert _lent(lab) == 0
        assert await _idle_in_transaction(lab) == 0
    assert await lab.names() == []
    assert (await (await lab.http()).get("/things")).status_code == 200


@pytest.mark.parametrize("wait_rounds", range(6))
async def test_cancelling_at_any_point_never_lends_an_open_transaction(lab, wait_rounds):
    """Cancelled while BEGIN or a statement is on its way."""
    db = lab.services.db

    async def work():
        async with db.transaction() as tx:
            await tx.execute("INSERT INTO things (name) VALUES ('never')")
            await asyncio.Event().wait()

    for _ in range(10):
        task = asyncio.create_task(work())
        for _ in range(wait_rounds):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await db.execute("INSERT INTO things (name) VALUES ('kept')")
    assert await lab.names() == ["kept"] * 10
    assert _lent(lab) == 0


async def test_a_statement_that_takes_too_long_is_503(open_lab, failure):
    lab = await open_lab(database_statement_timeout_seconds=0.2)
    answer = await (await lab.http()).get("/sleep?seconds=5")
    failure(answer, 503, "SERVICE_UNAVAILABLE")
    assert _lent(lab) == 0
    await lab.close_clients()


async def test_a_lock_that_is_not_given_is_503(open_lab, failure):
    lab = await open_lab(database_lock_timeout_seconds=0.2)
    await lab.empty()
    await lab.add("one", "two")
    async with lab.services.db.transaction() as tx:
        await tx.execute("UPDATE things SET count = 7 WHERE id = 2")
        answer = await (await lab.http()).post("/pair", json={"first": 1, "second": 2})
        failure(answer, 503, "SERVICE_UNAVAILABLE")
    counts = [row["count"] for row in await lab.services.db.fetch("SELECT count FROM things ORDER BY id")]
    assert counts == [0, 7]
    await lab.close_clients()


async def test_a_database_that_is_not_there_is_503(open_lab, failure):
    lab = await open_lab()
    lab.services.db.pool.dsn = "postgresql://nobody@127.0.0.1:1/none"
    client = await lab.http()
    answer = await client.get("/things")
    failure(answer, 503, "SERVICE_UNAVAILABLE")
    assert "postgres" not in answer.text
    health = await client.get("/health")
    assert health.status_code == 503
    assert health.json()["services"]["database"] == "unhealthy"
    assert (await client.get("/health/ready")).status_code == 503
    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/who")).status_code == 200
    lab.services.db.pool.dsn = lab.services.db.dsn
    assert (await client.get("/things")).status_code == 200
    await lab.close_clients()
