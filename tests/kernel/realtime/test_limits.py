"""The limits of one client, and that others do not pay for it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from colonnade.kernel.realtime.limits import AddressGate, Budget, Meter
from colonnade.kernel.testing import NO_TLS


class Sluggard:
    """A WebSocket client that reads the handshake and what `read` asks for, and otherwise nothing."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.socket = socket.socket()
        # Set before connecting, so that the window is small from the first.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.setblocking(False)
        self._got = b""

    async def start(self, room: str) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self.socket, ("127.0.0.1", self._port))
        key = base64.b64encode(os.urandom(16)).decode()
        await loop.sock_sendall(
            self.socket,
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode(),
        )
        await self.read(b"maxPayload")
        await self.send("40")
        await self.read(b'40{"sid"')
        await self.send(f'4277["enter",{json.dumps(room)}]')
        await self.read(b"4377[")

    async def send(self, text: str) -> None:
        payload = text.encode()
        assert len(payload) < 126
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        frame = bytes([0x81, 0x80 | len(payload)]) + mask + masked
        await asyncio.get_running_loop().sock_sendall(self.socket, frame)

    async def read(self, until: bytes) -> None:
        async with asyncio.timeout(10):
            while until not in self._got:
                self._got += await asyncio.get_running_loop().sock_recv(self.socket, 4096)

    async def read_all(self) -> int:
        """Return the number of bytes that arrive before the connection ends."""
        total = 0
        async with asyncio.timeout(20):
            while True:
                try:
                    chunk = await asyncio.get_running_loop().sock_recv(self.socket, 65536)
                except ConnectionResetError:
                    return total
                if not chunk:
                    raise AssertionError("closed in an orderly way")
                total += len(chunk)


def memory_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_a_reader_that_stops_is_aborted_and_the_others_get_everything(
    start_server: Any, connect: Any, room: str
) -> None:
    server = await start_server(limits={"backlog_bytes": 256 * 1024})
    good = [await connect(server) for _ in range(3)]
    for client in good:
        await client.call("enter", room)
    sluggards = [Sluggard(server.port) for _ in range(5)]
    for sluggard in sluggards:
        await sluggard.start(room)
    assert await good[0].call("count", room) == 8
    before = memory_bytes(server.process.pid)
    size, step, steps = 10_000, 10, 120
    for round in range(steps):
        await good[0].call("flood", {"room": room, "size": size, "count": step})
        for client in good:
            await client.wait_for("flooded", (round + 1) * step)
    for client in good:
        numbers = [number for number, text in client.of("flooded") if len(text) == size]
        assert numbers == list(range(step)) * steps
    assert (await good[0].call("stats"))["slow_readers"] == 5
    await good[0].until(lambda: len(good[0].of("user-left")) >= 5)
    assert await good[0].call("count", room) == 3
    # 12 MB were sent to each: unbounded, what five sluggards left unread would stay in memory.
    assert memory_bytes(server.process.pid) - before < 15_000_000
    for sluggard in sluggards:
        assert await sluggard.read_all() < size * step * steps // 2
        sluggard.socket.close()
    assert await server.stop() == ""


async def test_a_polling_client_that_stays_away_is_dropped(
    start_server: Any, connect: Any, room: str
) -> None:
    server = await start_server(limits={"backlog_bytes": 100_000})
    good = await connect(server)
    async with httpx.AsyncClient(base_url=server.url, verify=NO_TLS) as http:
        poller = await Poller.open(http)
        await poller.post(f'420["enter",{json.dumps(room)}]')
        assert "430[" in await poller.poll()
        await good.call("flood", {"room": room, "size": 10_000, "count": 30})
        assert (await good.call("stats"))["slow_readers"] == 1
        assert await good.call("count", room) == 0
        gone = await http.get(poller.url)
        assert gone.status_code == 400
    assert await server.stop() == ""


class Poller:
    """A client by HTTP only."""

    def __init__(self, http: httpx.AsyncClient, sid: str) -> None:
        self.http = http
        self.url = f"/socket.io/?EIO=4&transport=polling&sid={sid}"

    @classmethod
    async def open(cls, http: httpx.AsyncClient) -> Poller:
        hello = await http.get("/socket.io/?EIO=4&transport=polling")
        self = cls(http, json.loads(hello.text[1:])["sid"])
        await self.post("40")
        assert (await self.poll()).startswith("40{")
        return self

    async def post(self, body: str) -> httpx.Response:
        return await self.http.post(self.url, content=body)

    async def poll(self) -> str:
        return (await self.http.get(self.url, timeout=10)).text


async def test_the_hundred_and_first_message_of_a_minute_is_refused(
    start_server: Any, connect: Any, room: str
) -> None:
    server = await start_server(limits={"messages_per_minute": 100})
    client, other = await connect(server), await connect(server)
    for number in range(100):
        assert await client.call("echo", number) == number
    expected = {"message": "Rate limit exceeded. Please slow down.", "code": "RATE_LIMIT_EXCEEDED"}
    assert await client.call("say", {"room": room, "text": "x"}) == {"error": expected}
    assert client.of("error") == [expected]
    assert await other.call("echo", 1) == 1
    assert (await other.call("join", {"room": room}))["seq"] == 0


async def test_what_a_client_has_sent_is_not_handled_once_it_is_sent_away(
    start_server: Any, connect: Any, room: str
) -> None:
    server = await start_server()
    witness, victim = await connect(server), await connect(server, auth={"token": "victim"})
    await witness.call("join", {"room": room})
    await victim.emit("kick", "user:victim")
    for number in range(20):
        await victim.emit("say", {"room": room, "text": f"after {number}"})
    assert await victim.until_closed() == "server"
    await witness.wait_for("user-left")
    assert await witness.call("say", {"room": room, "text": "end"}) == 1
    assert await witness.wait_for("said") == [{"text": "end", "seq": 1}]


@pytest.mark.parametrize("opcode", [0x9, 0xA, 0x0], ids=["pings", "pongs", "continuations"])
async def test_a_flood_of_small_frames_delays_nobody_and_is_ended(
    start_server: Any, connect: Any, room: str, opcode: int
) -> None:
    server = await start_server()
    flood = Sluggard(server.port)
    await flood.start(room)
    if opcode == 0x0:
        await asyncio.get_running_loop().sock_sendall(flood.socket, bytes([0x01, 0x80]) + b"mask")
    frames = (bytes([0x80 * (opcode != 0x0) | opcode, 0x80]) + b"mask") * 700_000
    sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(flood.socket, frames))
    witness = await connect(server)
    longest = 0.0
    while not sending.done():
        began = time.monotonic()
        await witness.call("echo", 1)
        longest = max(longest, time.monotonic() - began)
    with contextlib.suppress(OSError):  # reset, unless all of it was under way
        await sending
    assert longest < 0.5
    while await witness.call("count", room):
        pass
    flood.socket.close()


async def test_a_flood_of_any_packets_closes_the_socket(start_server: Any, connect: Any) -> None:
    server = await start_server(limits={"packets_per_minute": 200})
    client, other = await connect(server), await connect(server)
    for _ in range(201):
        await client.ws.send("3")
    assert await client.until_closed() == "transport"
    assert await other.call("echo", 1) == 1
    assert await server.stop() == ""


async def test_a_message_above_64_kib_closes_the_socket(server: Any, connect: Any) -> None:
    client = await connect()
    text = "x" * (64 * 1024 - len('421["echo", ""]'))
    assert await client.call("echo", text) == text
    await client.emit("echo", text + "x" * 10)
    assert await client.until_closed() == "transport"
    async with httpx.AsyncClient(base_url=server.url, verify=NO_TLS) as http:
        poller = await Poller.open(http)
        assert (await poller.post("4" + "x" * 64 * 1024)).status_code == 413
        assert (await http.get(poller.url)).status_code == 400


@pytest.mark.parametrize("body", [b"\xff\xfe", b"", b"4\x1e" * 100, b"7", b"9abc", b"b!!!"])
async def test_a_malformed_post_ends_quietly(start_server: Any, body: bytes) -> None:
    server = await start_server()
    async with httpx.AsyncClient(base_url=server.url, verify=NO_TLS) as http:
        poller = await Poller.open(http)
        answer = await http.post(poller.url, content=body)
        assert answer.status_code in {200, 400}
    assert await server.stop() == ""


async def test_addresses_have_a_number_of_sockets(start_server: Any, connect: Any) -> None:
    server = await start_server(limits={"sockets_per_address": 3})
    clients = [await connect(server) for _ in range(3)]
    with pytest.raises(InvalidStatus) as refused:
        await connect(server)
    assert refused.value.response.status_code == 429
    async with httpx.AsyncClient(verify=NO_TLS) as http:
        answer = await http.get(f"{server.url}/socket.io/?EIO=4&transport=polling")
    assert answer.status_code == 429
    assert (await clients[0].call("stats"))["refused_sockets"] == 2
    await clients[2].close()
    await clients[0].wait_for("user-left")
    await connect(server)


async def test_addresses_open_a_number_of_sockets_in_a_minute(start_server: Any) -> None:
    server = await start_server(limits={"openings_per_minute": 5})
    async with httpx.AsyncClient(base_url=server.url, verify=NO_TLS) as http:
        for _ in range(5):
            poller = await Poller.open(http)
            await poller.post("1")
        refused = await http.get("/socket.io/?EIO=4&transport=polling")
    assert (refused.status_code, refused.json()["message"]) == (429, "Too many connections")


async def test_attempts_to_connect_are_counted(start_server: Any) -> None:
    server = await start_server(limits={"connections_per_minute": 3})
    async with httpx.AsyncClient(base_url=server.url, verify=NO_TLS) as http:
        poller = await Poller.open(http)
        attempt = '40/studio,{"token":"wrong"}'
        await poller.post("\x1e".join([attempt] * 3))
        refusals: list[str] = []
        while len(refusals) < 3:
            refusals += (await poller.poll()).split("\x1e")
    codes = [json.loads(each.removeprefix("44/studio,"))["data"]["code"] for each in refusals]
    assert sorted(codes) == ["RATE_LIMIT_EXCEEDED", "UNAUTHORIZED", "UNAUTHORIZED"]


async def test_a_client_has_a_number_of_rooms(start_server: Any, connect: Any) -> None:
    client = await connect(await start_server(limits={"rooms_per_socket": 3}))
    assert await client.call("enter", "a") == ["a", "everybody"]
    assert await client.call("enter", "b") == ["a", "b", "everybody"]
    assert await client.call("enter", "b") == ["a", "b", "everybody"]
    for event, data in (("enter", "c"), ("join", {"room": "c"})):
        assert (await client.call(event, data))["error"]["code"] == "TOO_MANY_ROOMS"
    await client.call("leave", "a")
    assert await client.call("enter", "c") == ["b", "c", "everybody"]


async def test_a_transport_that_joins_nothing_is_closed(start_server: Any, server: Any) -> None:
    import websockets.asyncio.client as websocket

    quick = await start_server(limits={"connect_seconds": 0.2})
    async with websocket.connect(f"ws://127.0.0.1:{quick.port}/socket.io/?EIO=4&transport=websocket") as ws:
        await ws.recv()
        async with asyncio.timeout(5):
            assert [raw async for raw in ws] == ["1"]


async def test_a_client_that_does_not_answer_pings_is_dropped(start_server: Any, connect: Any) -> None:
    limits = {"ping_interval_seconds": 0.2, "ping_timeout_seconds": 0.3}
    server = await start_server(limits=limits)
    good = await connect(server)
    dead = Sluggard(server.port)
    await dead.start("somewhere")
    await good.wait_for("user-left")
    assert await good.call("count", "somewhere") == 0
    assert good.closed is None
    dead.socket.close()


def test_a_budget_counts_any_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    budget = Budget(2)
    assert [budget.spend(), budget.spend(), budget.spend()] == [True, True, False]
    clock[0] = 30.0
    assert not budget.spend()
    clock[0] = 60.0
    assert [budget.spend(), budget.spend(), budget.spend()] == [True, True, False]


def test_a_meter_counts_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    meter = Meter(2)
    assert [meter.spend(), meter.spend(), meter.spend()] == [True, True, False]
    clock[0] = 160.0
    assert meter.spend()


def test_openings_count_in_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    gate = AddressGate(5, openings=2)
    for _ in range(2):
        assert gate.enter("192.0.2.1")
        gate.leave("192.0.2.1")
    assert not gate.enter("192.0.2.1")
    assert gate.enter("192.0.2.2")
    clock[0] = 160.0
    assert gate.enter("192.0.2.1")


def test_an_ipv6_network_counts_as_one_address() -> None:
    gate = AddressGate(2)
    assert gate.enter("2001:db8::1")
    assert gate.enter("2001:db8::2")
    assert not gate.enter("2001:db8::3")
    assert gate.enter("2001:db8:0:1::1")
    gate.leave("2001:db8::3")
    assert gate.enter("2001:db8::4")
    assert [gate.enter("::ffff:10.0.0.1"), gate.enter("10.0.0.1"), gate.enter("10.0.0.1")] == [
        True,
        True,
        False,
    ]
    assert gate.enter("unknown")
