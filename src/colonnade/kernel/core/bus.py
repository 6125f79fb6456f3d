"""Messages between the processes of one installation: published bytes reach every subscriber of a topic.

Delivery is at most once per subscriber, in the order of publication per topic and publishing process: at once
within this process, through Redis pub/sub (`bus_redis`) to the others. Whenever messages may have been missed
(reconnect, hole, overflow) the `on_gap` handlers run. A subscriber treats a message as a hint and rebuilds its
state from the database in `on_gap`.

Out of scope: messages for processes that are not connected (what must not be lost is a row or a job), and
publishing from other threads: a bus belongs to one event loop.
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
"""Most messages that wait for one topic's handlers; beyond it the oldest are dropped and `on_gap` runs."""
_LOCAL_WAIT_SECONDS = 1.0

_inside_handler: contextvars.ContextVar[bool] = contextvars.ContextVar("colonnade_bus_handler", default=False)


@dataclass(slots=True)
class _Topic:
    handlers: list[MessageHandler] = field(default_factory=list)
    waiting: deque[tuple[bytes, asyncio.Future[None] | None]] = field(default_factory=deque)
    pump: asyncio.Task[None] | None = None


@provided("bus")
class Bus(abc.ABC):
    """The local half that both forms share: topics, handlers, order, gaps."""

    def __init__(self) -> None:
        self._topics: dict[str, _Topic] = {}
        self._gap_handlers: list[GapHandler] = []
        self._gap_task: asyncio.Task[None] | None = None
        self._gap_again = False

    @property
    @abc.abstractmethod
    def connected(self) -> bool:
        """Whether messages of other processes currently arrive."""

    @abc.abstractmethod
    async def wait_until_lost(self) -> None:
        """Return when messages of other processes no longer arrive; at once where they do not arrive now."""

    @abc.abstractmethod
    async def start(self) -> None:
        """Start receiving. Return within 2 s even if Redis is unreachable, and go on trying to connect."""

    @abc.abstractmethod
    async def stop(self) -> None:
        """Send the queued messages (for 2 s at most) and stop; later messages are delivered locally only."""

    @abc.abstractmethod
    def _send(self, topic: str, payload: bytes) -> None:
        """Queue `payload` for the other processes; never raise because of an unreachable server."""

    async def flush(self, timeout_seconds: float = 0.25) -> bool:
        """Wait until Redis has taken everything published so far; return False on a timeout."""
        return True

    async def publish(self, topic: str, payload: bytes) -> None:
        """Deliver `payload` to every subscriber of `topic`, here and in the other processes.

        Return when the local handlers have run: after 1 s at most, and inside a handler at once. Neither wait for
        Redis (`flush` does) nor raise when Redis is unreachable or a handler fails: handlers' errors are logged.
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

    @property
    def shared(self) -> bool:
        """Whether there may be other processes: what is for them alone need not be made where there are none."""
        return True

    async def relay(self, topic: str, payload: bytes) -> None:
        """Send `payload` to the subscribers of `topic` in the other processes, and not to those here."""
        self._send(topic, payload)

    def subscribe(self, topic: str, handler: MessageHandler) -> Callable[[], None]:
        """Call `handler` with each payload of `topic`, one at a time. Return a function that unsubscribes it."""
        handlers = self._topics.setdefault(topic, _Topic()).handlers
        handlers.append(handler)

        def unsubscribe() -> None:
            if handler in handlers:
                handlers.remove(handler)

        return unsubscribe

    def on_gap(self, handler: GapHandler) -> None:
        """Call `handler` whenever messages of other processes may have been missed.

        A first connection that succeeds at once is no gap.
        """
        self._gap_handlers.append(handler)

    def _deliver(self, known: _Topic, topic: str, payload: bytes, done: asyncio.Future[None] | None) -> None:
        if len(known.waiting) >= _TOPIC_BACKLOG:
            log.warning("bus: handlers are too slow, message dropped", topic=topic)
            _settle(known.waiting.popleft()[1])
            self._gap()
        known.waiting.append((payload, done))
        if known.pump is None:
            # A task of its own: cancelling the publisher must not cancel the delivery.
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
        """Schedule the gap handlers; gaps during a run are coalesced into one more run."""
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
    """The bus of a single process: no server, always connected; only slow handlers cause gaps."""

    @property
    def connected(self) -> bool:
        return True

    @property
    def shared(self) -> bool:
        return False

    async def wait_until_lost(self) -> None:
        await asyncio.Event().wait()

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
    """Cancel `tasks` and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
