"""Caches of several processes: each with its own bus, all with one Redis."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from colonnade.kernel.cache import ResponseCache, open_cache
from colonnade.kernel.core.bus import Bus
from colonnade.kernel.core.bus_opening import open_bus

OpenCache = Callable[..., Awaitable[ResponseCache]]


class Clock:
    """Epoch seconds that advance when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def process(redis_url: str) -> AsyncIterator[OpenCache]:
    """Provide `await process()`, the cache of one more process; `url` and `namespace` may be given."""
    opened: list[tuple[ResponseCache, Bus]] = []
    shared = f"test-{uuid.uuid4().hex[:8]}"

    async def start(url: str = redis_url, namespace: str = shared, version: str = "1") -> ResponseCache:
        bus = open_bus(url, namespace)
        await bus.start()
        cache = open_cache(url, namespace, bus, version=version)
        opened.append((cache, bus))
        await cache.start()
        return cache

    yield start
    for cache, bus in opened:
        await cache.stop()
        await bus.stop()
