"""Messages between the processes of one installation: published bytes reach every subscriber of a topic.

What it does: delivers at most once per subscriber, in the order of publication per topic and publishing
process, to this process at once and to the others through Redis pub/sub (`bus_redis`). Whenever messages may
have been missed (reconnect, hole, overflow) the `on_gap` handlers run.

What it does not: keep messages for a process that is away. What must not be lost is a row or a job; a
subscriber treats a message as a hint and rebuilds its state from the database in `on_gap`. A bus belongs to
one event loop; messages published from other threads are not supported.
"""

from __future__ import annotations

import abc
import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from colonnade.kernel.core.providing import provided

__all__ = ["Bus", "GapHandler", "LocalBus", "MessageHandler"]

log = structlog.get_logger(__name__)

MessageHandler = Callable[[bytes], Awaitable[None]]
GapHandler = Callable[[], Awaitable[None]]

_TOPIC_BACKLOG = 10_000
"""Messages waiting for one topic's handlers; above it the oldest are dropped and `on_gap` runs."""
_LOCAL_WAIT_SECONDS = 1.0

_inside_handler: contextvars.ContextVar[bool] = contextvars.ContextVar("colonnade_bus_handler", default=False)


@dataclass(slots=True)
class _Topic:
    handlers: list[MessageHandler] = field(default_factory=list)
    waiting: deque[tuple[bytes, asyncio.Future[None] | None]] = field(default_factory=deque)
    pump: asyncio.Task[None] | None = None


@provided("bus")
class Bus(abc.ABC):
    """The local half, shared by both forms: topics, handlers, order, gaps."""

    def __init__(self) -> None:
        self._topics: dict[str, _Topic] = {}
        self._gap_handlers: list[GapHandler] = []
        self._gap_task: asyncio.Task[None] | None = None
        self._gap_again = False

    @property
    @abc.abstractmethod
    def connected(self) -> bool:
        """Whether messages of other processes arrive at present."""

    @abc.abstractmethod
    async def start(self) -> None:
        """Begin to receive. When Redis is away it returns all the same (2 s at most) and connects later."""

    @abc.abstractmethod
    async def stop(self) -> None:
        """Send what waits (at most 2 s) and end; later messages are delivered locally only."""

    @abc.abstractmethod
    def _send(self, topic: str, payload: bytes) -> None:
        """Queue for the other processes; never raises for a server that is away."""

    async def flush(self, timeout_seconds: float = 0.25) -> bool:
        """Wait until Redis has taken what was published so far; False when it did not within the time."""
        return True

    async def publish(self, topic: str, payload: bytes) -> None:
        """Deliver `payload` to every subscriber of `topic`, here and in the other processes.

        Returns when the local handlers have run (waits at most 1 s for slow ones; inside a handler it does
        not wait at all). It does not wait for the other processes (`flush` does) and does not raise when
        Redis is away or a handler fails: handlers' errors are logged.
        """
        self._send(topic, payload)
        known = self._topics.get(topic)
        if known is None or not known.handlers:
            return
        if _inside_handler.get():
            self._deliver(known, topic, payload, None)
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._deliver(known, topic, payload, done)
        await asyncio.wait([done], timeout=_LOCAL_WAIT_SECONDS)

    def subscribe(self, topic: str, handler: MessageHandler) -> Callable[[], None]:
        """Call `handler` with each payload of `topic`, one after the other. The result ends this."""
        handlers = self._topics.setdefault(topic, _Topic()).handlers
        handlers.append(handler)

        def unsubscribe() -> None:
            if handler in handlers:
                handlers.remove(handler)

        return unsubscribe

    def on_gap(self, handler: GapHandler) -> None:
        """Call `handler` whenever messages of others may have been missed (not on a first, prompt
        connection).
        """
        self._gap_handlers.append(handler)

    def _deliver(self, known: _Topic, topic: str, payload: bytes, done: asyncio.Future[None] | None) -> None:
        if len(known.waiting) >= _TOPIC_BACKLOG:
            log.warning("bus: handlers are too slow, message dropped", topic=topic)
            _settle(known.waiting.popleft()[1])
            self._gap()
        known.waiting.append((payload, done))
        if known.pump is None:
            # A task of its own: a publisher that is cancelled does not take its message with it.
            known.pump = asyncio.create_task(
                self._run(known, topic), name=f"bus:{topic}", context=contextvars.Context()
            )

    async def _run(self, known: _Topic, topic: str) -> None:
        _inside_handler.set(True)
        try:
            while known.waiting:
                payload, done = known.waiting.popleft()
                try:
                    for handler in tuple(known.handlers):
                        try:
                            await handler(payload)
                        except Exception:
                            log.exception("bus: handler failed", topic=topic)
                finally:
                    _settle(done)
        finally:
            known.pump = None

    def _gap(self) -> None:
        """Run the gap handlers soon; gaps that come while they run lead to one more run, not to many."""
        if not self._gap_handlers:
            return
        if self._gap_task is not None and not self._gap_task.done():
            self._gap_again = True
            return
        self._gap_task = asyncio.create_task(
            self._run_gap_handlers(), name="bus:gap", context=contextvars.Context()
        )

    async def _run_gap_handlers(self) -> None:
        _inside_handler.set(True)
        while True:
            self._gap_again = False
            for handler in tuple(self._gap_handlers):
                try:
                    await handler()
                except Exception:
                    log.exception("bus: gap handler failed")
            if not self._gap_again:
                return

    async def _stop_local(self) -> None:
        tasks = [topic.pump for topic in self._topics.values() if topic.pump is not None]
        if self._gap_task is not None:
            tasks.append(self._gap_task)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_LOCAL_WAIT_SECONDS)
            await cancel_all(*late)


class LocalBus(Bus):
    """The form for one process: no server, always connected, no gaps but for handlers that are too slow."""

    @property
    def connected(self) -> bool:
        return True

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        await self._stop_local()

    def _send(self, topic: str, payload: bytes) -> None:
        return None


def _settle(done: asyncio.Future[None] | None) -> None:
    if done is not None and not done.done():
        done.set_result(None)


async def cancel_all(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
