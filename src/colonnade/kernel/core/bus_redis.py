"""The bus for several processes: Redis pub/sub, one channel per namespace.

A frame is: version (1 byte) | origin (8) | number (8, big endian) | topic length (2, big endian) | topic (UTF-8) |
payload. The origin is the publishing process, which skips its own frames when they come back from Redis: it has
delivered them already. All topics of a namespace share one channel, so that the numbers of an origin are
consecutive: a receiver drops a frame that was sent again after a lost connection, and a hole (frames given up
while Redis was unreachable) runs its gap handlers.
"""

from __future__ import annotations

import asyncio
import os
import random
import struct
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from colonnade.kernel.core.bus import Bus, cancel_all
from colonnade.kernel.core.redis import open_redis, redis_errors

if TYPE_CHECKING:
    from colonnade.kernel.core.redis import RedisClient

__all__ = ["RedisBus"]

log = structlog.get_logger(__name__)

_VERSION = 1
_HEAD = struct.Struct(">B8sQH")
_OUTGOING_MESSAGES = 10_000
_BACK_PRESSURE_MESSAGES = 2_000
_OUTGOING_BYTES = 16 * 1024 * 1024
_OUTGOING_SECONDS = 30.0
"""Bounds of the queue while Redis is unreachable; the oldest frames are dropped, which receivers see as a hole."""
_BATCH = 200
_PING_SECONDS = 5.0
_BACKOFF_SECONDS = (0.05, 2.0)
_START_SECONDS = 2.0
_KNOWN_ORIGINS = 1_024


@dataclass(slots=True)
class _Origin:
    number: int
    epoch: int


class RedisBus(Bus):
    """One subscription and one publishing connection, each with its own backoff."""

    def __init__(self, redis_url: str, namespace: str) -> None:
        super().__init__()
        self._url = redis_url
        self._channel = f"{namespace}:bus"
        self._origin = os.urandom(8)
        self._number = 0
        self._outgoing: deque[tuple[float, int, bytes]] = deque()
        self._outgoing_bytes = 0
        self._taken = 0
        self._work = asyncio.Event()
        self._progress = asyncio.Event()
        self._tried = asyncio.Event()
        self._origins: dict[bytes, _Origin] = {}
        self._epoch = 0
        self._connected = False
        self._lost = asyncio.Event()
        self._lost.set()
        self._missed = False
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def connected(self) -> bool:
        return self._connected

    async def wait_until_lost(self) -> None:
        await self._lost.wait()

    async def start(self) -> None:
        if self._tasks:
            return
        # Drawn again: a process forked after the bus was made must not mistake its sibling's frames for its own.
        self._origin = os.urandom(8)
        self._tasks = [
            asyncio.create_task(self._receive_forever(), name="bus:receive"),
            asyncio.create_task(self._send_forever(), name="bus:send"),
        ]
        try:
            await asyncio.wait_for(self._tried.wait(), _START_SECONDS)
        except TimeoutError:
            pass
        if not self._connected:
            log.warning("bus: Redis is unreachable, delivering to this process only")

    async def stop(self) -> None:
        if self._tasks and self._connected:
            await self.flush(2.0)
        self._stopping = True
        await cancel_all(*self._tasks)
        self._tasks = []
        self._connected = False
        self._lost.set()
        self._outgoing.clear()
        self._outgoing_bytes = 0
        await self._stop_local()

    async def flush(self, timeout_seconds: float = 0.25) -> bool:
        target = self._number
        deadline = time.monotonic() + timeout_seconds
        while self._taken < target:
            left = deadline - time.monotonic()
            if left <= 0 or not self._tasks:
                return False
            self._progress.clear()
            try:
                await asyncio.wait_for(self._progress.wait(), left)
            except TimeoutError:
                return False
        return True

    async def publish(self, topic: str, payload: bytes) -> None:
        await super().publish(topic, payload)
        await self._press_back()

    async def relay(self, topic: str, payload: bytes) -> None:
        await super().relay(topic, payload)
        await self._press_back()

    async def _press_back(self) -> None:
        if self._connected and len(self._outgoing) > _BACK_PRESSURE_MESSAGES:
            # Back-pressure: a burst that outruns the connection waits briefly instead of losing its oldest frames.
            await self.flush(0.1)

    def _send(self, topic: str, payload: bytes) -> None:
        if self._stopping:
            return
        self._number += 1
        name = topic.encode()
        frame = _HEAD.pack(_VERSION, self._origin, self._number, len(name)) + name + payload
        self._outgoing.append((time.monotonic(), self._number, frame))
        self._outgoing_bytes += len(frame)
        while len(self._outgoing) > _OUTGOING_MESSAGES or (
            self._outgoing_bytes > _OUTGOING_BYTES and len(self._outgoing) > 1
        ):
            self._forget_oldest()
        self._work.set()

    def _forget_oldest(self) -> None:
        _, number, frame = self._outgoing.popleft()
        self._outgoing_bytes -= len(frame)
        self._taken = max(self._taken, number)
        self._progress.set()

    async def _send_forever(self) -> None:
        client = open_redis(self._url, timeout_seconds=2.0, max_connections=1)
        delay = _BACKOFF_SECONDS[0]
        try:
            while True:
                await self._work.wait()
                try:
                    await self._send_waiting(client)
                    delay = _BACKOFF_SECONDS[0]
                except redis_errors() as error:
                    log.debug("bus: cannot publish", error=repr(error))
                    await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
                    delay = min(delay * 2, _BACKOFF_SECONDS[1])
        finally:
            await _close(client)

    async def _send_waiting(self, client: RedisClient) -> None:
        while self._outgoing:
            oldest = time.monotonic() - _OUTGOING_SECONDS
            while self._outgoing and self._outgoing[0][0] < oldest:
                self._forget_oldest()
            batch = [item for item, _ in zip(self._outgoing, range(_BATCH), strict=False)]
            if not batch:
                break
            if len(batch) == 1:
                await client.publish(self._channel, batch[0][2])
            else:
                pipeline = client.pipeline(transaction=False)
                for _, _, frame in batch:
                    pipeline.publish(self._channel, frame)
                await pipeline.execute()
            # Frames leave the queue only now: a failed batch is sent again, and receivers drop duplicates.
            sent = batch[-1][1]
            while self._outgoing and self._outgoing[0][1] <= sent:
                self._forget_oldest()
        self._work.clear()

    async def _receive_forever(self) -> None:
        delay = _BACKOFF_SECONDS[0]
        while True:
            client = open_redis(self._url, timeout_seconds=_PING_SECONDS, max_connections=1)
            try:
                await self._receive(client)
            except redis_errors() as error:
                if self._connected:
                    delay = _BACKOFF_SECONDS[0]
                    log.warning("bus: connection lost", error=repr(error))
            except Exception:
                log.exception("bus: receiving failed")
            finally:
                self._connected = False
                self._lost.set()
                self._missed = True
                self._tried.set()
                await _close(client)
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
            delay = min(delay * 2, _BACKOFF_SECONDS[1])

    async def _receive(self, client: RedisClient) -> None:
        pubsub = client.pubsub()
        try:
            await pubsub.subscribe(self._channel)
            pinged = False
            while True:
                message = await pubsub.get_message(timeout=_PING_SECONDS)
                if message is None:
                    # A silent connection may be dead; without a ping nothing would show it.
                    if pinged:
                        raise ConnectionError("no answer to a ping")
                    await pubsub.ping()
                    pinged = True
                    continue
                pinged = False
                if message["type"] == "message":
                    self._receive_frame(message["data"])
                elif message["type"] == "subscribe":
                    self._subscribed()
        finally:
            try:
                await pubsub.aclose()  # type: ignore[no-untyped-call]
            except redis_errors():
                pass

    def _subscribed(self) -> None:
        self._connected = True
        self._lost.clear()
        self._epoch += 1
        self._tried.set()
        if self._missed:
            self._missed = False
            log.info("bus: reconnected")
            self._gap()

    def _receive_frame(self, frame: bytes) -> None:
        try:
            version, origin, number, length = _HEAD.unpack_from(frame)
            topic = frame[_HEAD.size : _HEAD.size + length].decode()
        except (struct.error, UnicodeDecodeError):
            version = 0
        if version != _VERSION:
            log.warning("bus: unknown frame ignored")
            return
        if origin == self._origin:
            return
        seen = self._origins.pop(origin, None)
        if seen is not None and number <= seen.number:
            self._origins[origin] = seen
            return
        # Within one connection numbers are consecutive; across connections the reconnect was the gap.
        hole = seen is not None and seen.epoch == self._epoch and number != seen.number + 1
        if len(self._origins) >= _KNOWN_ORIGINS:
            self._origins.pop(next(iter(self._origins)))
        self._origins[origin] = _Origin(number, self._epoch)
        if hole:
            self._gap()
        known = self._topics.get(topic)
        if known is not None and known.handlers:
            self._deliver(known, topic, frame[_HEAD.size + length :], None)


async def _close(client: RedisClient) -> None:
    try:
        await client.aclose()
    except redis_errors():
        pass
