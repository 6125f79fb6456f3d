"""Shows what changes often (who is here, who is typing) at most once per interval, and in the end always as it is.

The first change of a key is sent at once. Those that follow within the interval wait for its end, where the latest is
sent, unless it is what was sent last: somebody who leaves and comes back within a second has never been away.

Out of scope: what is kept (room logs), and changes that other processes send.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final

from colonnade.kernel.realtime.background import background
from colonnade.kernel.realtime.delivery import wait_for_others
from colonnade.kernel.realtime.log import Emit

__all__ = ["Presence"]

INTERVAL_SECONDS: Final = 1.0


@dataclass(slots=True)
class _Shown:
    """The state that was sent last, and the one that waits for the timer."""

    state: Hashable
    timer: asyncio.TimerHandle
    waiting: tuple[Hashable, Emit[Any]] | None = None


class Presence:
    """The states that this process has sent within the last interval; `deliver` sends an event."""

    def __init__(self, deliver: Callable[[Emit[Any]], Awaitable[None] | None]) -> None:
        self._deliver = deliver
        self._shown: dict[Hashable, _Shown] = {}

    def show(self, key: Hashable, state: Hashable, event: Emit[Any]) -> Awaitable[None] | None:
        """Send `event`, which tells that `key` is now in `state`, as soon as the interval allows.

        Return what tells other processes, if it was sent and there may be any.
        """
        shown = self._shown.get(key)
        if shown is None:
            return self._send(key, state, event)
        shown.waiting = (state, event) if state != shown.state else None
        return None

    def stop(self) -> None:
        """Forget what waits: the clients of a process that stops are about to reconnect to others."""
        for shown in self._shown.values():
            shown.timer.cancel()
        self._shown.clear()

    def _send(self, key: Hashable, state: Hashable, event: Emit[Any]) -> Awaitable[None] | None:
        timer = asyncio.get_running_loop().call_later(INTERVAL_SECONDS, self._end, key)
        self._shown[key] = _Shown(state, timer)
        return self._deliver(event)

    def _end(self, key: Hashable) -> None:
        waiting = self._shown.pop(key).waiting
        if waiting is None:
            return
        others = self._send(key, *waiting)
        if others is not None:
            background(wait_for_others(others))
