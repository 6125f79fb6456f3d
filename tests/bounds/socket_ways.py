"""The ways in through an open socket, for the table of `ways_in`: messages, payloads, attachments, packets, sockets.

What is legal here is what `SocketLimits` allows. The sockets are a guest's, who is in the room of the chat.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bounds.sending import MEGABYTE, Client, WayIn
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed

from colonnade.kernel.core.texts.kinds import MAX_REMOVED
from colonnade.kernel.realtime import SocketLimits
from colonnade.kernel.testing.worst import WORST_TEXTS
from colonnade.products.radio.livechat.schemas import Said

__all__ = ["SOCKET_WAYS_IN"]

LIMITS = SocketLimits()
POLLING = "/socket.io/?EIO=4&transport=polling"
SECONDS = 20.0


@asynccontextmanager
async def _socket(client: Client) -> AsyncIterator[ClientConnection]:
    answer = await client.visitor.post("/livechat/session", json={"name": "Ana"})
    token = answer.json()["data"]["token"]
    url = f"ws://127.0.0.1:{client.port}/socket.io/?EIO=4&transport=websocket"
    async with open_websocket(url, max_size=None, ping_interval=None) as websocket:
        await websocket.recv()
        await websocket.send("40" + json.dumps({"token": token}))
        connected = await websocket.recv()
        assert str(connected).startswith('40{"sid"'), connected
        yield websocket


async def _until_closed(websocket: ClientConnection) -> list[str]:
    heard: list[str] = []
    async with asyncio.timeout(SECONDS):
        try:
            while True:
                heard.append(str(await websocket.recv()))
        except ConnectionClosed:
            return heard


async def _answers(websocket: ClientConnection, count: int) -> list[str]:
    answers: list[str] = []
    async with asyncio.timeout(SECONDS):
        while len(answers) < count:
            if (heard := str(await websocket.recv())).startswith("43"):
                answers.append(heard)
    return answers


def _event(number: int, size: int) -> str:
    start = f'42{number}["send-message",{{"message":"'
    return start + "x" * (size - len(start) - 3) + '"}]'


async def _messages_worst(client: Client) -> None:
    async with _socket(client) as websocket:
        for number in range(LIMITS.messages_per_minute):
            await websocket.send(_event(number, LIMITS.message_bytes))
        assert len(await _answers(websocket, LIMITS.messages_per_minute)) == LIMITS.messages_per_minute


async def _messages_illegal(client: Client) -> None:
    async with _socket(client) as websocket:
        await websocket.send(_event(1, LIMITS.message_bytes + 1))
        await _until_closed(websocket)
    async with _socket(client) as websocket:
        with_end = ("x" * 1_000 for _ in range(60_000))
        try:
            await websocket.send(with_end)  # a frame for each
        except ConnectionClosed:
            return
        raise AssertionError("a message without an end was taken")


async def _texts_worst(client: Client) -> None:
    answers = await _send_texts(client, 4 * Said.max_length + MAX_REMOVED)
    assert all(re.search('"id":"[0-9]+"|"VALIDATION_ERROR"', each) for each in answers)


async def _texts_illegal(client: Client) -> None:
    assert all('"error"' in each for each in await _send_texts(client, 15_000))


async def _send_texts(client: Client, length: int) -> list[str]:
    """Send each of the worst texts several times, at once; return the answers."""
    texts = [("a" + piece * length)[:length] for piece in WORST_TEXTS.values()] * 4
    async with _socket(client) as websocket:
        for number, text in enumerate(texts):
            event = json.dumps(["send-message", {"message": text}], ensure_ascii=False)
            await websocket.send(f"42{number}{event}")
        return await _answers(websocket, len(texts))


async def _packets_worst(client: Client) -> None:
    async with _socket(client) as websocket:
        for _ in range(LIMITS.packets_per_minute - 10):
            await websocket.send("3")
        await websocket.send('421["leave-room"]')
        assert len(await _answers(websocket, 1)) == 1


async def _packets_illegal(client: Client) -> None:
    async with _socket(client) as websocket:
        try:
            for _ in range(100_000):
                await websocket.send("3")
        except ConnectionClosed:
            return
        assert await _until_closed(websocket)


async def _attachments_worst(client: Client) -> None:
    places = ",".join(f'{{"_placeholder":true,"num":{n}}}' for n in range(LIMITS.attachments))
    async with _socket(client) as websocket:
        for number in range(20):  # 5 MiB: not all that a minute allows
            await websocket.send(f'45{LIMITS.attachments}-{number}["send-message",[{places}]]')
            for _ in range(LIMITS.attachments):
                await websocket.send(os.urandom(_ATTACHED_BYTES // LIMITS.attachments))
        assert all(
            "VALIDATION_ERROR" in each or "RATE_LIMIT" in each for each in await _answers(websocket, 20)
        )


async def _attachments_illegal(client: Client) -> None:
    async with _socket(client) as websocket:
        await websocket.send('45999999999-1["send-message"]')
        for _ in range(1_000):
            await websocket.send(os.urandom(1_000))
        assert "Too many attachments" in (await _answers(websocket, 1))[0]


async def _open_polling(client: Client) -> str:
    hello = await client.visitor.get(POLLING)
    assert hello.status_code == 200, hello.text
    return f"{POLLING}&sid={json.loads(hello.text[1:])['sid']}"


async def _payload_worst(client: Client) -> None:
    url = await _open_polling(client)
    packets = "\x1e".join(["3"] * (LIMITS.packets_per_minute - 10))
    assert (await client.visitor.post(url, content=packets)).status_code == 200
    url = await _open_polling(client)
    padding = "4" + "x" * (LIMITS.message_bytes - 1)  # no packet of Socket.IO
    assert (await client.visitor.post(url, content=padding)).status_code == 400


async def _payload_illegal(client: Client) -> None:
    for body in ("3\x1e" * (LIMITS.message_bytes // 2), "4" * (LIMITS.message_bytes + 1), "b" + "A" * 60_001):
        url = await _open_polling(client)
        assert (await client.visitor.post(url, content=body)).status_code in (400, 413)
        assert (await client.visitor.get(url)).status_code == 400


async def _open_and_end(client: Client, count: int) -> tuple[int, int]:
    """Open sessions that join nothing, on one connection, and end them; return how many were opened and refused."""
    answer = await client.send(f"GET {POLLING} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * count)
    sids = re.findall(rb'"sid":"([^"]+)"', answer)
    await client.send(
        b"".join(
            b"POST %b&sid=%b HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1" % (POLLING.encode(), sid)
            for sid in sids
        )
    )
    return len(sids), answer.count(b"HTTP/1.1 429 ")


async def _sockets_worst(client: Client) -> None:
    # Half of what an address may have: it is tried several times in a minute, in which so many may be opened.
    assert await _open_and_end(client, LIMITS.sockets_per_address // 2) == (500, 0)


async def _sockets_illegal(client: Client) -> None:
    opened, refused = await _open_and_end(client, LIMITS.sockets_per_address + 500)
    assert opened <= LIMITS.sockets_per_address
    assert opened + refused == LIMITS.sockets_per_address + 500


async def _connections_worst(client: Client) -> None:
    async with _socket(client) as websocket:
        for number in range(LIMITS.connections_per_minute + 100):
            await websocket.send(f'40/n{number},{{"token":"{"x" * 1_000}"}}')
        await websocket.send('421["leave-room"]')
        assert len(await _answers(websocket, 1)) == 1


_ATTACHED_BYTES = 256 * 1024
_KIB = f"{LIMITS.message_bytes // 1024} KiB"

SOCKET_WAYS_IN = (
    WayIn("message of a socket", f"{_KIB}, {LIMITS.messages_per_minute} events a minute",
          f"{LIMITS.handler_seconds:g} s of a handler", "256 KiB that waits for handlers",
          "`error`; the end of the socket", _messages_worst, _messages_illegal),
    WayIn("text of a message", f"four times what it keeps, and {MAX_REMOVED:,} characters",
          "10 ms for 10,000 characters", "the message", "`error`", _texts_worst, _texts_illegal),
    WayIn("packets of a socket",
          f"{LIMITS.packets_per_minute:,}, {LIMITS.bytes_per_minute // MEGABYTE} MiB a minute",
          "10 ms of a turn for all sockets", "none",
          "the end of the socket",
          _packets_worst, _packets_illegal),
    WayIn("attachments of an event", f"{LIMITS.attachments}, 256 KiB together", "none", "256 KiB",
          "`error`, and they are not kept", _attachments_worst, _attachments_illegal),
    WayIn("payload of polling", _KIB, "20 s", _KIB, "413, the end of the session", _payload_worst, _payload_illegal),
    WayIn("attempts to connect to a namespace", f"{LIMITS.connections_per_minute} a minute",
          f"{LIMITS.handler_seconds:g} s", "256 KiB that waits", "a refusal", _connections_worst, _connections_worst),
    WayIn("sockets", f"{LIMITS.sockets_per_address:,} of an address, {LIMITS.openings_per_minute:,} opened a minute; "
          f"{LIMITS.sockets_per_person} of a person in each process", f"{LIMITS.connect_seconds:g} s to join",
          "some KiB each", "429", _sockets_worst, _sockets_illegal),
)  # fmt: skip
