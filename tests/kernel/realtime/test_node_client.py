"""The real socket.io-client (npm) against real servers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.node

TRANSPORTS = {
    "websocket": {"transports": ["websocket"]},
    "polling": {"transports": ["polling"]},
    "upgraded": {"transports": ["polling", "websocket"]},
}


async def open_client(run_script: Any, url: str, transport: str, **options: Any) -> Any:
    client = await run_script("client.js")
    answer = await client.ask(do="connect", url=url, options={**TRANSPORTS[transport], **options})
    assert "sid" in answer, answer
    if transport == "upgraded":
        assert answer["transport"] == "polling"
        assert await client.ask(do="wait-for-upgrade") == "websocket"
    return client


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_events_acknowledgements_and_binary(
    server: Any, run_script: Any, transport: str, room: str
) -> None:
    client = await open_client(run_script, server.url, transport, auth={"token": "sari"})
    assert (await client.ask(do="call", event="whoami"))[0]["identity"] == "sari"
    assert await client.ask(do="call", event="echo", args=[{"text": "Selamat pagi ☀️"}]) == [
        {"text": "Selamat pagi ☀️"}
    ]
    assert await client.ask(do="send-binary", event="echo", bytes=[0, 1, 255, 30]) == [
        {"name": "raw", "parts": [{"bytes": [0, 1, 255, 30]}, {"bytes": [30, 255, 1, 0]}]}
    ]
    assert (await client.ask(do="wait", event="echoed", count=2))[1] == {
        "name": "raw",
        "parts": [{"bytes": [0, 1, 255, 30]}, {"bytes": [30, 255, 1, 0]}],
    }
    (refused,) = await client.ask(do="call", event="say", args=[{"room": room}])
    assert refused["error"]["details"] == {"text": "Text is required"}
    assert (await client.ask(do="wait", event="error"))[0]["code"] == "VALIDATION_ERROR"


async def test_a_broadcast_reaches_every_transport_in_order(server: Any, run_script: Any, room: str) -> None:
    clients = [await open_client(run_script, server.url, transport) for transport in TRANSPORTS]
    for client in clients:
        assert (await client.ask(do="follow", room=room))["seq"] == 0
    for number in range(30):
        await clients[number % 3].ask(do="emit", event="say", args=[{"room": room, "text": str(number)}])
    said = [await client.ask(do="wait", event="said", count=30) for client in clients]
    assert [each["seq"] for each in said[0]] == list(range(1, 31))
    assert said[0] == said[1] == said[2]


async def test_a_broadcast_with_bytes_reaches_every_transport(server: Any, run_script: Any) -> None:
    clients = [await open_client(run_script, server.url, transport) for transport in TRANSPORTS]
    names = []
    for client in clients:
        await client.ask(do="call", event="enter", args=["bytes"])
        names.append(client)
    data = {"room": "bytes", "event": "picture", "data": "placeholder"}
    await clients[0].ask(do="call", event="shout", args=[data])
    for client in names:
        assert await client.ask(do="wait", event="picture") == ["placeholder"]
    await clients[0].ask(do="call", event="shout-bytes", args=["bytes"])
    for client in names:
        assert (await client.ask(do="wait", event="picture", count=2))[1] == {"png": {"bytes": [137, 80, 0]}}


async def test_nothing_is_lost_while_the_transport_is_upgraded(
    server: Any, connect: Any, run_script: Any
) -> None:
    for attempt in range(5):
        room = f"upgrade-{attempt}-{server.port}"
        client = await run_script("client.js")
        options = {"transports": ["polling", "websocket"]}
        answer = await client.ask(do="connect", url=server.url, options=options)
        assert answer["transport"] == "polling"
        await client.ask(do="follow", room=room)
        speaker = await connect()
        for number in range(40):
            await speaker.call("say", {"room": room, "text": str(number)})
        said = await client.ask(do="wait", event="said", count=40)
        assert [each["text"] for each in said] == [str(number) for number in range(40)]
        assert await client.ask(do="wait-for-upgrade") == "websocket"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_burst_arrives_whole(server: Any, run_script: Any, transport: str) -> None:
    client = await open_client(run_script, server.url, transport)
    await client.ask(do="emit-many", event="echo", count=500)
    assert await client.ask(do="wait", event="echoed", count=500) == list(range(500))


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_what_was_held_back_while_offline_arrives_whole(
    server: Any, run_script: Any, transport: str
) -> None:
    client = await open_client(run_script, server.url, transport)
    await client.ask(do="offline")
    await client.ask(do="emit-many", event="echo", count=100)
    await client.ask(do="online")
    assert await client.ask(do="wait", event="echoed", count=100) == list(range(100))


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_the_server_asks_a_client(server: Any, run_script: Any, transport: str) -> None:
    client = await open_client(run_script, server.url, transport)
    await client.ask(do="answer", event="question")
    await client.ask(do="call", event="ask", args=["question"])
    assert await client.ask(do="wait", event="answered") == ["two"]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_unknown_namespace_is_named(server: Any, run_script: Any, transport: str) -> None:
    client = await run_script("client.js")
    answer = await client.ask(do="connect", url=f"{server.url}/nobody", options=TRANSPORTS[transport])
    assert answer == {"refused": {"message": "Invalid namespace", "data": None}}


async def test_the_other_path_leads_to_the_same_rooms(server: Any, run_script: Any, room: str) -> None:
    one = await open_client(run_script, server.url, "upgraded")
    other = await open_client(run_script, server.url, "upgraded", path="/livechat/ws")
    await one.ask(do="follow", room=room)
    await other.ask(do="call", event="say", args=[{"room": room, "text": "hello"}])
    assert await one.ask(do="wait", event="said") == [{"text": "hello", "seq": 1}]


async def test_a_namespace(server: Any, run_script: Any, room: str) -> None:
    client = await open_client(run_script, f"{server.url}/studio", "websocket", auth={"token": "dj"})
    assert await client.ask(do="call", event="enter", args=[room]) == [[room]]


async def test_a_refused_connection_says_why(server: Any, run_script: Any) -> None:
    client = await run_script("client.js")
    options = {**TRANSPORTS["websocket"], "auth": {"token": "wrong"}}
    assert await client.ask(do="connect", url=server.url, options=options) == {
        "refused": {
            "message": "This session has ended.",
            "data": {"message": "This session has ended.", "code": "UNAUTHORIZED"},
        }
    }


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_client_that_loses_its_connection_misses_nothing(
    server: Any, connect: Any, run_script: Any, transport: str, room: str
) -> None:
    client = await open_client(run_script, server.url, transport)
    assert (await client.ask(do="follow", room=room))["seq"] == 0
    speaker = await connect()

    async def speak(first: int, count: int) -> None:
        for number in range(first, first + count):
            await speaker.call("say", {"room": room, "text": str(number)})

    await speak(1, 10)
    for drops in range(1, 4):
        speaking = asyncio.create_task(speak(drops * 10 + 1, 10))
        await client.ask(do="drop")
        assert len(await client.ask(do="wait-for-reconnect", count=drops)) == drops
        await speaking
    said = await client.ask(do="wait", event="said", count=40)
    assert [each["seq"] for each in said] == list(range(1, 41))
    assert [each["text"] for each in said] == [str(number) for number in range(1, 41)]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_process_is_killed_and_comes_back_and_its_clients_miss_nothing(
    pair: Any, start_server: Any, run_script: Any, transport: str, room: str
) -> None:
    stays = await open_client(run_script, pair[0].url, "upgraded")
    loses = await open_client(run_script, pair[1].url, transport)
    for client in (stays, loses):
        assert (await client.ask(do="follow", room=room))["seq"] == 0
    for number, client in enumerate([stays, loses, stays]):
        await client.ask(do="call", event="say", args=[{"room": room, "text": str(number)}])
    await loses.ask(do="wait", event="said", count=3)
    await pair[1].kill()
    for number in range(3, 6):
        await stays.ask(do="call", event="say", args=[{"room": room, "text": str(number)}])
    await start_server(**{**pair[1].config, "port": pair[1].port})
    await loses.ask(do="wait-for-reconnect", count=1)
    await stays.ask(do="call", event="say", args=[{"room": room, "text": "6"}])
    for client in (stays, loses):
        said = await client.ask(do="wait", event="said", count=7)
        assert [each["seq"] for each in said] == list(range(1, 8))
        assert [each["text"] for each in said] == [str(number) for number in range(7)]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_client_sent_away_stays_away(
    server: Any, connect: Any, run_script: Any, transport: str
) -> None:
    client = await open_client(run_script, server.url, transport, auth={"token": f"away-{transport}"})
    await (await connect()).call("kick", f"user:away-{transport}")
    gone = await client.ask(do="wait-for-disconnect")
    assert gone == {"reason": "io server disconnect", "active": False}
    assert await client.ask(do="wait", event="error") == [
        {"message": "You have been blocked.", "code": "SESSION_BLOCKED"}
    ]


async def test_an_orderly_stop_lets_clients_come_back(start_server: Any, run_script: Any) -> None:
    server = await start_server()
    clients = [await open_client(run_script, server.url, transport) for transport in TRANSPORTS]
    assert await server.stop() == ""
    for client in clients:
        gone = await client.ask(do="wait-for-disconnect")
        assert gone["reason"] in {"transport close", "transport error"}
        assert gone["active"] is True
