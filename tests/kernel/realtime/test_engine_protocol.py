"""Engine.IO's protocol, revision 4, case by case, against a server on the kernel's `Engine` that echoes messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed, InvalidStatus

from colonnade.kernel.testing import NO_TLS

PING_INTERVAL_SECONDS = 0.3
PING_TIMEOUT_SECONDS = 1.0
POLLING = "/engine.io/?EIO=4&transport=polling"
SECONDS = 5.0


@pytest.fixture(scope="module")
async def echo(realtime_dsn: str) -> AsyncIterator[Any]:
    """Start a server that echoes, with hurried pings."""
    from tests.kernel.realtime.conftest import launch

    limits = {
        "ping_interval_seconds": PING_INTERVAL_SECONDS,
        "ping_timeout_seconds": PING_TIMEOUT_SECONDS,
        "message_bytes": 1_000_000,
        "connect_seconds": 0.2,
    }
    process = await launch({"dsn": realtime_dsn, "limits": limits, "echo": True})
    yield process
    assert await process.stop() == ""


@pytest.fixture
async def http(echo: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client of the server."""
    async with httpx.AsyncClient(base_url=echo.url, timeout=SECONDS, verify=NO_TLS) as client:
        yield client


async def open_by_polling(http: httpx.AsyncClient) -> str:
    hello = await http.get(POLLING)
    sid: str = json.loads(hello.text[1:])["sid"]
    return f"{POLLING}&sid={sid}"


class HeldRequest:
    """A poll that the server holds, or a post of which it has the first byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> None:
        self._reader = reader
        self._writer = writer
        self._rest = rest

    @classmethod
    async def begin(cls, echo: Any, url: str, *, post: str = "") -> HeldRequest:
        reader, writer = await asyncio.open_connection("127.0.0.1", echo.port)
        line = f"POST {url} HTTP/1.1\r\nContent-Length: {len(post)}" if post else f"GET {url} HTTP/1.1"
        writer.write(f"{line}\r\nHost: x\r\nConnection: close\r\n\r\n{post[:1]}".encode())
        await writer.drain()
        # What a connection brings that is opened now is read after it.
        async with httpx.AsyncClient(base_url=echo.url, verify=NO_TLS) as http:
            await http.get("/elsewhere")
        return cls(reader, writer, post[1:])

    async def answer(self) -> tuple[int, str]:
        """Send what is missing of a post; return status and body."""
        self._writer.write(self._rest.encode())
        async with asyncio.timeout(SECONDS):
            head, _, body = (await self._reader.read()).decode().partition("\r\n\r\n")
        self._writer.close()
        return int(head.split()[1]), body

    def abort(self) -> None:
        self._writer.transport.abort()


async def open_by_websocket(echo: Any, query: str = "EIO=4&transport=websocket") -> ClientConnection:
    return await open_websocket(f"ws://127.0.0.1:{echo.port}/engine.io/?{query}", ping_interval=None)


async def until_closed(websocket: ClientConnection) -> list[str | bytes]:
    """Return what still arrives; raise TimeoutError if the connection stays open."""
    got: list[str | bytes] = []
    async with asyncio.timeout(SECONDS):
        try:
            while True:
                got.append(await websocket.recv())
        except ConnectionClosed:
            return got


async def hear(websocket: ClientConnection) -> str | bytes:
    """Return the next message that is no ping."""
    async with asyncio.timeout(SECONDS):
        while (heard := await websocket.recv()) == "2":
            await websocket.send("3")
        return heard


async def test_polling_opens_a_session(http: httpx.AsyncClient) -> None:
    hello = await http.get(POLLING)
    assert hello.status_code == 200
    assert hello.text.startswith("0")
    said = json.loads(hello.text[1:])
    sid = said.pop("sid")
    assert isinstance(sid, str)
    assert said == {
        "upgrades": ["websocket"],
        "pingInterval": 300,
        "pingTimeout": 1000,
        "maxPayload": 1000000,
    }
    assert hello.headers["cache-control"] == "no-store"
    assert hello.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    ("method", "query", "code"),
    [
        ("GET", "transport=polling", 5),
        ("GET", "EIO=abc&transport=polling", 5),
        ("GET", "EIO=3&transport=polling", 5),
        ("GET", "EIO=4", 0),
        ("GET", "EIO=4&transport=abc", 0),
        ("GET", "EIO=4&transport=websocket", 0),
        ("POST", "EIO=4&transport=polling", 2),
        ("PUT", "EIO=4&transport=polling", 2),
        ("GET", "EIO=4&transport=polling&sid=unknown", 1),
        ("GET", "EIO=4&transport=polling&sid=../../x.y", 1),
        ("POST", "EIO=4&transport=polling&sid=unknown", 1),
    ],
)
async def test_a_handshake_that_is_none_is_refused(
    http: httpx.AsyncClient, method: str, query: str, code: int
) -> None:
    answer = await http.request(method, f"/engine.io/?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] == code


async def test_websocket_opens_a_session(echo: Any) -> None:
    websocket = await open_by_websocket(echo)
    hello = await websocket.recv()
    assert isinstance(hello, str)
    said = json.loads(hello.removeprefix("0"))
    assert isinstance(said.pop("sid"), str)
    assert said == {"upgrades": [], "pingInterval": 300, "pingTimeout": 1000, "maxPayload": 1000000}
    await websocket.close()


@pytest.mark.parametrize(
    "query", ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=abc"]
)
async def test_a_websocket_without_the_protocols_parameters_is_refused(echo: Any, query: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await open_by_websocket(echo, query)
    assert refused.value.response.status_code == 400


@pytest.mark.parametrize(
    "payload",
    ["4hello", "4test1\x1e4test2\x1e4test3", "4hello\x1ebAQIDBA==", "\x1e".join(f"4{n}" for n in range(200))],
    ids=["one", "several", "bytes", "a-burst"],
)
async def test_polling_sends_and_receives(http: httpx.AsyncClient, payload: str) -> None:
    url = await open_by_polling(http)
    posted = await http.post(url, content=payload)
    assert (posted.status_code, posted.text) == (200, "ok")
    polled = await http.get(url)
    assert (polled.status_code, polled.text) == (200, payload)
    assert polled.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("body", ["abc", "", "4a\x1e", "b!!!", "0{}"])
async def test_a_malformed_payload_ends_the_session(http: httpx.AsyncClient, body: str) -> None:
    url = await open_by_polling(http)
    assert (await http.post(url, content=body)).status_code == 400
    assert (await http.get(url)).status_code == 400


async def test_two_polls_at_once_end_the_session(echo: Any, http: httpx.AsyncClient) -> None:
    url = await open_by_polling(http)
    first = await HeldRequest.begin(echo, url)
    second = await http.get(f"{url}&t=burst")
    assert await first.answer() == (200, "1")
    assert second.status_code == 400
    assert (await http.get(url)).status_code == 400


async def test_two_posts_at_once_end_the_session(echo: Any, http: httpx.AsyncClient) -> None:
    """They may be read in another order than that in which they were sent."""
    url = await open_by_polling(http)
    poll = await HeldRequest.begin(echo, url)
    first = await HeldRequest.begin(echo, url, post="4first")
    second = await http.post(url, content="4second")
    assert (second.status_code, second.json()["code"]) == (400, 3)
    assert await poll.answer() == (200, "6")
    status, refusal = await first.answer()
    assert (status, json.loads(refusal)["code"]) == (400, 1)
    assert (await http.get(url)).status_code == 400


async def test_one_post_after_the_other_is_taken(echo: Any, http: httpx.AsyncClient) -> None:
    url = await open_by_polling(http)
    slow = await HeldRequest.begin(echo, url, post="4first")
    assert await slow.answer() == (200, "ok")
    assert (await http.post(url, content="4second")).text == "ok"
    assert (await http.get(url)).text == "4first\x1e4second"


async def test_an_aborted_poll_ends_the_session(echo: Any, http: httpx.AsyncClient) -> None:
    """What was on its way is not known to have arrived, so the client must come back, and catch up."""
    url = await open_by_polling(http)
    poll = await HeldRequest.begin(echo, url)
    await http.post(url, content="3")
    poll.abort()
    async with asyncio.timeout(SECONDS):
        while (await http.post(url, content="3")).status_code == 200:
            await asyncio.sleep(0)
    assert (await http.get(url)).status_code == 400


@pytest.mark.parametrize("message", ["4hello", b"\x01\x02\x03\x04"])
async def test_a_websocket_sends_and_receives(echo: Any, message: str | bytes) -> None:
    websocket = await open_by_websocket(echo)
    await websocket.recv()
    await websocket.send(message)
    assert await hear(websocket) == message
    await websocket.close()


@pytest.mark.parametrize("packet", ["abc", "", "0", "9", "33", "1x"])
async def test_what_is_no_packet_closes_the_websocket(echo: Any, packet: str) -> None:
    websocket = await open_by_websocket(echo)
    await websocket.recv()
    await websocket.send(packet)
    assert "4abc" not in await until_closed(websocket)


async def test_polling_is_kept_alive_by_pongs(http: httpx.AsyncClient) -> None:
    url = await open_by_polling(http)
    for _ in range(3):
        polled = await http.get(url)
        assert (polled.status_code, polled.text) == (200, "2")
        assert (await http.post(url, content="3")).status_code == 200


async def test_a_websocket_is_kept_alive_by_pongs(echo: Any) -> None:
    """That is all: what is spoken here knows no namespace to join (`connect_seconds`)."""
    websocket = await open_by_websocket(echo)
    await websocket.recv()
    for _ in range(3):
        assert await websocket.recv() == "2"
        await websocket.send("3")
    await websocket.close()


async def test_polling_without_pongs_ends(http: httpx.AsyncClient) -> None:
    url = await open_by_polling(http)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert (await http.get(url)).text == "2"
    ended = await http.get(url)
    # At the latest: interval and timeout. Not earlier than both either.
    assert PING_INTERVAL_SECONDS + PING_TIMEOUT_SECONDS - 0.05 < loop.time() - began < 3.0
    assert ended.status_code in {200, 400}
    assert (await http.post(url, content="3")).status_code == 400


async def test_a_websocket_without_pongs_is_closed(echo: Any) -> None:
    websocket = await open_by_websocket(echo)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert (await until_closed(websocket))[1:] == ["2"]
    assert loop.time() - began < 3.0


async def test_polling_is_ended_by_the_client_and_its_poll_answered_at_once(
    echo: Any, http: httpx.AsyncClient
) -> None:
    url = await open_by_polling(http)
    poll = await HeldRequest.begin(echo, url)
    assert (await http.post(url, content="1")).status_code == 200
    assert await poll.answer() == (200, "6")
    assert (await http.get(url)).status_code == 400


async def test_a_websocket_is_ended_by_the_client(echo: Any) -> None:
    websocket = await open_by_websocket(echo)
    await websocket.recv()
    await websocket.send("1")
    assert await until_closed(websocket) == []


async def test_polling_becomes_a_websocket(echo: Any, http: httpx.AsyncClient) -> None:
    url = await open_by_polling(http)
    websocket = await open_by_websocket(echo, f"EIO=4&transport=websocket&sid={url.rpartition('=')[2]}")
    waiting = await HeldRequest.begin(echo, url)
    await http.post(url, content="4before")
    assert await waiting.answer() == (200, "4before")
    await websocket.send("2probe")
    assert await websocket.recv() == "3probe"
    polled = await http.get(url)
    assert (polled.status_code, polled.text) == (200, "6")
    await websocket.send("5")
    await websocket.send("4hello")
    assert await hear(websocket) == "4hello"
    await websocket.close()


async def test_what_waits_is_sent_by_the_new_websocket(echo: Any, http: httpx.AsyncClient) -> None:
    url = await open_by_polling(http)
    websocket = await open_by_websocket(echo, f"EIO=4&transport=websocket&sid={url.rpartition('=')[2]}")
    await http.post(url, content="4one\x1e4two")
    await websocket.send("2probe")
    await websocket.send("5")
    assert [await hear(websocket) for _ in range(3)] == ["3probe", "4one", "4two"]
    await websocket.close()


async def test_after_the_upgrade_polls_are_refused(echo: Any, http: httpx.AsyncClient) -> None:
    url = await open_by_polling(http)
    websocket = await open_by_websocket(echo, f"EIO=4&transport=websocket&sid={url.rpartition('=')[2]}")
    await websocket.send("2probe")
    await websocket.send("5")
    assert await websocket.recv() == "3probe"
    assert (await http.get(url)).status_code == 400
    await websocket.send("4hello")
    assert await hear(websocket) == "4hello"
    await websocket.close()


@pytest.mark.parametrize("packets", [[], ["2probe"], ["2probe", "5"]], ids=["opened", "probed", "upgraded"])
async def test_a_second_websocket_of_a_session_is_closed(
    echo: Any, http: httpx.AsyncClient, packets: list[str]
) -> None:
    url = await open_by_polling(http)
    query = f"EIO=4&transport=websocket&sid={url.rpartition('=')[2]}"
    websocket = await open_by_websocket(echo, query)
    for packet in packets:
        await websocket.send(packet)
    if packets:
        assert await websocket.recv() == "3probe"
    second = await open_by_websocket(echo, query)
    assert await until_closed(second) == []
    assert second.close_code == 1008
    for packet in ["2probe", "5", "4hello"][len(packets) :]:
        await websocket.send(packet)
    heard = await hear(websocket)
    assert (heard if packets else await hear(websocket)) == "4hello"
    await websocket.close()


async def test_a_session_that_opened_by_websocket_has_no_second_one(echo: Any) -> None:
    websocket = await open_by_websocket(echo)
    sid = json.loads(str(await websocket.recv())[1:])["sid"]
    second = await open_by_websocket(echo, f"EIO=4&transport=websocket&sid={sid}")
    assert await until_closed(second) == []
    assert second.close_code == 1008
    await websocket.send("4hello")
    assert await hear(websocket) == "4hello"
    await websocket.close()


async def test_a_probe_that_is_lost_delays_no_message(echo: Any, http: httpx.AsyncClient) -> None:
    """The client goes on polling: it is released a few times, not without end, and told everything at once."""
    url = await open_by_polling(http)
    websocket = await open_by_websocket(echo, f"EIO=4&transport=websocket&sid={url.rpartition('=')[2]}")
    await websocket.send("2probe")
    assert await websocket.recv() == "3probe"
    loop = asyncio.get_running_loop()
    began, polls = loop.time(), 0
    while loop.time() - began < 1.0:
        polls += 1
        if (await http.get(url)).text == "2":
            await http.post(url, content="3")
    assert polls < 12
    poll = asyncio.create_task(http.get(url))
    said = loop.time()
    await http.post(url, content="4now")
    heard = (await poll).text
    while heard in {"2", "6"}:
        heard = (await http.get(url)).text
    assert heard.endswith("4now")
    assert loop.time() - said < 0.5
    await websocket.close()


@pytest.mark.parametrize("first", ["4hello", "5", b"\x01", "2"])
async def test_a_websocket_that_probes_nothing_is_dropped(
    echo: Any, http: httpx.AsyncClient, first: str | bytes
) -> None:
    url = await open_by_polling(http)
    websocket = await open_by_websocket(echo, f"EIO=4&transport=websocket&sid={url.rpartition('=')[2]}")
    await websocket.send(first)
    assert await until_closed(websocket) == []
    posted = await http.post(url, content="4still here")
    assert posted.status_code == 200
    heard = (await http.get(url)).text
    while heard == "2":
        heard = (await http.get(url)).text
    assert heard.endswith("4still here")


async def test_a_session_is_opened_for_pages_of_other_origins(http: httpx.AsyncClient) -> None:
    asked = await http.options(
        POLLING, headers={"Origin": "https://radio.example", "Access-Control-Request-Headers": "x-mine"}
    )
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "https://radio.example"
    assert asked.headers["access-control-allow-headers"] == "x-mine"
    assert asked.headers["access-control-allow-credentials"] == "true"
