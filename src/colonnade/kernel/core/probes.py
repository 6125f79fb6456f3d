"""Checks of what a process depends on, for anybody who asks: they cost what one costs, whoever asks how often."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

__all__ = ["Probe"]

MEMORY_SECONDS = 1.0


class Probe:
    """A check that is made once for all who ask meanwhile, and whose result or error holds for a second more."""

    def __init__(self, check: Callable[[], Awaitable[object]]) -> None:
        self._check = check
        self._last: asyncio.Task[None] | None = None
        self._until = 0.0

    async def __call__(self) -> None:
        """Raise what the check raises."""
        if self._last is None or (self._last.done() and monotonic() >= self._until):
            self._last = asyncio.create_task(self._run())
            self._last.add_done_callback(_retrieve)
        await asyncio.shield(self._last)

    async def _run(self) -> None:
        try:
            await self._check()
        finally:
            self._until = monotonic() + MEMORY_SECONDS


def _retrieve(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()  # nobody may have waited for it
