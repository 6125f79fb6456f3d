"""Slow requests are logged as warnings, with route and statements, unless it is their client that is slow."""

from __future__ import annotations

import asyncio
import json

import pytest
from structlog.testing import capture_logs

from colonnade.kernel.observe import slow_requests
from colonnade.kernel.observe.slow import MAX_WARNINGS_PER_SECOND, SlowRequests
from colonnade.kernel.testing import until_waiting


@pytest.fixture(scope="module")
async def impatient_server(open_lab):
    """Provide a lab in which half a second is slow."""
    return await open_lab(slow_request_seconds=0.5)


@pytest.fixture
async def impatient(impatient_server):
    vars(slow_requests).update(vars(SlowRequests()))  # what earlier tests have left out is not told here
    await impatient_server.empty()
    yield impatient_server
    await impatient_server.close_clients()


def warnings_in(lines):
    return [line for line in lines if line["event"] == "slow request"]


async def test_a_slow_read_is_a_warning_with_its_statement(impatient):
    client = await impatient.http(headers={"user-agent": "Radio di dapur/1.0", "x-request-id": "slow-one-1"})
    with capture_logs() as lines:
        assert (await client.get("/sleep?seconds=0.6")).status_code == 200
        assert (await client.get("/sleep?seconds=0")).status_code == 200
        assert (await client.get("/tidak-ada")).status_code == 404
    (line,) = warnings_in(lines)
    (statement,) = line.pop("statements")
    assert 600 <= line.pop("ms") < 5_000
    assert 600 <= statement.pop("ms") < 5_000
    assert statement == {"name": "tests.kernel.http.conftest.routes.<locals>.sleep", "count": 1}
    assert line == {
        "event": "slow request",
        "log_level": "warning",
        "product": "lab",
        "method": "GET",
        "route": "/sleep",
        "status": 200,
        "request_id": "slow-one-1",
        "user_agent": "Radio di dapur/1.0",
        "ip": "127.0.0.1",
    }


async def test_a_slow_write_names_all_its_statements_the_slowest_first(impatient):
    client = await impatient.http()
    first, second = await impatient.add("eins", "zwei")
    with capture_logs() as lines:
        async with impatient.services.db.transaction() as tx:
            await tx.execute("UPDATE things SET count = 5 WHERE id = $1", second)
            waiting = asyncio.create_task(client.post("/pair", json={"first": first, "second": second}))
            await until_waiting(impatient.services.db, waiting)
            await asyncio.sleep(0.6)  # the time is what is tested
            await tx.execute("UPDATE things SET count = 6 WHERE id = $1", second)
        assert (await waiting).status_code == 200
    (line,) = warnings_in(lines)
    assert (line["method"], line["route"], line["status"]) == ("POST", "/pair", 200)
    times = [one["ms"] for one in line["statements"]]
    assert times == sorted(times, reverse=True)
    assert {(one["name"].rpartition(".")[2], one["count"]) for one in line["statements"]} == {
        ("BEGIN", 1),
        ("change_pair", 2),
        ("COMMIT", 1),
    }


async def test_a_client_that_is_slow_to_send_is_not_the_servers_fault(impatient):
    body = json.dumps({"name": "pelan", "count": 1}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", impatient.server.port)
    head = f"POST /things HTTP/1.1\r\nHost: lab\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with capture_logs() as lines:
        writer.write(head.encode() + body[:5])
        await writer.drain()
        await asyncio.sleep(0.8)  # the time is what is tested
        writer.write(body[5:])
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert warnings_in(lines) == []


async def test_of_many_at_once_ten_a_second_are_written(impatient, monkeypatch):
    monkeypatch.setattr("colonnade.kernel.observe.slow.time.monotonic", lambda: 1_000.5)
    with capture_logs() as lines:
        for _ in range(MAX_WARNINGS_PER_SECOND + 7):
            slow_requests.warn("lab", "GET", "/sleep", 200, 2.0, statements=None)
        monkeypatch.setattr("colonnade.kernel.observe.slow.time.monotonic", lambda: 1_001.5)
        slow_requests.warn("lab", "GET", "/sleep", 200, 2.0, statements=None)
    assert [line.get("left_out") for line in lines] == [None] * MAX_WARNINGS_PER_SECOND + [7]


async def test_a_second_is_slow_by_default(lab):
    assert lab.services.settings.slow_request_seconds == 1.0


async def test_the_metrics_have_their_charset_once(lab):
    answer = await (await lab.http()).get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=1.0.0; charset=utf-8"
