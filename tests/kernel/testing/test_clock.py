"""The clock that stands still while others have the processor."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from colonnade.kernel.testing import own_seconds
from colonnade.kernel.testing.worst import longest_turn

pytestmark = pytest.mark.skipif(
    not Path("/proc/thread-self/schedstat").exists(),
    reason="The system does not say who waited for a processor",
)


@pytest.fixture
def crowded() -> Iterator[None]:
    """Share one processor with three others that never rest."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    others = [
        subprocess.Popen([sys.executable, "-c", "print(flush=True)\nwhile True: pass"], stdout=-1)
        for _ in range(3)
    ]
    for other in others:
        assert other.stdout is not None
        other.stdout.readline()
    yield
    for other in others:
        other.kill()
        other.communicate()
    os.sched_setaffinity(0, before)


def work(seconds: float) -> None:
    begun = time.thread_time()
    while time.thread_time() - begun < seconds:
        pass


def test_others_work_does_not_count_own_work_and_waiting_do(crowded: None) -> None:
    begun, own = time.perf_counter(), own_seconds()
    work(0.2)
    time.sleep(0.2)
    passed, counted = time.perf_counter() - begun, own_seconds() - own
    assert counted >= 0.4
    assert passed - counted > 0.2


async def test_a_turn_is_as_long_as_what_is_done_in_it(crowded: None) -> None:
    begun = time.perf_counter()
    async with longest_turn() as turn:
        await asyncio.sleep(0.01)
        work(0.2)
        await asyncio.sleep(0.01)
    passed = time.perf_counter() - begun
    assert 0.2 <= turn.seconds < passed - 0.2
