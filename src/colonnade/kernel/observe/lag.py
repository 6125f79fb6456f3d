"""Measures the lag of the event loop: the first figure to look at when everything becomes slow at once."""

from __future__ import annotations

import asyncio

__all__ = ["LoopLag"]


class LoopLag:
    """Samples the delay of timers, one per `period_seconds`; `seconds` is the greatest of the last ten."""

    def __init__(self, period_seconds: float = 1.0) -> None:
        self._period = period_seconds
        self._recent: list[float] = []
        self._timer: asyncio.TimerHandle | None = None

    @property
    def seconds(self) -> float:
        """The worst recent delay."""
        return max(self._recent, default=0.0)

    def start(self) -> None:
        """Start sampling on the running loop."""
        loop = asyncio.get_running_loop()
        self._schedule(loop)

    def stop(self) -> None:
        """Stop sampling."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + self._period
        self._timer = loop.call_at(due, self._sample, loop, due)

    def _sample(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._recent = [*self._recent[-9:], max(loop.time() - due, 0.0)]
        self._schedule(loop)
