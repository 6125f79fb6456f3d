"""Costly work of many connections is spread over turns of the event loop."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import suppress

import pytest

from colonnade.kernel.core.asgi import WHOLE_ANSWER
from colonnade.kernel.server.pace import Pace
from colonnade.kernel.testing import LiveServer

LARGE = bytes(1024**2)


class _Turns:
    """Counts what happens in each turn of the event loop."""

    def __init__(self) -> None:
        self._number = 0
        self._counts: Counter[int] = Counter()
        self._counting: asyncio.Handle | None = None

    def __enter__(self) -> _Turns:
        self._count_on()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._counting is not None
        self._counting.cancel()

    def _count_on(self) -> None:
        self._number += 1
        self._counting = asyncio.get_running_loop().call_soon(self._count_on)

    def note(self) -> None:
        self._counts[self._number] += 1

    @property
    def total(self) -> int:
        return self._counts.total()

    @property
    def most(self) -> int:
        return max(self._counts.values())


class _Large:
    """Answers a megabyte: whole if the server takes it so, else in messages, or in messages only."""

    def __init__(self, turns: _Turns, *, streams: bool) -> None:
        self._turns = turns
        self._streams = streams

    async def __call__(self, scope, receive, send):
        whole = scope["extensions"][WHOLE_ANSWER]
        if self._streams or not whole(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n" % len(LARGE), LARGE):
            length = (b"content-length", b"%d" % len(LARGE))
            headers = [] if self._streams else [length]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": LARGE})
        self._turns.note()


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("line", [b"", b"Connection: close\r\n"])
async def test_a_few_large_answers_are_written_in_a_turn(streams: bool, line: bytes) -> None:
    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        ready.release()
        await asked.wait()
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n%b\r\n" % line)
        await reader.readuntil(b"\r\n\r\n")
        if streams:
            assert await reader.readuntil(b"\r\n") == b"%x\r\n" % len(LARGE)
        body = await reader.readexactly(len(LARGE))
        writer.close()
        return body

    ready, asked = asyncio.Semaphore(0), asyncio.Event()
    with _Turns() as turns:
        async with LiveServer(_Large(turns, streams=streams)) as server:
            asking = asyncio.gather(*(ask() for _ in range(50)))
            for _ in range(50):
                await ready.acquire()
            asked.set()
            assert set(await asking) == {LARGE}
    assert turns.total == 50
    assert turns.most <= 4  # a millisecond each, in three


async def _slow(turns: _Turns, scope) -> None:
    turns.note()
    time.sleep(0.0001)
    assert scope["extensions"][WHOLE_ANSWER](b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n", b"")


class _InTasks:
    """Takes a tenth of a millisecond for each request, in a task."""

    def __init__(self, turns: _Turns) -> None:
        self._turns = turns

    async def __call__(self, scope, receive, send):
        await _slow(self._turns, scope)


class _AtOnce(_InTasks):
    """The same without a task, as far as the server lets it."""

    def begin(self, scope, receive, send):
        with suppress(StopIteration):
            _slow(self._turns, scope).send(None)


@pytest.mark.parametrize("kind", [_AtOnce, _InTasks])
async def test_requests_piped_by_many_are_answered_in_turns(kind: type[_InTasks]) -> None:
    connections, requests = 100, 50
    piped = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * requests
    with _Turns() as turns:
        async with LiveServer(kind(turns)) as server:
            opened = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(connections)]
            for _, writer in opened:
                writer.write(piped)
            for reader, writer in opened:
                for _ in range(requests):
                    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
                writer.close()
    assert turns.total == connections * requests
    # Thirty in three milliseconds and those of the connection that has used them up, before and after others are read.
    assert turns.most <= 2 * (30 + 32)


async def test_a_request_that_comes_alone_does_not_wait_for_those_that_are_piped() -> None:
    with _Turns() as turns:
        async with LiveServer(_InTasks(turns)) as server:
            opened = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(100)]
            reader, other = await asyncio.open_connection("127.0.0.1", server.port)
            for _, writer in opened:
                writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
            await asyncio.sleep(0.05)
            other.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            assert turns.total < 1_000  # of 5,000
            for _, writer in (*opened, (reader, other)):
                writer.transport.abort()


async def test_work_that_fails_does_not_end_the_turns_of_others() -> None:
    pace, done = Pace(), asyncio.Event()
    failures: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: failures.append(context["exception"]))
    try:
        pace.do_later(lambda: 1 / 0)
        pace.do_later(done.set)
        await asyncio.wait_for(done.wait(), 5)
    finally:
        loop.set_exception_handler(None)
    assert [type(failure) for failure in failures] == [ZeroDivisionError]


async def test_who_does_not_wait_any_more_takes_no_time() -> None:
    pace, failures = Pace(seconds=0.001), []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: failures.append(context))
    try:
        pace.do_later(lambda: None, 60.0)
        gone = asyncio.create_task(pace.wait(60.0))
        await asyncio.sleep(0)
        assert not gone.done()
        gone.cancel()
        await asyncio.wait_for(pace.wait(60.0), 5)
    finally:
        loop.set_exception_handler(None)
    assert failures == []


async def test_who_comes_has_no_time_before_who_waits() -> None:
    pace, done = Pace(seconds=60.0), asyncio.Event()
    assert pace.has_time()
    pace.do_later(done.set)
    assert not pace.has_time()
    await asyncio.wait_for(done.wait(), 5)
    assert pace.has_time()


async def test_work_has_time_for_more_until_it_has_taken_that_of_a_turn() -> None:
    pace, has_time = Pace(seconds=0.02), []

    def work() -> None:
        pace.do_later(lambda: None)
        has_time.append(pace.has_time())  # what waits is not below this work
        time.sleep(0.03)
        has_time.append(pace.has_time())

    pace.do(work)
    assert has_time == [True, False]
    assert not pace.has_time()
