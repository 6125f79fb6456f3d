"""How long the server waits for one client: for a head, for a body, and for the reading of an answer.

A head has a deadline. A body has one that moves away as it arrives, by a least rate, and is never further than its
grace: so a slow link may take long for a large body, and whoever falls silent, or sends one byte now and then, has
lost after seconds. Time in which we do not read counts for nobody. An answer that the client does not accept, a
WebSocket's aside, has a deadline between one part and the next, however long the whole takes.

Out of scope: how many may wait at a time (`crowd`), and what is written at the end (`protocol`).
"""

from __future__ import annotations

import asyncio
import fcntl
import struct
import termios
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.kernel.core.addresses import Network
from colonnade.kernel.server.crowd import Crowd

__all__ = ["ConnectionLimits", "Patience"]

_LOOKS = 6
"""How often it is looked, in the time that an answer may stay unread, whether a part of it has been accepted."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What clients may take; times in seconds."""

    head_seconds: float = 15.0
    body_grace_seconds: float = 15.0
    """A body may pause for so long, at its beginning and later."""
    body_bytes_per_second: int = 4096
    """On average of the grace; a telephone at the edge of its network sends 10 KB/s, an answering machine less."""
    unread_seconds: float = 30.0
    """Without accepting any byte of an answer. Who accepts less than `body_bytes_per_second` counts as unfinished."""
    unasked_body_bytes: int = 16 * 1024**2
    """What is read of a body whose request is answered, so that its client gets to see the answer."""
    unfinished_per_address: int = 100
    """Connections that owe a head or a body, or do not read. A browser opens six, and a few in advance."""
    counted_after_seconds: float = 1.0
    """Most requests arrive at once, and a hundred connections may be opened at once."""
    connections: int = 100_000
    """Of all kinds; the process may open more files than these (`serving.connections_within`)."""
    trusted: Sequence[Network] = ()
    """Proxies: their connections are their clients', which a head names."""


class Patience:
    """The timers of `connection`, a protocol; `key` is the address whose unfinished requests are counted together."""

    __slots__ = ("_accepted", "_connection", "_crowd", "_deadline", "_key", "_limits", "_loop", "_progress", "_timer",
                 "_unread_timer", "since", "waiting")  # fmt: skip

    def __init__(self, connection: Any, limits: ConnectionLimits, crowd: Crowd) -> None:
        self._connection = connection
        self._loop: asyncio.AbstractEventLoop = connection.loop
        self._limits = limits
        self._crowd = crowd
        self._key: str | None = None
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
        self._accepted = 0
        self._progress = self._loop.time()
        self.waiting = ""
        self.since = 0.0

    def await_head(self) -> None:
        """Give the client until the deadline for a head, counted from the first call."""
        if self.waiting != "head":
            self._begin("head", self._limits.head_seconds)

    def await_body(self, arrived_bytes: int) -> None:
        """Give the client more time for a body of which a part has arrived."""
        grace = self._limits.body_grace_seconds
        if self.waiting != "body":
            self._begin("body", grace)
        else:
            more = self._deadline + arrived_bytes / self._limits.body_bytes_per_second
            self._deadline = min(more, self._loop.time() + grace)

    def _begin(self, waiting: str, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self.waiting, self.since = waiting, self._loop.time()
        self._deadline = self.since + seconds
        self._timer = self._loop.call_later(min(seconds, self._limits.counted_after_seconds), self._look)

    def _count(self) -> None:
        """Count the connection among those that wait for their clients."""
        key = self._connection.address_key()
        if key != self._key:
            self._crowd.leave(self._connection, self._key)
            self._key = key
        self._crowd.enter(self._connection, key)

    def _look(self) -> None:
        if self._connection.flow.is_paused:
            grace = self._limits.head_seconds if self.waiting == "head" else self._limits.body_grace_seconds
            self._deadline = self._loop.time() + grace
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._look)
            self._count()
        else:
            self._connection.give_up()

    def note_arrival(self) -> None:
        """Note that the request is complete, if one was waited for."""
        if self.waiting and self.waiting != "answer":
            self.settle()

    def settle(self) -> None:
        """Do not wait for the client any more."""
        self.waiting = ""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._crowd.leave(self._connection, self._key)

    def watch_reading(self) -> None:
        """Look from now on whether the client accepts what is written, until everything is."""
        if self._unread_timer is None:
            self._progress = self._loop.time()
            self._accepted = self._connection.written_bytes - _unread_bytes(self._connection.transport)
            self._look_later()

    def _look_later(self) -> None:
        delay = self._limits.unread_seconds / _LOOKS
        self._unread_timer = self._loop.call_later(delay, self._look_at_reading)

    def _look_at_reading(self) -> None:
        self._unread_timer = None
        left, now = _unread_bytes(self._connection.transport), self._loop.time()
        # Little may be left without writing being paused. Nothing else ends a connection that is to be closed then.
        waits = self._connection.flow.write_paused or self._connection.is_closing()
        # Not by what is left alone: of an answer in parts, the next one is written while the client reads.
        before, self._accepted = self._accepted, self._connection.written_bytes - left
        if self._accepted > before or not waits:
            self._progress = now
        least = self._limits.body_bytes_per_second * self._limits.unread_seconds / _LOOKS
        slow = waits and self._accepted - before < least
        silent = now - self._progress
        if silent >= self._limits.unread_seconds:
            self._connection.abort()
            return
        if not self.waiting and slow:
            self.waiting, self.since = "answer", now
            self._count()
        elif self.waiting == "answer" and not slow:
            self.settle()
        if left or self._connection.is_closing():
            self._look_later()

    def end(self) -> None:
        """Stop the timers."""
        self.settle()
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None


def _unread_bytes(transport: asyncio.Transport) -> int:
    """Return how many bytes of answers the client has not accepted yet, ours and the system's.

    The system takes megabytes at once, and again when a third of them is gone, which a slow link needs minutes for.
    """
    waiting = transport.get_write_buffer_size()
    connection = transport.get_extra_info("socket")
    if connection is None:
        return waiting
    try:
        queued: int = struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"))[0]
    except (OSError, ValueError):  # a system that does not say, a connection that is closed
        return waiting
    return waiting + queued
