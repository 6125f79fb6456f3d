"""Work in processes of its own: it is killed at its deadline and at its memory's bound, and harms nobody else."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from colonnade.kernel.core import Invalid, Unavailable
from colonnade.kernel.core.process import is_alive
from colonnade.kernel.core.workers import TooCostly, Workers


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    made = Workers()
    yield made
    await made.close()


def add(one: int, other: int) -> int:
    return one + other


def who() -> int:
    return os.getpid()


def slow_who() -> int:
    time.sleep(0.1)
    return os.getpid()


def rest(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def many_bytes() -> bytes:
    return bytes(20 * 1024**2)


def fail() -> None:
    raise Invalid(fields={"content": "no"})


def fail_oddly() -> None:
    class Odd(Exception):
        pass

    raise Odd


def hold_the_lock() -> bool:
    """Run one regular expression for a day: neither a signal's handler nor another thread gets its turn meanwhile."""
    return re.fullmatch(r"(a+)+b", "a" * 60) is None


def fill_memory() -> int:
    return len([bytes(100 * 1024**2) for _ in range(100)])


def die() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def speak() -> str:
    print("not in the answer")
    return "said"


async def test_results_and_errors_come_back(workers: Workers) -> None:
    assert await workers.run(add, 2, 3, seconds=5) == 5
    with pytest.raises(Invalid) as raised:
        await workers.run(fail, seconds=5)
    assert raised.value.details == {"content": "no"}
    with pytest.raises(Exception, match="cannot be sent back"):
        await workers.run(fail_oddly, seconds=5)
    assert await workers.run(speak, seconds=5) == "said"


async def test_a_process_is_kept_for_the_next_call_and_ended_at_the_end(workers: Workers) -> None:
    first = await workers.run(who, seconds=5)
    assert first != os.getpid()
    assert await workers.run(who, seconds=5) == first
    await workers.close()
    assert not is_alive(first)


async def test_what_takes_too_long_is_killed_and_others_go_on(workers: Workers) -> None:
    await asyncio.gather(*(workers.run(who, seconds=5) for _ in range(2)))  # started
    began = time.monotonic()
    slow = asyncio.create_task(workers.run(hold_the_lock, seconds=0.5))
    assert await workers.run(add, 1, 1, seconds=5) == 2
    assert time.monotonic() - began < 0.4
    with pytest.raises(TooCostly):
        await slow
    assert time.monotonic() - began < 2
    assert await workers.run(add, 1, 1, seconds=5) == 2


async def test_the_clock_counts_a_third_of_the_processor(workers: Workers) -> None:
    """A process that is not run, since others are, has three times as long."""
    await workers.run(who, seconds=5)  # started
    assert await workers.run(rest, 0.6, seconds=0.4) == 0.6
    with pytest.raises(TooCostly):
        await workers.run(rest, 60.0, seconds=0.1)
    assert await workers.run(add, 1, 1, seconds=5) == 2


@pytest.mark.parametrize("work", [fill_memory, die])
async def test_a_process_that_dies_is_replaced(workers: Workers, work) -> None:
    with pytest.raises(TooCostly):
        await workers.run(work, seconds=20)
    assert await workers.run(add, 1, 1, seconds=5) == 2


async def test_an_idle_process_that_somebody_kills_is_replaced(workers: Workers) -> None:
    pids = await asyncio.gather(*(workers.run(slow_who, seconds=5) for _ in range(2)))
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert await asyncio.gather(*(workers.run(add, 1, number, seconds=5) for number in range(4))) == [
        1,
        2,
        3,
        4,
    ]


async def test_a_caller_cancelled_while_a_large_answer_arrives_gives_its_turn_back(workers: Workers) -> None:
    for delay in (0.0, 0.002, 0.005, 0.01, 0.02):
        task = asyncio.create_task(workers.run(many_bytes, seconds=5))
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5):
        assert await workers.run(add, 1, 1, seconds=5) == 2


async def test_the_work_of_a_cancelled_caller_is_ended(workers: Workers) -> None:
    pid = await workers.run(who, seconds=5)
    task = asyncio.create_task(workers.run(hold_the_lock, seconds=60))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_alive(pid)
    assert await workers.run(add, 1, 1, seconds=5) == 2


async def test_a_process_whose_parent_dies_ends_by_itself() -> None:
    script = """
import asyncio
from tests.kernel.core.test_workers import hold_the_lock, who
from colonnade.kernel.core.workers import Workers

async def main():
    workers = Workers()
    print(await workers.run(who, seconds=5), flush=True)
    await workers.run(hold_the_lock, seconds=1)

asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(6):
        while is_alive(pid):
            await asyncio.sleep(0.05)


async def test_nobody_holds_all_processes(workers: Workers) -> None:
    await asyncio.gather(*(workers.run(slow_who, seconds=5) for _ in range(2)))  # started
    greedy = [asyncio.create_task(workers.run(hold_the_lock, seconds=1, owner=1)) for _ in range(10)]
    await asyncio.sleep(0.1)
    began = time.monotonic()
    assert await workers.run(add, 1, 1, seconds=5, owner=2) == 2
    assert time.monotonic() - began < 0.5
    refused = [task for task in greedy if task.done()]
    assert {type(task.exception()) for task in refused} == {Unavailable}
    assert len(refused) == 3
    for task in greedy:
        task.cancel()
    await asyncio.gather(*greedy, return_exceptions=True)
    assert await workers.run(add, 1, 1, seconds=5, owner=1) == 2


async def test_waiting_is_bounded(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colonnade.kernel.core.workers.MAX_WAITING", 3)
    monkeypatch.setattr("colonnade.kernel.core.workers.WAIT_SECONDS", 0.3)
    busy = [asyncio.create_task(workers.run(hold_the_lock, seconds=2)) for _ in range(2)]
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(workers.run(add, 1, 1, seconds=5)) for _ in range(4)]
    errors = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(error) for error in errors] == [Unavailable] * 4
    assert {type(error) for error in await asyncio.gather(*busy, return_exceptions=True)} == {TooCostly}
