"""The one-write protocol: nothing changes for a client, and the head is sent with the body."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest
from websockets.asyncio.client import connect

from colonnade.kernel.cache import Entry, etag_of, serve_cached
from colonnade.kernel.core.asgi import WHOLE_ANSWER
from colonnade.kernel.server import ConnectionLimits
from colonnade.kernel.server.protocol import MAX_HEADER_LINES
from colonnade.kernel.testing import LiveServer


async def _app(scope, receive, send):
    assert scope["type"] == "http"
    if scope["path"] == "/stream":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await send({"type": "http.response.body", "body": b"HTTP/1.1 two", "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    status = int(scope["path"][1:])
    body = b"" if status in (204, 304) else b"hello"
    headers = [] if status in (204, 304) else [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _ask(port: int, *requests: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        writer.write(request + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    writer.write(b"GET /204 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return b"\r\n".join(line for line in answer.split(b"\r\n") if not line.startswith(b"date:"))


async def _write_often(writer: asyncio.StreamWriter, line: bytes) -> None:
    for _ in range(400):
        writer.write(line)
        await writer.drain()


async def test_answers_with_and_without_a_body_in_a_pipeline():
    async with LiveServer(_app) as server:
        answer = await _ask(server.port, b"GET /200", b"HEAD /200", b"GET /304", b"GET /stream", b"GET /404")
    assert answer == (
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"
        b"HTTP/1.1 304 Not Modified\r\n\r\n"
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\nc\r\nHTTP/1.1 two\r\n0\r\n\r\n"
        b"HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\nhello"
        b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"
    )


async def test_head_and_body_are_one_segment():
    async with LiveServer(_app) as server:
        loop = asyncio.get_running_loop()
        client = socket.socket()
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", server.port))
        await loop.sock_sendall(client, b"GET /200 HTTP/1.1\r\nHost: x\r\n\r\n")
        first = await loop.sock_recv(client, 65536)
        client.close()
    assert first.endswith(b"\r\n\r\nhello")


async def _cached(scope, receive, send):
    entry = Entry.build(
        status=200, headers=[(b"content-type", b"text/plain")], body=b"x" * 2000, etag=etag_of(b"x")
    )
    await serve_cached(entry, scope, send, b"x-request-id: one\r\n")


def _whole(answer: bytes) -> list[tuple[list[bytes], bytes]]:
    answers = []
    while answer:
        head, _, answer = answer.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        length = int(next(line for line in lines if line.startswith(b"content-length")).split(b": ")[1])
        answers.append((sorted(lines), answer[:length]))
        answer = answer[length:]
    return answers


async def test_a_whole_answer_is_the_one_that_is_sent_in_pieces():
    async with LiveServer(_cached) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        gzip = b"Accept-Encoding: gzip\r\n"
        for extra in (b"", gzip, b"", gzip + b"Connection: close\r\n"):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n" + extra + b"\r\n")
        whole, zipped, again, in_pieces = _whole(await asyncio.wait_for(reader.read(), 5))
        writer.close()
    assert whole == again
    assert whole[1] == b"x" * 2000
    assert zipped[1] == in_pieces[1]
    assert len(zipped[1]) < 100
    assert [line for line in in_pieces[0] if line != b"connection: close"] == zipped[0]
    assert any(line.startswith(b"date: ") for line in whole[0])


async def test_a_head_that_does_not_come_ends_the_connection():
    async with LiveServer(_app, ConnectionLimits(head_seconds=0.2)) as server:
        for beginning in (b"", b"\r\n", b"GET /200 HT", b"GET /200 HTTP/1.1\r\nHost: x\r\nX-Slow:"):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(beginning)
            answer = await asyncio.wait_for(reader.read(), 3)
            assert answer[:13] == (b"HTTP/1.1 408 " if beginning.strip() else b"")
            writer.close()
        # A connection that is used has its time between requests, which is the server's keep-alive.
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for _ in range(3):
            writer.write(b"GET /200 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await asyncio.wait_for(reader.readuntil(b"hello"), 3)).startswith(b"HTTP/1.1 200 ")
            await asyncio.sleep(0.15)
        writer.close()


@pytest.mark.parametrize("upgrade", [b"", b"Connection: Upgrade\r\nUpgrade: websocket\r\n"])
@pytest.mark.parametrize(
    ("line", "hosts"),
    [
        (b"GET /200 HTTP/1.1", []),
        (b"GET /200 HTTP/1.1", [b"a.example", b"b.example"]),
        (b"GET /200 HTTP/1.1", [b"a.example", b"a.example"]),
        (b"GET /200 HTTP/1.0", [b"a.example", b"b.example"]),
    ],
)
async def test_a_request_names_exactly_one_host(line, hosts, upgrade):
    called = []

    async def app(scope, receive, send):
        called.append(scope["type"])
        await _app(scope, receive, send)

    async with LiveServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = [line, *(b"HOST: " + host for host in hosts)]
        writer.write(b"\r\n".join(head) + b"\r\n" + upgrade + b"\r\n")
        answer = await asyncio.wait_for(reader.read(), 3)
        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert answer.endswith(b"\r\n\r\nA request must have exactly one Host header.")
        writer.close()
        assert called == []
        # HTTP/1.0 knew no Host.
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /200 HTTP/1.0\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 3)).startswith(b"HTTP/1.1 200 OK")
        writer.close()


@pytest.mark.parametrize(
    ("address", "host", "status"),
    [
        (b"http://a.example/200", b"a.example", b"200"),
        (b"http://A.example:80/200", b"a.EXAMPLE", b"200"),
        (b"http://a.example/200", b"a.example:80", b"200"),
        (b"http://a.example/200?x=1", b"a.example", b"200"),
        (b"http://localhost/200", b"a.example", b"400"),
        (b"http://a.example/200", b"localhost", b"400"),
        (b"http://a.example:81/200", b"a.example", b"400"),
        (b"http://u@a.example/200", b"a.example", b"400"),
    ],
)
async def test_an_absolute_address_names_the_host_of_the_header(address, host, status):
    async with LiveServer(_app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET %b HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % (address, host))
        answer = await asyncio.wait_for(reader.read(), 3)
        assert answer.startswith(b"HTTP/1.1 %b " % status)
        if status == b"400":
            assert answer.endswith(b"The Host header names another host than the address of the request.")
        writer.close()


async def test_a_large_body_does_not_count_as_head():
    async with LiveServer(_app) as server:
        body = b"x" * 300_000
        head = b"POST /200 HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n"
        for pieces in ([head + b"\r\n" + body], [head, b"\r\n" + body], [head + b"\r\n", body]):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.02)
            assert (await asyncio.wait_for(reader.readuntil(b"hello"), 3)).startswith(b"HTTP/1.1 200 ")
            writer.close()


class _AtOnce:
    """Answers even numbers at once, odd ones by a task; counts how many of each read were answered at once."""

    def __init__(self) -> None:
        self.at_once = 0

    def begin(self, scope, receive, send):
        number = int(scope["path"][1:])
        if number % 2:
            return self(scope, receive, send)
        self.at_once += 1
        assert scope["extensions"][WHOLE_ANSWER](*self._answer(number))
        return None

    async def __call__(self, scope, receive, send):
        await asyncio.sleep(0)
        assert scope["extensions"][WHOLE_ANSWER](*self._answer(int(scope["path"][1:])))

    def _answer(self, number: int) -> tuple[bytes, bytes]:
        body = b"%d\n" % number
        return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n" % len(body), body


@pytest.mark.parametrize("step", [1, 2])
async def test_thousands_of_requests_in_one_segment_are_answered_in_order(step):
    app = _AtOnce()
    wanted = range(0, 3000 * step, step)
    async with LiveServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in wanted))
        bodies = []
        for _ in wanted:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            bodies.append(int(await reader.readexactly(length)))
        writer.close()
    assert bodies == list(wanted)
    # Of one read 32 only, so that other connections get their turn; it comes in a handful of reads.
    assert 0 < app.at_once <= 32 * 10


async def test_requests_before_a_head_that_is_not_complete_do_not_count_as_head():
    request = b"GET /200 HTTP/1.1\r\nHost: x\r\n\r\n"
    async with LiveServer(_app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request * 10_000 + request[:-4])
        await asyncio.wait_for(reader.readuntil(b"hello"), 5)
        writer.write(b"\r\nConnection: close\r\n\r\n")
        answers = await asyncio.wait_for(reader.read(), 20)
        assert answers.count(b"HTTP/1.1 200 OK") == 10_000
        writer.close()


async def test_a_client_that_leaves_in_the_middle_of_a_large_read_harms_nobody():
    async with LiveServer(_app) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /200 HTTP/1.1\r\nHost: x\r\n\r\n" * 10_000)
        await asyncio.sleep(0)
        writer.transport.abort()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /200 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_the_body_is_asked_for_once_and_not_in_an_answer():
    async def app(scope, receive, send):
        body = b""
        while scope["method"] == "POST":
            message = await receive()
            body += message["body"]
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"began ", "more_body": True})
        late = asyncio.create_task(receive())
        await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b"ended " + body})
        assert (await late)["type"] in ("http.request", "http.disconnect")

    async with LiveServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = b" / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        writer.write(b"POST" + head + b"Content-Length: 3\r\n\r\n")
        first = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 3)
        assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"abc")
        assert b"ended abc" in await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 3)
        writer.write(b"GET" + head + b"\r\n")
        assert b"100 Continue" not in await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 3)
        writer.close()


async def test_a_failure_is_told_to_head_without_a_body():
    async def app(scope, receive, send):
        raise ZeroDivisionError

    async with LiveServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 3)
        assert answer.startswith(b"HTTP/1.1 500 ")
        assert answer.endswith(b"\r\n\r\n")
        writer.close()


@pytest.mark.parametrize(("name", "line"), [(b"x: ", b"a" * 65_536), (b"", b"a: " + b"b" * 65_520 + b"\r\n")])
async def test_trailers_without_an_end_are_refused(name, line):
    async with LiveServer(_app) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /200 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + name)
        with pytest.raises(ConnectionError):
            await _write_often(writer, line)


@pytest.mark.parametrize(("size", "status"), [(1_000, b"200"), (100_000, b"400")])
async def test_trailers_are_bounded(size, status):
    async def app(scope, receive, send):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            if not message["more_body"]:
                break
        await _app(scope, receive, send)

    async with LiveServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /200 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n")
        for _ in range(10):
            writer.write(b"X-Trailer: " + b"x" * (size // 10) + b"\r\n")
        writer.write(b"\r\n")
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert answer.startswith(b"HTTP/1.1 " + status)
        writer.close()


async def test_an_idle_connection_is_closed_and_a_busy_one_is_not():
    gate, reached = asyncio.Event(), asyncio.Event()

    async def app(scope, receive, send):
        if scope["path"] == "/200":
            reached.set()
            await gate.wait()
        await _app({**scope, "path": "/200"}, receive, send)

    server = LiveServer(app)
    server._server.config.timeout_keep_alive = 1
    async with server:
        loop = asyncio.get_running_loop()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /now HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"hello"), 3)
        writer.write(b"GET /200 HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.wait_for(reached.wait(), 3)
        loop.call_later(1.5, gate.set)
        await asyncio.wait_for(reader.readuntil(b"hello"), 5)
        answered = loop.time()
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert loop.time() - answered > 0.9
        writer.close()


@pytest.mark.parametrize("body", [b"longer than five", b"four"])
async def test_a_body_of_another_length_than_was_said_ends_the_connection(body):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": body})

    async with LiveServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /200 HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 5)
        # Whoever got the head sees that the body is not whole.
        assert len(answer.partition(b"\r\n\r\n")[2]) < 5
        writer.close()


async def test_a_client_that_leaves_is_told_to_the_application():
    told = asyncio.Event()

    async def app(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass
        told.set()

    async with LiveServer(app) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /200 HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        await writer.drain()
        writer.transport.abort()
        await asyncio.wait_for(told.wait(), 5)


async def _with_websocket(scope, receive, send):
    """Answer requests with hello, and a WebSocket's messages with themselves."""
    if scope["type"] == "http":
        await _app(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def test_a_websocket_on_a_used_connection_outlives_the_keep_alive():
    server = LiveServer(_with_websocket)
    server._server.config.timeout_keep_alive = 1
    async with server:
        loop = asyncio.get_running_loop()
        client = socket.create_connection(("127.0.0.1", server.port))
        client.setblocking(False)
        await loop.sock_sendall(client, b"GET /200 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await loop.sock_recv(client, 65536)).endswith(b"hello")
        async with connect(f"ws://127.0.0.1:{server.port}/", sock=client, ping_interval=None) as ws:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(ws.recv(), 1.5)
            await ws.send("still there")
            assert await asyncio.wait_for(ws.recv(), 3) == "still there"


@pytest.mark.parametrize(
    "first",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n",
        b"GET /held HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n",
    ],
)
async def test_only_a_plain_get_after_all_answers_opens_a_websocket(first):
    gate = asyncio.Event()

    async def app(scope, receive, send):
        if scope["path"] == "/held":
            await gate.wait()
        await _with_websocket({**scope, "path": "/200"}, receive, send)

    async with LiveServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        asked = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        writer.write(first + asked + b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        asyncio.get_running_loop().call_later(0.1, gate.set)
        answer = await asyncio.wait_for(reader.read(), 3)
        assert b"101" not in answer
        assert answer.startswith(b"HTTP/1.1 200 " if b"held" in first else b"HTTP/1.1 400 ")
        writer.close()


async def test_nothing_is_executed_after_a_head_that_is_too_large():
    gate, called = asyncio.Event(), []

    async def app(scope, receive, send):
        called.append(scope["path"])
        await gate.wait()
        await _app({**scope, "path": "/200"}, receive, send)

    async with LiveServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        )
        writer.write(b"GET /3 HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * 70_000)
        answer = await asyncio.wait_for(reader.read(), 3)
        assert answer.startswith(b"HTTP/1.1 431 ")
        gate.set()
        writer.close()
    assert called == ["/1"]


async def test_answers_come_before_what_is_no_http_closes_the_connection():
    async def app(scope, receive, send):
        await asyncio.sleep(0)
        await _app(scope, receive, send)

    async with LiveServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /200 HTTP/1.1\r\nHost: x\r\n\r\n" * 2 + b"\x16\x03\x01 no HTTP\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 3)
        assert answer.count(b"HTTP/1.1 200 OK") == 2
        assert b" 400 " not in answer
        writer.close()


async def test_the_end_of_a_body_does_not_count_as_the_next_head():
    async with LiveServer(_app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /200 HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n")
        assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"hello"), 3)
        writer.write(b"x" * 200_000 + b"GET /404 HTTP/1.1\r\nHost:")
        await writer.drain()
        writer.write(b" x\r\n\r\n")
        assert (await asyncio.wait_for(reader.readuntil(b"hello"), 3)).startswith(b"HTTP/1.1 404 ")
        writer.close()


async def _echo(scope, receive, send):
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    body = scope["method"].encode() + b" " + body
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize("pieces", [1, 2, 40])
async def test_another_protocol_that_is_offered_is_ignored(pieces):
    offer = b"Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    sent = b"".join(
        [
            b"POST /1 HTTP/1.1\r\n" + offer + b"Content-Length: 26\r\n\r\n",
            b"GET /smuggled HTTP/1.1\r\n\r\n",
            b"GET /2 HTTP/1.1\r\n" + offer + b"Content-Length: 0\r\n\r\n",
            b"PUT /3 HTTP/1.1\r\n"
            + offer
            + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            b"DELETE /4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        ]
    )
    async with LiveServer(_echo) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        size = -(-len(sent) // pieces)
        for start in range(0, len(sent), size):
            writer.write(sent[start : start + size])
            await writer.drain()
            await asyncio.sleep(0)
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
    bodies = [part.partition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 200 OK")[1:]]
    assert bodies == [b"POST GET /smuggled HTTP/1.1\r\n\r\n", b"GET ", b"PUT abcde", b"DELETE "]


async def test_a_body_that_cannot_be_read_behind_another_protocol_is_refused():
    offer = b"Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
    async with LiveServer(_echo) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST / HTTP/1.1\r\n" + offer + b"Transfer-Encoding: gzip\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 400 ")
        writer.close()


@pytest.mark.parametrize(
    ("count", "status"), [(MAX_HEADER_LINES, 200), (MAX_HEADER_LINES + 1, 431), (16_000, 431)]
)
async def test_a_head_has_so_many_lines(count, status):
    async with LiveServer(_echo) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        lines = b"Host: x\r\nConnection: close\r\n" + b"a:\r\n" * (count - 2)
        writer.write(b"GET / HTTP/1.1\r\n" + lines + b"\r\n")
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 %d " % status)
        writer.close()


@pytest.mark.parametrize(
    ("version", "status"), [("1.1", 200), ("1.0", 200), ("2.0", 505), ("0.9", 505), ("3.0", 400)]
)
async def test_other_versions_are_refused(version, status):
    async with LiveServer(_echo) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"GET / HTTP/{version}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = await asyncio.wait_for(reader.read(), 5)
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert answer.count(b"HTTP/1.1 ") == 1
        writer.close()


@pytest.mark.parametrize("count", [1, 5, 300])
@pytest.mark.parametrize("path", [b"/200", b"/stream"])
async def test_who_has_only_ended_sending_is_answered(count: int, path: bytes):
    async with LiveServer(_app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path * count)
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 5)
        assert answer.count(b"HTTP/1.1 200 OK\r\n") == count
        assert answer.endswith(b"0\r\n\r\n" if path == b"/stream" else b"hello")
        writer.close()


@pytest.mark.parametrize("read", [1, 2_000])
async def test_answers_at_once_reach_who_has_ended_sending(read: int):
    async with LiveServer(_AtOnce()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(read)))
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 5)
        assert answer.count(b"HTTP/1.1 200 OK\r\n") == read
        writer.close()


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /200 HTTP/1.1\r\nHo", b"POST /200 HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"],
)
async def test_what_cannot_become_a_request_any_more_is_not_waited_for(sent: bytes):
    async def listening(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass
        told.set()

    told = asyncio.Event()
    async with LiveServer(listening) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        await asyncio.sleep(0.05)
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 2) == b""
        if sent.startswith(b"POST"):
            await asyncio.wait_for(told.wait(), 2)
        writer.close()


@pytest.mark.parametrize("numbers", [3, 40])
async def test_what_is_begun_as_its_client_leaves_has_its_scope(numbers: int) -> None:
    seen = []

    async def app(scope, receive, send):
        seen.append(scope)
        await _app(scope, receive, send)

    async with LiveServer(app) as server:
        for _ in range(60):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )  # leaves with a reset
                client.sendall(b"GET /200 HTTP/1.1\r\nHost: x\r\n\r\n" * numbers)
                await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await _ask(server.port, b"GET /200")
    assert len(seen) > 60
    assert None not in seen


async def test_a_body_may_come_in_chunks_of_a_byte() -> None:
    """What a client writes by the byte is its own affair; beside it are more bytes than a head may have."""
    chunks = b"1\r\nx\r\n" * 20_000 + b"0\r\n\r\n"
    async with LiveServer(_app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /200 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
        writer.write(b"GET /204 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 5)
        assert answer.count(b"HTTP/1.1 200 ") == 1
        assert b"HTTP/1.1 204 " in answer
        writer.close()


@pytest.mark.parametrize("is_late", [False, True])
async def test_an_application_that_begins_to_listen_hears_that_its_client_has_left(is_late: bool) -> None:
    """A poll whose client leaves at once would be kept until it is answered, and a stream until its next part."""
    heard = asyncio.Event()

    async def listen(scope, receive, send):
        if is_late:
            await asyncio.sleep(0.1)
        assert (await receive())["type"] == "http.request"
        assert (await receive())["type"] == "http.disconnect"
        heard.set()

    async with LiveServer(listen) as server:
        client = socket.create_connection(("127.0.0.1", server.port))
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client.close()
        await asyncio.wait_for(heard.wait(), 3)
