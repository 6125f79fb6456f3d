"""Limiters that are stopped after each test."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from colonnade.kernel.limits import Limiter, open_limiter


@pytest.fixture
async def opened(redis_url: str) -> AsyncIterator[Callable[..., Limiter]]:
    """Provide `opened(shared=True, …)`: each call opens another process's limiter, all of one namespace per test."""
    limiters: list[Limiter] = []
    namespace = f"test-{uuid.uuid4().hex[:8]}"

    def create(shared: bool = True, url: str | None = None, **more: Any) -> Limiter:
        address = url or (redis_url if shared else None)
        limiter = open_limiter(address, namespace, **more)
        limiters.append(limiter)
        return limiter

    yield create
    for limiter in limiters:
        await limiter.stop()


class Clock:
    """Seconds that advance when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def address() -> Callable[[], str]:
    """Return a new client address with each call, each in a network of its own."""
    numbers = itertools.count(1)
    return lambda: f"198.18.{next(numbers)}.1"
