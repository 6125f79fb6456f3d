"""Graceful shutdown: readiness red, sockets told, requests in flight answered, jobs released."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from colonnade.app.compose import RunningProduct, load_product, open_services
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import enqueue_on
from colonnade.kernel.mail import SendMail, send_mail
from colonnade.kernel.product import load_product_settings
from colonnade.kernel.testing import NO_TLS, LiveServer, SocketClient, until_waiting
from colonnade.kernel.testing.command import Installation, RunningCommand

MAIL = SendMail(
    to="ana@test.id",
    template="colonnade.products.radio.membership:confirmation",
    context={"name": "Ana", "tier": "Mitra", "number": 1},
)
PATIENT = {"DATABASE_LOCK_TIMEOUT_SECONDS": "60", "DATABASE_STATEMENT_TIMEOUT_SECONDS": "60"}


@asynccontextmanager
async def held_up(dsn: str) -> AsyncIterator[Database]:
    """Hold a lock that every request for articles waits for, until the block ends."""
    db = Database(dsn)
    try:
        async with db.transaction() as tx:
            await tx.execute("LOCK TABLE articles IN ACCESS EXCLUSIVE MODE")
            yield db
    finally:
        await db.close()


Begin = Callable[[Coroutine[Any, Any, httpx.Response]], "asyncio.Task[httpx.Response]"]


@asynccontextmanager
async def requests() -> AsyncIterator[Begin]:
    """Provide what begins a request in a task; none outlives the block, however it ends."""
    tasks: list[asyncio.Task[httpx.Response]] = []

    def begin(request: Coroutine[Any, Any, httpx.Response]) -> asyncio.Task[httpx.Response]:
        tasks.append(asyncio.create_task(request))
        return tasks[-1]

    try:
        yield begin
    finally:
        for task in tasks:
            task.cancel()
        # Whoever wanted their errors has them.
        await asyncio.gather(*tasks, return_exceptions=True)


async def guest(up: RunningCommand, name: str) -> dict[str, Any]:
    async with httpx.AsyncClient(verify=NO_TLS) as http:
        answer = await http.post(f"{up.url}/livechat/session", json={"name": name})
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()["data"]
    return session


async def until_refused(url: str) -> None:
    address = urlsplit(url)
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection(address.hostname, address.port)
            except ConnectionRefusedError:
                return
            except ConnectionResetError:
                continue  # it stood in the line of the socket that closed
            writer.close()


async def ended(up: RunningCommand) -> int:
    return await asyncio.to_thread(up.wait)


async def test_requests_finish_and_sockets_are_told(
    installation: Installation,
    migrated_database: Callable[[], Awaitable[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    dsn = await migrated_database()
    up = await asyncio.to_thread(installation.up, "radio", "--no-demo", DATABASE_URL=dsn, **PATIENT)
    session = await guest(up, "Ibu Lestari")
    socket = await SocketClient.open(up.url, {"token": session["token"]})
    await socket.call("join-room", session["session_id"])
    async with httpx.AsyncClient(timeout=30, verify=NO_TLS) as http, requests() as begin:
        opened = await http.get(f"{up.url}/socket.io/?EIO=4&transport=polling")
        sid = opened.text.split('"sid":"')[1].split('"')[0]
        poll = begin(http.get(f"{up.url}/socket.io/?EIO=4&transport=polling&sid={sid}"))
        async with held_up(dsn) as db:
            request = begin(http.get(f"{up.url}/articles?search=kasih"))
            await until_waiting(db, request)
            began = time.monotonic()
            up.send(signal.SIGTERM)
            await socket.until(lambda: socket.closed is not None)
            assert (await poll).status_code == 200
            assert not request.done()
            assert up.process.poll() is None
        answer = await request
        assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert await ended(up) == 0
    with capsys.disabled():
        print(f"\n  stopped {time.monotonic() - began:.1f} s after the signal, requests and sockets included")
    assert [line["event"] for line in up.log() if line["level"] in ("error", "warning")] == []
    await socket.close()


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_who_connects_while_requests_finish_is_refused_and_may_try_elsewhere(
    installation: Installation, migrated_database: Callable[[], Awaitable[str]], workers: str
) -> None:
    dsn = await migrated_database()
    options = ("radio", "--no-demo", "--workers", workers)
    up = await asyncio.to_thread(installation.up, *options, DATABASE_URL=dsn, **PATIENT)
    async with httpx.AsyncClient(timeout=30, verify=NO_TLS) as http, requests() as begin:
        async with held_up(dsn) as db:
            request = begin(http.get(f"{up.url}/articles?search=kasih"))
            await until_waiting(db, request)
            up.send(signal.SIGTERM)
            await until_refused(up.url)
            assert not request.done()
        assert (await request).status_code == 200
    assert await ended(up) == 0


async def test_a_request_that_does_not_end_is_given_up(
    installation: Installation, migrated_database: Callable[[], Awaitable[str]]
) -> None:
    dsn = await migrated_database()
    patient = PATIENT | {"SHUTDOWN_GRACE_SECONDS": "4"}
    up = await asyncio.to_thread(installation.up, "radio", "--no-demo", DATABASE_URL=dsn, **patient)
    async with (
        held_up(dsn) as db,
        httpx.AsyncClient(timeout=30, verify=NO_TLS) as http,
        requests() as begin,
    ):
        origin = {"Origin": "http://localhost:3000"}
        request = begin(http.get(f"{up.url}/articles?search=kasih", headers=origin))
        await until_waiting(db, request)
        up.send(signal.SIGTERM)
        async with asyncio.timeout(15):
            assert await ended(up) == 0
        answer = await request
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert (answer.headers["x-content-type-options"], answer.headers["connection"]) == ("nosniff", "close")
    assert answer.headers["x-request-id"] == answer.json()["error"]["requestId"]
    assert answer.json()["error"]["message"] == "The server is stopping. Please try again in a moment."
    assert "Traceback" not in up.stderr


async def test_a_second_ctrl_c_does_not_wait(
    installation: Installation, migrated_database: Callable[[], Awaitable[str]]
) -> None:
    dsn = await migrated_database()
    up = await asyncio.to_thread(installation.up, "radio", "--no-demo", DATABASE_URL=dsn, **PATIENT)
    async with (
        held_up(dsn) as db,
        httpx.AsyncClient(timeout=30, verify=NO_TLS) as http,
        requests() as begin,
    ):
        request = begin(http.get(f"{up.url}/articles?search=kasih"))
        await until_waiting(db, request)
        up.send(signal.SIGINT)
        await asyncio.to_thread(up.wait_for, "stopping")
        up.send(signal.SIGINT)
        async with asyncio.timeout(10):
            assert await ended(up) == 0
        await asyncio.gather(request, return_exceptions=True)


async def test_a_test_that_fails_leaves_no_request_behind() -> None:
    left = asyncio.Event()
    begun: list[asyncio.Task[httpx.Response]] = []

    async def ask() -> httpx.Response:
        try:
            await asyncio.sleep(60)
        finally:
            left.set()
        raise AssertionError

    async def fail() -> None:
        async with requests() as begin:
            begun.append(begin(ask()))
            await asyncio.sleep(0)
            raise AssertionError("failed")

    with pytest.raises(AssertionError, match="failed"):
        await fail()
    assert left.is_set()
    assert begun[0].cancelled()


async def test_a_running_job_is_given_back(
    installation: Installation, migrated_database: Callable[[], Awaitable[str]]
) -> None:
    """The job hangs at a mail server that never greets."""
    dsn = await migrated_database()
    reached = asyncio.Event()

    async def never_greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(never_greet, "127.0.0.1", 0)
    smtp = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(server.sockets[0].getsockname()[1])}
    short = {"SHUTDOWN_GRACE_SECONDS": "3"}
    up = await asyncio.to_thread(installation.up, "radio", "--no-demo", DATABASE_URL=dsn, **smtp, **short)
    connection = await asyncpg.connect(dsn)
    async with connection.transaction():
        await enqueue_on(connection, send_mail, MAIL, delay=None, key=None)
    await asyncio.wait_for(reached.wait(), 20)
    row = await connection.fetchrow("SELECT state, attempts FROM job_queue WHERE name = 'mail.send'")
    assert tuple(row) == ("running", 0)
    up.send(signal.SIGTERM)
    async with asyncio.timeout(15):
        assert await ended(up) == 0
    row = await connection.fetchrow("SELECT state, attempts FROM job_queue WHERE name = 'mail.send'")
    assert tuple(row) == ("queued", 0)
    reached.clear()
    again = await asyncio.to_thread(installation.up, "radio", "--no-demo", DATABASE_URL=dsn, **smtp, **short)
    await asyncio.wait_for(reached.wait(), 20)
    server.close()
    again.send(signal.SIGTERM)
    assert await ended(again) == 0
    await connection.close()


async def test_readiness_turns_red_while_requests_are_still_answered(
    installation: Installation, migrated_database: Callable[[], Awaitable[str]]
) -> None:
    dsn = await migrated_database()
    product = load_product("radio")
    settings = load_product_settings(load_product("radio"), environ=installation.environment)
    running = RunningProduct(open_services(product, settings, dsn), with_worker=True)
    await running.start()
    async with LiveServer(running) as server, httpx.AsyncClient(base_url=server.url, verify=NO_TLS) as http:
        assert (await http.get("/health/ready")).status_code == 200
        await running.turn_away()
        assert (await http.get("/health/ready")).status_code == 503
        assert (await http.get("/health/live")).status_code == 200
        assert (await http.get("/articles")).status_code == 200
        assert (await http.get("/socket.io/?EIO=4&transport=polling")).status_code == 503
    await running.stop(grace_seconds=1)
