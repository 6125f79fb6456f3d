"""One client's Engine.IO session: what it is sent, the pings, and its end, by polling and by WebSocket alike.

Out of scope: HTTP (`engine`), and what messages mean (`protocol`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from colonnade.kernel.realtime.background import background
from colonnade.kernel.realtime.limits import Budget, Meter, SocketLimits
from colonnade.kernel.realtime.packets import CLOSE, MESSAGE, NOOP, PING, PONG, UPGRADE, Malformed, Outgoing
from colonnade.kernel.realtime.transport import Wire

__all__ = ["LINGER_SECONDS", "NOOP_PACKET", "Counters", "Listener", "Session"]

log = logging.getLogger(__name__)

LINGER_SECONDS: Final = 2.0
"""How long a polling client that is sent away may take to fetch what it was told."""
_NORMAL_CLOSURE: Final = 1000

_PING: Final = Outgoing(PING)
_CLOSE: Final = Outgoing(CLOSE)
NOOP_PACKET: Final = Outgoing(NOOP)


@dataclass(slots=True)
class Counters:
    """Counters since start, for metrics."""

    slow_readers: int = 0
    refused_sockets: int = 0
    refused_events: int = 0


class Listener(Protocol):
    """What is spoken over a session. Neither method waits."""

    def receive(self, data: str | bytes) -> None:
        """Take one message. Raise Malformed to end the session."""

    def ended(self) -> None:
        """Take note that the session has ended."""


class _Nobody:
    """Listens to a session that has ended."""

    def receive(self, data: str | bytes) -> None:
        pass

    def ended(self) -> None:
        pass


_NOBODY: Final = _Nobody()


class Session:
    """A session; `listener` is set when it opens, `address` is the client's.

    It is sent to by its WebSocket's `wire`, or keeps what it is sent until the client polls.
    """

    __slots__ = (
        "_bytes",
        "_ended",
        "_forget",
        "_packets",
        "_polled",
        "_queue",
        "_queued_bytes",
        "_timers",
        "_waiting",
        "address",
        "closed",
        "counters",
        "events",
        "limits",
        "listener",
        "posting",
        "sid",
        "upgrading",
        "wire",
    )

    def __init__(
        self,
        sid: str,
        address: str,
        limits: SocketLimits,
        counters: Counters,
        forget: Callable[[Session], None],
    ) -> None:
        self.sid = sid
        self.address = address
        self.limits = limits
        self.counters = counters
        self.listener: Listener
        self.wire: Wire | None = None
        self.closed = False
        self.posting = False
        self.upgrading = False
        self.events = Budget(limits.messages_per_minute)
        self._packets = Meter(limits.packets_per_minute)
        self._bytes = Meter(limits.bytes_per_minute)
        self._forget = forget
        self._queue: list[Outgoing] = []
        self._queued_bytes = 0
        self._waiting: asyncio.Future[None] | None = None
        self._polled: asyncio.Event | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._ended = False

    # What it is sent.

    def push(self, outgoing: Outgoing) -> None:
        """Send without waiting. A client whose backlog exceeds its bound is disconnected, so that it slows no other."""
        if self.closed:
            return
        wire = self.wire
        if wire is not None:
            if not wire.write(outgoing.frame, self.limits.backlog_bytes):
                self._cut_off("websocket")
                wire.abort()
            return
        self._queued_bytes += outgoing.size_bytes
        if self._queued_bytes > self.limits.backlog_bytes:
            self._cut_off("polling")
            return
        self._queue.append(outgoing)
        self._wake()

    def send(self, message: str | bytes) -> None:
        """Send one message without waiting."""
        self.push(Outgoing.message(message))

    async def drained(self) -> None:
        """Wait until the client has read most of what was sent (back-pressure), for senders of much data at once."""
        wire = self.wire
        try:
            async with asyncio.timeout(self.limits.ping_timeout_seconds):
                if wire is not None:
                    await wire.drained()
                    return
                while self._queued_bytes > self.limits.backlog_bytes // 4 and not self.closed:
                    self._polled = self._polled or asyncio.Event()
                    self._polled.clear()
                    await self._polled.wait()
        except TimeoutError:
            if wire is not None:
                wire.abort()

    # Polling.

    @property
    def polled(self) -> bool:
        """Whether a poll is waiting to be answered."""
        return self._waiting is not None

    @property
    def unread(self) -> bool:
        """Whether a polling client has not fetched everything."""
        return bool(self._queue)

    def take(self) -> list[Outgoing]:
        """Return what answers a poll now, and forget it; empty if there is nothing to say."""
        taken, self._queue = self._queue, []
        self._queued_bytes = 0
        if self._polled is not None:
            self._polled.set()
        if self.closed:
            self._end()
        return taken

    def wait(self) -> asyncio.Future[None]:
        """Return a future that is done when there is something to take; it is the only one until `unwait`."""
        self._waiting = asyncio.get_running_loop().create_future()
        return self._waiting

    def unwait(self) -> None:
        """Note that the poll waits no more."""
        self._waiting = None

    def release(self) -> None:
        """Answer the poll that waits, if one does, with nothing: another transport takes over."""
        if self._waiting is not None and not self._queue:
            self._queue.append(NOOP_PACKET)
            self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    # WebSocket.

    def attach(self, wire: Wire) -> None:
        """Send what waits by the WebSocket, and everything from now on."""
        waiting = [each for each in self._queue if each is not NOOP_PACKET]
        self._queue = []
        self._queued_bytes = 0
        if self._polled is not None:
            self._polled.set()
        self.release()
        self.upgrading = False
        self.wire = wire
        for outgoing in waiting:
            self.push(outgoing)

    # What it sends.

    def receive(self, packet: str | bytes) -> None:
        """Take one packet. Raise Malformed if it is none, or if these are too many."""
        if self.closed:
            return
        if not (self._packets.spend() and self._bytes.spend(len(packet))):
            log.info("socket closed: too many packets")
            raise Malformed("too many packets")
        if isinstance(packet, bytes):
            self.listener.receive(packet)
            return
        kind = packet[:1]
        if kind == MESSAGE:
            self.listener.receive(packet[1:])
        elif kind == PONG:
            self._stop("pong")
            self._ping_later()
        elif kind == PING:  # of a client that measures; only servers have to
            self.push(Outgoing(PONG + packet[1:]))
        elif kind == CLOSE:
            wire = self.wire
            self.release()
            self.end()
            if wire is not None:
                background(wire.finish(_NORMAL_CLOSURE))
        elif kind not in (NOOP, UPGRADE) or len(packet) > 1:
            raise Malformed("not a packet")

    def hear(self, packet: str | bytes) -> None:
        """Take one packet of a WebSocket; close the session if it is none."""
        try:
            self.receive(packet)
        except Malformed:
            self.close()

    # Its time.

    def begin(self) -> None:
        """Begin to ping."""
        self._ping_later()

    def expect_join(self) -> None:
        """Close this session unless `joined` is called in time: for listeners that let clients join something."""
        self._later("join", self.limits.connect_seconds, self.close)

    def joined(self) -> None:
        """Note that it has joined."""
        self._stop("join")

    def close(self, code: int = _NORMAL_CLOSURE) -> None:
        """End the session as one that the server ends: a client that polls may still fetch what it was told."""
        if self.closed:
            return
        wire = self.wire
        if wire is not None:
            wire.write(_CLOSE.frame, self.limits.backlog_bytes)
            background(wire.finish(code))
        elif not self._queue:
            # Not behind anything else: the client would act on it before it acts on what it is told together with it.
            self._queue.append(_CLOSE)
        self._shut()
        if wire is None and self._waiting is None:
            self._later("linger", LINGER_SECONDS, self._end)

    def end(self) -> None:
        """End the session at once; it counts until its connection is gone, and the last poll is answered."""
        if not self.closed:
            self._shut()
        if self.wire is None and (self._waiting is None or not self._queue):
            self._end()

    def lost(self) -> None:
        """End the session of a connection that is gone."""
        self._queue.clear()
        self.wire = None
        self.end()

    def _shut(self) -> None:
        self.closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._wake()
        if self._polled is not None:
            self._polled.set()
        self.listener.ended()

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._forget(self)
            # The two refer to each other, and only the collector would free them.
            self.listener = _NOBODY
            self.wire = None

    def _cut_off(self, where: str) -> None:
        self.counters.slow_readers += 1
        log.info("socket disconnected: slow reader (%s)", where)
        self._queue.clear()
        self.end()

    def _ping_later(self) -> None:
        self._later("ping", self.limits.ping_interval_seconds, self._ping)

    def _ping(self) -> None:
        self.push(_PING)
        if not self.closed:
            self._later("pong", self.limits.ping_timeout_seconds, self._give_up)

    def _give_up(self) -> None:
        wire = self.wire
        self.lost()
        if wire is not None:
            wire.abort()

    def _later(self, name: str, seconds: float, work: Callable[[], Any]) -> None:
        self._stop(name)
        self._timers[name] = asyncio.get_running_loop().call_later(seconds, work)

    def _stop(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()
