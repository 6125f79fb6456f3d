"""Calls to other servers: which addresses are allowed, what is retried, and which answers are too large."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from colonnade.kernel.outbound import (
    AddressRefused,
    AnswerTooLarge,
    Outbound,
    OutboundFailed,
    OutgoingFile,
    check_url,
    is_public,
)
from colonnade.kernel.testing import LiveServer


class Server:
    """Answers with the statuses it was given, one after the other (the last again and again)."""

    def __init__(self, *statuses: int, body: bytes = b"{}", headers: dict[str, str] | None = None) -> None:
        self.statuses = list(statuses)
        self.body = body
        self.headers = headers or {}
        self.requests: list[tuple[str, str]] = []
        self.bodies: list[tuple[bytes, bytes]] = []
        self.hang: asyncio.Event | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.requests.append((scope["method"], scope["path"]))
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.bodies.append((dict(scope["headers"]).get(b"content-type", b""), body))
        if self.hang is not None:
            await self.hang.wait()
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def vectors(verdict: str) -> list[str]:
    """Return the addresses of addresses.txt that are `public` or `refused`."""
    lines = (Path(__file__).parent / "addresses.txt").read_text().splitlines()
    found = [line.split() for line in lines if line and not line.startswith("#")]
    return [words[1] for words in found if words[0] == verdict]


@pytest.mark.parametrize("address", vectors("refused"))
def test_these_are_not_the_public_internet(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", vectors("public"))
def test_these_are(address):
    assert is_public(address)


async def test_nothing_is_sent_to_an_address_that_is_refused():
    """Literally in a URL, and as what a name leads to; the listener stands on every address of this machine."""
    outbound, came = Outbound(), []
    listener = await asyncio.start_server(lambda *connection: came.append(connection), None, 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        for address in vectors("refused"):
            host = f"[{address}]" if ":" in address else address
            with pytest.raises((AddressRefused, OutboundFailed)):
                await outbound.get(f"https://{host}:{port}/")
    finally:
        listener.close()
        await outbound.close()
    assert came == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "//example.org/",
        "example.org",
        "",
        "https://",
        "https://user@example.org/",
        "https://user:password@example.org/",
        "https://example.org/#x",
        "https://example.org:port/",
        "https://exam ple.org/",
        "https://example.org/\r\nHost: x",
        "https://[::1",
        "https://xn--/",
        "https://xn--a.example/",
    ],
)
def test_these_addresses_are_not_called(url):
    with pytest.raises(AddressRefused):
        check_url(url)


async def test_a_name_that_is_none_is_refused_in_our_own_words():
    outbound = Outbound()
    for call in (outbound.get("https://xn--/"), outbound.post_form("https://xn--/", {})):
        with pytest.raises(AddressRefused):
            await call


def test_this_machine_is_called_where_it_is_meant_and_then_nothing_else_is():
    assert check_url("http://localhost:9000/x", loopback=True) == "http://localhost:9000/x"
    assert check_url("https://example.org/", loopback=False) == "https://example.org/"
    for url in (
        "https://example.org/",
        "http://10.0.0.1/",
        "http://localhost.example.org/",
        "ftp://localhost/",
    ):
        with pytest.raises(AddressRefused):
            check_url(url, loopback=True)


async def test_names_that_lead_inside_are_refused_before_a_packet_is_sent(monkeypatch):
    """A name that resolves to this machine (or to it and another, as in DNS rebinding) is not connected to."""
    outbound = Outbound()
    server = Server(200)
    async with LiveServer(server) as live:
        for addresses in (["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["10.0.0.1"], ["::ffff:127.0.0.1"]):

            def resolve(host, port, addresses=addresses, **_):
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, live.port)) for one in addresses]

            monkeypatch.setattr(socket, "getaddrinfo", resolve)
            with pytest.raises(AddressRefused):
                await outbound.get(f"https://inside.example:{live.port}/")
            with pytest.raises(AddressRefused):
                await outbound.post_form(f"https://inside.example:{live.port}/", {"a": "b"})
        monkeypatch.undo()
        assert server.requests == []
    await outbound.close()


async def test_a_name_server_that_is_silent_delays_no_other_look_up(monkeypatch):
    """Forty callers ask for its name; this machine's own is found at once, by the loop and by another call."""
    asked, answer, ask = [], threading.Event(), socket.getaddrinfo

    def resolve(host, *args, **kwargs):
        asked.append(host)
        if host == "silent.example":
            answer.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return ask(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    outbound = Outbound(timeout=httpx.Timeout(10.0, connect=20.0))
    waiting = [asyncio.create_task(outbound.post_form("https://silent.example/", {})) for _ in range(40)]
    async with LiveServer(Server(200, body=b'{"a": 1}')) as live, asyncio.timeout(5):
        while not asked:
            await asyncio.sleep(0)
        await asyncio.get_running_loop().getaddrinfo("localhost", 25)
        answered = await outbound.get(f"http://localhost:{live.port}/", loopback=True)
        assert answered.json() == {"a": 1}
    assert asked.count("silent.example") == 1
    answer.set()
    refused = await asyncio.gather(*waiting, return_exceptions=True)
    assert {str(each) for each in refused} == {"ConnectError"}
    await outbound.close()


async def test_a_look_up_that_hangs_does_not_delay_the_end_of_the_process():
    """Nor does it outlive its caller's patience."""
    script = """
import asyncio, socket, threading, httpx
from colonnade.kernel.outbound import Outbound, OutboundFailed
socket.getaddrinfo = lambda *_, **__: threading.Event().wait()
async def main():
    try:
        await Outbound(timeout=httpx.Timeout(1.0, connect=0.1)).post_form("https://silent.example/", {})
    except OutboundFailed as failed:
        print(failed)
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(20):
        said, _ = await process.communicate()
    assert (process.returncode, said) == (0, b"ConnectTimeout\n")


async def test_literal_inside_addresses_are_refused():
    outbound = Outbound()
    for url in ("https://127.0.0.1/", "https://169.254.169.254/", "https://[::1]/", "https://2130706433/"):
        with pytest.raises(AddressRefused):
            await outbound.get(url)
    await outbound.close()


async def test_a_read_is_tried_three_times_and_a_post_once():
    outbound = Outbound()
    server = Server(503, 500, 200, body=b'{"a": 1}', headers={"cache-control": "public, max-age=120"})
    async with LiveServer(server) as live:
        answer = await outbound.get(f"{live.url}/x", loopback=True)
        assert (answer.status, answer.json(), answer.max_age_seconds) == (200, {"a": 1}, 120)
        assert server.requests == [("GET", "/x")] * 3
        server.statuses, server.requests = [500], []
        with pytest.raises(OutboundFailed):
            await outbound.get(f"{live.url}/x", loopback=True)
        assert len(server.requests) == 3
        server.requests = []
        assert (await outbound.post_form(f"{live.url}/x", {"a": "b"}, loopback=True)).status == 500
        assert server.requests == [("POST", "/x")]
    server.requests = []
    with pytest.raises(OutboundFailed):
        await outbound.post_form(f"{live.url}/x", {"a": "b"}, loopback=True)
    await outbound.close()


async def test_redirections_are_not_followed_and_refusals_not_repeated():
    outbound = Outbound()
    server = Server(302, headers={"location": "http://127.0.0.1:1/"})
    async with LiveServer(server) as live:
        assert (await outbound.get(live.url, loopback=True)).status == 302
        server.statuses = [404]
        assert (await outbound.get(live.url, loopback=True)).status == 404
        assert len(server.requests) == 2
    await outbound.close()


async def test_a_huge_answer_and_one_that_never_comes_are_given_up():
    outbound = Outbound(timeout=httpx.Timeout(0.2))
    server = Server(200, body=b" " * (2**20 + 1))
    async with LiveServer(server) as live:
        with pytest.raises(OutboundFailed, match="too large"):
            await outbound.get(live.url, loopback=True)
        assert len(server.requests) == 1
        server.body, server.hang = b" " * 2**20, asyncio.Event()
        with pytest.raises(OutboundFailed, match="ReadTimeout"):
            await outbound.post_form(live.url, {}, loopback=True)
        server.hang.set()
        answer = await outbound.get(live.url, loopback=True)
        assert len(answer.body) == 2**20
        with pytest.raises(OutboundFailed, match="not JSON"):
            answer.json()
    await outbound.close()


async def test_json_is_posted_once_and_a_large_answer_read_where_it_is_wanted():
    outbound = Outbound()
    server = Server(503, body=b" " * (2**20 + 1))
    async with LiveServer(server) as live:
        with pytest.raises(AnswerTooLarge):
            await outbound.post_json(f"{live.url}/x", {"a": 1}, loopback=True)
        server.body = b'{"b": 2}'
        answer = await outbound.post_json(f"{live.url}/x", {"a": 1}, loopback=True)
        assert (answer.status, answer.json()) == (503, {"b": 2})
        assert server.requests == [("POST", "/x")] * 2
        assert server.bodies[-1] == (b"application/json", b'{"a":1}')
        server.statuses, server.body = [200], b" " * (2**20 + 1)
        answer = await outbound.get(live.url, loopback=True, limit_bytes=2**20 + 1)
        assert len(answer.body) == 2**20 + 1
    with pytest.raises(AddressRefused):
        await outbound.post_json("http://example.org/", {})
    await outbound.close()


async def test_proxies_of_the_environment_are_not_used(monkeypatch):
    outbound = Outbound()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with LiveServer(Server(200)) as live:
        assert (await outbound.get(live.url, loopback=True)).status == 200
    await outbound.close()


async def test_json_is_posted_once_and_given_up_when_it_takes_too_long():
    outbound = Outbound(timeout=httpx.Timeout(0.2))
    server = Server(500)
    async with LiveServer(server) as live:
        answer = await outbound.post_json(f"{live.url}/x", {"a": "ä"}, loopback=True)
        assert (answer.status, server.requests) == (500, [("POST", "/x")])
        assert server.bodies[-1] == (b"application/json", '{"a":"ä"}'.encode())
        server.hang = asyncio.Event()
        with pytest.raises(OutboundFailed, match="ReadTimeout"):
            await outbound.post_json(live.url, {}, loopback=True)
        asyncio.get_running_loop().call_later(0.4, server.hang.set)
        answer = await outbound.post_json(live.url, {}, loopback=True, timeout_seconds=10)
        assert answer.status == 500
        server.hang.clear()
        with pytest.raises(OutboundFailed):
            await outbound.post_json(live.url, {}, loopback=True, timeout_seconds=0.05)
        server.hang.set()
        with pytest.raises(AddressRefused):
            await outbound.post_json("http://example.org/", {})
    await outbound.close()


@pytest.mark.parametrize("named", ["127.0.0.1", "localhost", "LOCALHOST"])
async def test_an_address_inside_a_network_is_called_once_it_is_named(named: str) -> None:
    server = Server(200)
    async with LiveServer(server) as live:
        outbound = Outbound()
        url = f"http://localhost:{live.port}/v1"
        try:
            assert (await outbound.post_json(url, {}, private=named)).status == 200
            for other in ("10.0.0.7", "model.internal", "127.0.0.2"):
                with pytest.raises(AddressRefused):
                    await outbound.post_json(url, {}, private=other)
            with pytest.raises(AddressRefused):
                await outbound.post_json(url, {})
        finally:
            await outbound.close()
    assert len(server.requests) == 1


@pytest.mark.parametrize("named", ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1"])
async def test_where_clouds_keep_secrets_is_called_by_no_name(named: str) -> None:
    host = f"[{named}]" if ":" in named else named
    outbound = Outbound()
    try:
        with pytest.raises(AddressRefused):
            await outbound.post_json(f"http://{host}:1/latest", {}, private=named)
    finally:
        await outbound.close()


async def test_a_named_address_redirects_nowhere() -> None:
    server = Server(
        302, headers={"location": "http://127.0.0.1:1/", "retry-after": "7", "content-type": "text/html; a=b"}
    )
    async with LiveServer(server) as live:
        outbound = Outbound()
        try:
            answer = await outbound.post_json(f"http://127.0.0.1:{live.port}/v1", {}, private="127.0.0.1")
        finally:
            await outbound.close()
    assert (answer.status, len(server.requests)) == (302, 1)
    assert (answer.retry_after_seconds, answer.content_type) == (7, "text/html")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0),
        ("99999999", 86_400),
        ("-1", None),
        ("soon", None),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0),
        ("1" * 40, None),
    ],
)
async def test_retry_after_is_seconds_or_a_date(said: str, seconds: int | None) -> None:
    async with LiveServer(Server(429, headers={"retry-after": said})) as live:
        outbound = Outbound()
        try:
            answer = await outbound.post_json(f"http://127.0.0.1:{live.port}/", {}, loopback=True)
        finally:
            await outbound.close()
    assert answer.retry_after_seconds == seconds


async def test_a_download_goes_into_a_file(tmp_path: Path) -> None:
    server = Server(500, 200, body=b"x" * 300_000)
    async with LiveServer(server) as live:
        outbound = Outbound()
        with (tmp_path / "file").open("w+b") as file:
            answer = await outbound.download(f"{live.url}/a", file, loopback=True, limit_bytes=300_000)
            assert (answer.status, answer.body, len(server.requests)) == (200, b"", 2)
            file.seek(0)
            assert file.read() == b"x" * 300_000
            with pytest.raises(AnswerTooLarge):
                await outbound.download(f"{live.url}/a", file, loopback=True, limit_bytes=299_999)
            server.statuses, server.body = [404], b'{"error":1}'
            refused = await outbound.download(f"{live.url}/a", file, loopback=True, limit_bytes=300_000)
            assert (refused.status, refused.body) == (404, b'{"error":1}')
            file.seek(0)
            assert file.read() == b""
        await outbound.close()


async def test_a_file_is_sent_as_it_is_read():
    """A slow server makes the reader wait: little is in memory at once."""
    read, taken, go_on = 0, 0, asyncio.Event()
    part, parts = bytes(256 * 1024), 64

    async def file():
        nonlocal read
        for _ in range(parts):
            read += len(part)
            yield part

    async def serve(reader, writer):
        nonlocal taken
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await go_on.wait()
        while taken < length:
            taken += len(await reader.read(65536))
        assert taken == length
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    outbound = Outbound()
    async with await asyncio.start_server(serve, "127.0.0.1", 0, limit=65536) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/media"
        outgoing = OutgoingFile("file.mp4", "video/mp4", parts * len(part), file())
        sending = asyncio.create_task(outbound.post_file(url, outgoing, {"type": "video/mp4"}, loopback=True))
        await asyncio.sleep(0.3)
        waiting = read
        go_on.set()
        assert (await sending).status == 200
    await outbound.close()
    assert read == parts * len(part) > 2 * waiting > 0


async def test_a_form_with_a_file_is_one():
    async def file():
        yield b"%PDF"
        yield b"-1.4"

    server = Server(201, 500)
    outbound = Outbound()
    async with LiveServer(server) as live:
        sent = await outbound.post_file(
            f"{live.url}/media",
            OutgoingFile("file.pdf", "application/pdf", 8, file()),
            {"messaging_product": "whatsapp"},
            headers={"authorization": "Bearer x"},
            loopback=True,
        )
        assert (sent.status, server.requests) == (201, [("POST", "/media")])
        ((kind, body),) = server.bodies
        boundary = kind.removeprefix(b"multipart/form-data; boundary=")
        assert body == (
            b'--%b\r\nContent-Disposition: form-data; name="messaging_product"\r\n\r\nwhatsapp\r\n'
            b'--%b\r\nContent-Disposition: form-data; name="file"; filename="file.pdf"\r\n'
            b"Content-Type: application/pdf\r\n\r\n%%PDF-1.4\r\n--%b--\r\n" % (boundary, boundary, boundary)
        )
        # Once: whoever sends the file knows whether it may be repeated.
        again = OutgoingFile("file.pdf", "application/pdf", 8, file())
        assert (await outbound.post_file(f"{live.url}/media", again, {}, loopback=True)).status == 500
        # A file that is not as long as was said reaches nobody as a whole one.
        for said in (7, 9):
            other = OutgoingFile("file.pdf", "application/pdf", said, file())
            with pytest.raises(OutboundFailed, match="has changed"):
                await outbound.post_file(f"{live.url}/media", other, {}, loopback=True)
    await outbound.close()
    assert sum(body.endswith(b"--\r\n") for _, body in server.bodies) == 2
