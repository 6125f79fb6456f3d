"""Clients that send slowly, do not read, or are too many: each has a deadline, and its address a number."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import pytest

from colonnade.kernel.core.asgi import LATE
from colonnade.kernel.server import ConnectionLimits
from colonnade.kernel.testing import LiveServer

HOST = b"Host: x\r\n"
HEAD = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n"


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the body, as POST sends it; 408 if it comes too slowly. GET does not ask for one."""
    body, more, status = b"", scope["method"] == "POST", 200
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            if not message.get(LATE):
                return
            status, body = 408, b"late"
            break
        body, more = body + message["body"], message["more_body"]
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Connection:
    """A client's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def rest(self) -> bytes:
        """Return what comes until the server closes."""
        return await asyncio.wait_for(self.reader.read(), 5)

    async def answer(self) -> bytes:
        """Return one answer without a body, up to its end."""
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)

    def is_open(self) -> bool:
        return not self.reader.at_eof()


@asynccontextmanager
async def serving(app: Any = _echo, **limits: Any) -> AsyncIterator[Callable[..., Any]]:
    """Serve `app` within these limits; yield what opens a connection and sends the first bytes on it."""
    opened: list[Connection] = []
    async with LiveServer(app, ConnectionLimits(**{"counted_after_seconds": 0.05, **limits})) as server:

        async def connect(first: bytes = b"", **options: Any) -> Connection:
            connection = Connection(*await asyncio.open_connection("127.0.0.1", server.port, **options))
            opened.append(connection)
            await connection.send(first)
            return connection

        yield connect
        for connection in opened:
            connection.writer.transport.abort()


async def _send_often(connection: Connection, data: bytes) -> None:
    for _ in range(1_000):
        await connection.send(data)


async def _until(server: LiveServer, number: int) -> None:
    """Wait until the server has this number of connections."""
    async with asyncio.timeout(5):
        while len(server._server.server_state.connections) != number:
            await asyncio.sleep(0.01)


async def _drip(connection: Connection, piece: bytes, every_seconds: float, seconds: float) -> float:
    """Send `piece` again and again until the server says something, or for so long; return how long that was."""
    began = time.monotonic()
    heard = asyncio.ensure_future(connection.reader.read(1))
    while time.monotonic() - began < seconds:
        connection.writer.write(piece)
        await asyncio.wait([heard], timeout=every_seconds)
        if heard.done():
            return time.monotonic() - began
    heard.cancel()
    return seconds


async def test_a_body_that_comes_byte_by_byte_is_408() -> None:
    async with serving(body_grace_seconds=0.4, body_bytes_per_second=1000) as connect:
        slow = await connect(HEAD % 1000)
        took = await _drip(slow, b"x", 0.02, 3)  # a byte per 20 ms, 50 per second
        assert 0.4 <= took < 0.8
        answer = await slow.rest()
        assert answer.startswith(b"TTP/1.1 408 ")
        assert b"connection: close\r\n" in answer
        assert answer.endswith(b"\r\n\r\nlate")


async def test_a_head_that_comes_byte_by_byte_is_408() -> None:
    async with serving(head_seconds=0.4) as connect:
        slow = await connect(b"GET / HTTP/1.1\r\nX-Slow: ")
        assert 0.3 <= await _drip(slow, b"x", 0.02, 3) < 1.2
        assert (await slow.rest()).startswith(b"TTP/1.1 408 ")


async def test_tiny_chunks_count_as_slowly_as_they_come() -> None:
    async with serving(body_grace_seconds=0.4, body_bytes_per_second=1000) as connect:
        slow = await connect(b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n")
        assert 0.4 <= await _drip(slow, b"1\r\nx\r\n", 0.02, 3) < 1.2


async def test_a_slow_link_may_take_long_for_a_large_body() -> None:
    async with serving(body_grace_seconds=0.3, body_bytes_per_second=1000) as connect:
        slow = await connect(HEAD % 4000)
        began = time.monotonic()
        for _ in range(40):
            await slow.send(b"x" * 100)
            await asyncio.sleep(0.03)  # the link: 3,300 bytes per second
        assert time.monotonic() - began > 1.0
        assert (await slow.answer()).startswith(b"HTTP/1.1 200 ")


async def test_what_has_come_fast_buys_no_silence() -> None:
    async with serving(body_grace_seconds=0.3, body_bytes_per_second=1000) as connect:
        began = time.monotonic()
        slow = await connect(HEAD % 60_001 + b"x" * 60_000)
        assert (await slow.rest()).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - began < 1


async def test_time_in_which_the_server_does_not_read_is_not_the_clients() -> None:
    gate = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await gate.wait()
        await _echo(scope, receive, send)

    async with serving(app, body_grace_seconds=0.2) as connect:
        waiting = await connect(HEAD % 300_000)
        sending = asyncio.create_task(waiting.send(b"x" * 300_000))
        asyncio.get_running_loop().call_later(0.6, gate.set)
        assert (await waiting.answer()).startswith(b"HTTP/1.1 200 ")
        await sending


@pytest.mark.parametrize("method", [b"GET", b"POST"])
async def test_a_body_that_nobody_reads_is_bounded_in_bytes_and_time(method: bytes) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    head = method + b" / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    async with serving(app, body_grace_seconds=0.3, unasked_body_bytes=1_000_000) as connect:
        silent = await connect(head)
        assert (await silent.answer()).startswith(b"HTTP/1.1 200 ")
        assert await silent.rest() == b""
        endless = await connect(head)
        await endless.answer()
        with pytest.raises(ConnectionError):
            await _send_often(endless, b"10000\r\n" + b"x" * 65_536 + b"\r\n")


@pytest.mark.parametrize("method", [b"GET", b"POST"])
async def test_trailers_after_the_answer_end_the_connection(method: bytes) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await _echo({**scope, "method": "GET"}, receive, send)

    async with serving(app) as connect:
        head = method + b" / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
        connection = await connect(head)
        assert (await connection.answer()).startswith(b"HTTP/1.1 200 ")
        await connection.send(b"0\r\n")
        with pytest.raises(ConnectionError):
            await _send_often(connection, b"x: y\r\n" * 10_000)


async def test_no_field_is_taken_over_from_trailers() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = scope["headers"]
        await _echo(scope, receive, send)
        seen.append((list(headers), scope["client"][0]))

    async with serving(app, trusted=(ip_network("127.0.0.1/32"),)) as connect:
        connection = await connect(
            b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n"
            b"X-Forwarded-For: 192.0.2.9\r\nHost: other\r\n\r\n"
        )
        assert (await connection.answer()).startswith(b"HTTP/1.1 200 ")
    assert seen == [([(b"host", b"x"), (b"transfer-encoding", b"chunked")], "127.0.0.1")]


@pytest.mark.parametrize("beginning", [b"", b"GET / HT", HEAD % 100 + b"x"])
async def test_of_one_address_the_request_that_waits_longest_gives_way(beginning: bytes) -> None:
    async with serving(unfinished_per_address=3) as connect:
        slow = [await connect(beginning) for _ in range(4)]
        first = await slow[0].rest()
        assert first[:13] == (b"HTTP/1.1 408 " if beginning else b"")
        # Whoever shares the address is served.
        honest = await connect(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert (await honest.answer()).startswith(b"HTTP/1.1 200 ")
        # One that is answered waits for nothing, and is not counted.
        for _ in range(5):
            idle = await connect(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            await idle.answer()
        assert all(one.is_open() for one in (*slow[1:], honest))


async def test_behind_a_proxy_the_clients_address_counts() -> None:
    def head(address: bytes) -> bytes:
        return b"POST / HTTP/1.1\r\n" + HOST + b"X-Forwarded-For: %b\r\nContent-Length: 9\r\n\r\n" % address

    async with serving(unfinished_per_address=2, trusted=(ip_network("127.0.0.1/32"),)) as connect:
        attacker = [await connect(head(b"192.0.2.1")) for _ in range(2)]
        other = [await connect(head(b"2001:db8::%d" % number)) for number in range(2)]
        unused = [await connect() for _ in range(5)]  # the proxy's, for later
        await connect(head(b"192.0.2.1"))
        assert (await attacker[0].rest()).startswith(b"HTTP/1.1 408 ")
        await other[0].send(b"123456789")
        assert (await other[0].answer()).startswith(b"HTTP/1.1 200 ")
        assert all(one.is_open() for one in (*unused, other[1], attacker[1]))


def _narrow(port: int, received_bytes: int = 4096) -> socket.socket:
    """Return a connection whose system takes little before the program reads."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, received_bytes)
    client.connect(("127.0.0.1", port))
    client.setblocking(False)
    return client


async def _large(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(int(scope["path"][1:])):
        await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize("parts", [1, 30])
async def test_an_answer_that_nobody_reads_ends_the_connection(parts: int) -> None:
    ended = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await _large(scope, receive, send)
        ended.set()

    server = LiveServer(app, ConnectionLimits(unread_seconds=0.3))
    server._server.config.timeout_keep_alive = 1
    async with server:
        client = _narrow(server.port)
        client.send(b"GET /%d HTTP/1.1\r\n%b\r\n" % (parts, HOST))
        await asyncio.wait_for(ended.wait(), 5)
        await _until(server, 0)
        client.close()


@pytest.mark.parametrize("header", [b"", b"Connection: close\r\n"], ids=["kept", "closing"])
async def test_the_end_of_an_answer_that_nobody_reads_ends_the_connection(header: bytes) -> None:
    """So little is left that writing is not paused."""
    size = 60_000

    async def app(scope: Any, receive: Any, send: Any) -> None:
        length = [(b"content-length", b"%d" % size)]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": b"x" * size})

    server = LiveServer(app, ConnectionLimits(unread_seconds=0.3))
    server._server.config.timeout_keep_alive = 1
    async with server:
        client = _narrow(server.port)
        await _until(server, 1)
        (connection,) = server._server.server_state.connections
        transport = connection.transport
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        client.send(b"GET / HTTP/1.1\r\n%b%b\r\n" % (header, HOST))
        async with asyncio.timeout(5):
            while not 0 < transport.get_write_buffer_size() < size:
                await asyncio.sleep(0.01)
        await _until(server, 0)
        client.close()


async def test_whoever_reads_slowly_gets_everything() -> None:
    async with LiveServer(_large, ConnectionLimits(unread_seconds=0.3)) as server:
        client = _narrow(server.port, 200_000)
        client.send(b"GET /6 HTTP/1.0\r\n\r\n")
        began, size = time.monotonic(), 0
        while part := await asyncio.get_running_loop().sock_recv(client, 400_000):
            size += len(part)
            await asyncio.sleep(0.05)
        assert time.monotonic() - began > 0.5
        assert 6_000_000 < size < 6_001_000
        client.close()


async def test_whoever_reads_part_after_part_gets_everything() -> None:
    """Each time that it is looked more is left than before, though a whole part has been read meanwhile."""
    parts = [400_000 + 100_000 * number for number in range(12)]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for size in parts:
            await send({"type": "http.response.body", "body": b"x" * size, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async with LiveServer(app, ConnectionLimits(unread_seconds=0.6)) as server:
        client = _narrow(server.port)
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        await asyncio.sleep(0.05)  # between two looks
        began, size = time.monotonic(), 0
        for number in range(len(parts)):
            while size < sum(parts[: number + 1]):
                part = await asyncio.get_running_loop().sock_recv(client, 400_000)
                assert part, f"cut after {size} bytes"
                size += len(part)
            await asyncio.sleep(began + 0.1 * (number + 1) - time.monotonic())
        client.close()


async def test_answers_that_nobody_reads_count_as_unfinished() -> None:
    limits = ConnectionLimits(unread_seconds=0.6, unfinished_per_address=2)
    async with LiveServer(_large, limits) as server:
        clients = []
        for _ in range(6):
            clients.append(_narrow(server.port))
            clients[-1].send(b"GET /30 HTTP/1.1\r\n" + HOST + b"\r\n")
        await _until(server, 6)
        await _until(server, 2)
        for client in clients:
            client.close()


async def _read_drop_by_drop(client: socket.socket) -> None:
    try:
        while await asyncio.get_running_loop().sock_recv(client, 2_000):
            await asyncio.sleep(0.02)
    except OSError:
        pass


async def test_answers_that_are_read_by_the_drop_count_as_unfinished() -> None:
    limits = ConnectionLimits(unread_seconds=3, unfinished_per_address=2, body_bytes_per_second=10_000_000)
    async with LiveServer(_large, limits) as server:
        clients = [_narrow(server.port) for _ in range(6)]
        for client in clients:
            client.send(b"GET /30 HTTP/1.1\r\n" + HOST + b"\r\n")
        reading = [asyncio.create_task(_read_drop_by_drop(client)) for client in clients]
        await _until(server, 6)
        await _until(server, 2)
        for each in reading:
            each.cancel()
        for client in clients:
            client.close()


async def test_the_longest_idle_connection_makes_room() -> None:
    async with serving(connections=20) as connect:
        idle = []
        for _ in range(20):
            idle.append(await connect(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"))
            await idle[-1].answer()
        new = await connect(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert (await new.answer()).startswith(b"HTTP/1.1 200 ")
        assert await idle[0].rest() == b""
        assert idle[19].is_open()


@pytest.mark.parametrize(("others", "closed"), [(12, 16), (20, 32)])
async def test_a_burst_of_new_connections_closes_no_more_than_it_needs(others: int, closed: int) -> None:
    async with serving(connections=40) as connect:
        idle = []
        for _ in range(40):
            idle.append(await connect(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"))
            await idle[-1].answer()
        port = idle[0].writer.get_extra_info("peername")[1]
        burst = [socket.create_connection(("127.0.0.1", port)) for _ in range(others)]  # accepted in one turn
        new = await connect(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert (await new.answer()).startswith(b"HTTP/1.1 200 ")
        assert await idle[closed - 1].rest() == b""
        assert [one.is_open() for one in idle] == [False] * closed + [True] * (40 - closed)
        for one in burst:
            one.close()


async def test_none_that_waits_makes_room_while_one_is_idle() -> None:
    async with serving(connections=3) as connect:
        slow = [await connect(HEAD % 100) for _ in range(2)]
        idle = await connect(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        await idle.answer()
        new = await connect(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert (await new.answer()).startswith(b"HTTP/1.1 200 ")
        assert await idle.rest() == b""
        for one in slow:
            await one.send(b"x" * 100)
            assert (await one.answer()).startswith(b"HTTP/1.1 200 ")


async def test_without_an_idle_connection_one_that_waits_makes_room() -> None:
    async with serving(connections=3) as connect:
        slow = [await connect(HEAD % 100) for _ in range(3)]
        new = await connect(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert (await new.answer()).startswith(b"HTTP/1.1 200 ")
        assert (await slow[0].rest()).startswith(b"HTTP/1.1 408 ")


async def test_one_that_does_not_read_makes_room_at_once() -> None:
    """What is closed in order stays until its client has read: as many files would be open beyond the limit."""
    async with LiveServer(_large, ConnectionLimits(unread_seconds=3, connections=3)) as server:
        clients = []
        for _ in range(3):
            clients.append(_narrow(server.port))
            clients[-1].send(b"GET /30 HTTP/1.1\r\n" + HOST + b"\r\n")
        connections = server._server.server_state.connections
        async with asyncio.timeout(5):
            while sum(one.waits_since is not None for one in connections) < 3:
                await asyncio.sleep(0.01)
        clients.append(_narrow(server.port))
        async with asyncio.timeout(1):
            await _until(server, 1)
        for client in clients:
            client.close()


async def test_a_connection_for_which_there_is_no_room_is_told() -> None:
    gate = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await gate.wait()
        await _echo(scope, receive, send)

    async with serving(app, connections=2) as connect:
        answering = [await connect(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n") for _ in range(2)]
        await asyncio.sleep(0.05)
        refused = await connect()
        assert (await refused.rest()).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        gate.set()
        for one in answering:
            assert (await one.answer()).startswith(b"HTTP/1.1 200 ")


async def test_a_flood_of_connections_takes_no_files_beyond_the_limit() -> None:
    """Each that is told that there is no room stays for a second: 500 were open where 2 may be."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    async with LiveServer(app, ConnectionLimits(connections=2)) as server:
        clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(2)]
        for client in clients:
            client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        await asyncio.sleep(0.1)
        connections, most = server._server.server_state.connections, 0
        for _ in range(150):
            clients.append(socket.create_connection(("127.0.0.1", server.port)))
            await asyncio.sleep(0)
            most = max(most, len(connections))
        assert 60 < most < 80
        for client in clients:
            client.close()


async def test_http_1_0_gets_neither_chunks_nor_100() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["body"] == (b"abc" if scope["method"] == "POST" else b"")
        length = [(b"content-length", b"6")] if scope["path"] == "/known" else []
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await send({"type": "http.response.body", "body": b"two"})

    async with serving(app) as connect:
        for path in (b"/known", b"/unknown"):
            connection = await connect(
                b"POST %b HTTP/1.0\r\nExpect: 100-continue\r\nConnection: keep-alive\r\n" % path
                + b"Content-Length: 3\r\n\r\nabc"
            )
            answer = await connection.rest()
            head, _, found = answer.partition(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert b"transfer-encoding" not in head
            assert b"connection: close" in head
            assert found == b"onetwo"
        head_only = await connect(b"HEAD /unknown HTTP/1.0\r\n\r\n")
        assert (await head_only.rest()).endswith(b"connection: close\r\n\r\n")


async def test_requests_behind_one_that_takes_long_stay_bytes() -> None:
    begun, end = asyncio.Event(), asyncio.Event()

    async def wait(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        await end.wait()
        await _echo(scope, receive, send)

    request = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
    async with LiveServer(wait, ConnectionLimits(head_seconds=0.2)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request * 9_000)
        await begun.wait()
        (protocol,) = server._server.server_state.connections
        with pytest.raises(TimeoutError):  # longer than a head may take, which the last slice has begun
            await asyncio.wait_for(reader.read(1), 0.5)
        assert len(protocol._waiting) < 200
        end.set()
        answer = b""
        async with asyncio.timeout(30):
            while answer.count(b"HTTP/1.1 200 OK") < 9_000:
                answer += await reader.read(65_536)
        writer.close()
