"""The response cache: public answers in process, invalidated by tag, here and in the other processes.

The process's own memory comes first: a hit is a dictionary look-up. With Redis, a process that misses asks the
second level before it builds. An invalidation (`Invalidate` after a commit, or `invalidate`) is complete in this
process when it returns; in the others it is complete when the bus has delivered it, normally before the answer to
the write is sent (publishing may take up to 0.25 s). While Redis is unreachable an answer may be stale in other
processes until its TTL ends or until the connection is back, when every process clears its cache.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache, partial

import msgspec
import structlog

from colonnade.kernel.cache.counts import CountCache
from colonnade.kernel.cache.entry import Entry
from colonnade.kernel.cache.second import Look, SecondLevel
from colonnade.kernel.cache.tagged import Made, TaggedStore
from colonnade.kernel.core.bus import Bus
from colonnade.kernel.core.events import Invalidate
from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.redis import open_redis

__all__ = ["ResponseCache", "open_cache"]

log = structlog.get_logger(__name__)

MAX_BYTES = 32 * 1024 * 1024
_TOTALS_SHARE = 8
"""The totals get an eighth of the bytes of the answers, in addition to them."""
_CACHEABLE_STATUSES = frozenset({200, 301, 308})


class _Notice(msgspec.Struct, array_like=True):
    """A message on the bus: which process invalidated which tags, and whether the second level has been told."""

    origin: bytes
    tags: list[str]
    second_knows: bool


def _keepable(entry: Entry) -> bool:
    return entry.status in _CACHEABLE_STATUSES


@provided("cache")
class ResponseCache(TaggedStore[Entry]):
    """Answers by key, bounded by `max_bytes`, compressed copies and keys included.

    `counts` are the totals that are invalidated with them, bounded by an eighth of `max_bytes` more.

    `bus` tells the other processes of invalidations; None keeps them in this one. `jitter` (0 to 1) shortens each TTL
    by up to that fraction, so that entries made together do not expire together; off by default.
    """

    def __init__(
        self,
        max_bytes: int = MAX_BYTES,
        *,
        bus: Bus | None = None,
        namespace: str = "",
        second: SecondLevel | None = None,
        jitter: float = 0.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(max_bytes, clock=clock)
        self.counts = CountCache(max_bytes // _TOTALS_SHARE, clock=clock)
        self._bus = bus
        self._topic = f"{namespace}:cache"
        self._second = second
        self._jitter = jitter
        self._origin = os.urandom(8)
        if bus is not None:
            bus.subscribe(self._topic, self._on_notice)
            bus.on_gap(self._on_gap)

    async def start(self) -> None:
        """Clear the second level and start using it: a process that died may not have told it of a commit."""
        self._origin = os.urandom(8)
        if self._second is not None:
            self._second.distrust()
            await self._second.trusted(0.5)

    async def stop(self) -> None:
        """Disconnect from the second level."""
        if self._second is not None:
            await self._second.stop()

    def put(self, key: str, made: Made[Entry]) -> bool:
        """Store an answer and count what its compressed copy adds; see `TaggedStore.put`."""
        stored = super().put(key, made)
        if stored:
            made.value.grown = partial(self.add_weight, key)
        return stored

    async def get_or_build(
        self,
        key: str,
        builder: Callable[[], Awaitable[Entry]],
        ttl_seconds: float,
        tags: Iterable[str],
        *,
        keep: Callable[[Entry], bool] = _keepable,
    ) -> Entry:
        """Return the answer of `key`; if it is missing, `builder` builds it, once for all concurrent callers.

        It is cached for `ttl_seconds` or until `entry.expires_at`, if `keep` returns true (default: 200, 301 and 308;
        errors are never cached). An answer whose tags were invalidated while it was built is not cached. Raise the
        errors of `builder` to all waiting callers; the next call tries again.
        """
        route_tags = _as_set(tuple(tags))

        async def make() -> Made[Entry]:
            look = await self._look(key, route_tags)
            if look is not None and look.entry is not None:
                await look.entry.prepare()
                return Made(look.entry, look.entry.weight(key), look.expires, route_tags)
            entry = await builder()
            await entry.prepare()
            shorter = self._jitter * random.random()  # noqa: S311 - spreads load, no secret
            expires = entry.ends(ttl_seconds * (1 - shorter), self._clock())
            every = route_tags | entry.tags if entry.tags else route_tags
            made = Made(entry, entry.weight(key), expires, every, keep(entry))
            # The stamp has no token for tags that only the answer names: such answers stay in this process.
            if self._second is not None and look is not None and made.keep and entry.tags <= route_tags:
                self._second.store(key, look, entry, expires)
            return made

        return await self.get_or_make(key, route_tags, make)

    async def invalidate(self, tags: Iterable[str]) -> None:
        """Drop everything that carries one of `tags`: here at once, then in the second level and in other processes."""
        wanted = sorted(set(tags))
        if not wanted:
            return
        self._drop_here(wanted)
        second_knows = True
        if self._second is not None:
            second_knows = await self._second.bump(wanted)
            # Between the two drops a request may have read the old answer from the second level (a race).
            self._drop_here(wanted)
        if self._bus is not None:
            notice = msgspec.msgpack.encode(_Notice(self._origin, wanted, second_knows))
            await self._bus.publish(self._topic, notice)
            if self._bus.connected:
                await self._bus.flush()

    async def handle(self, event: Invalidate) -> None:
        """Handle an invalidation; the dispatcher calls this after a commit."""
        await self.invalidate(event.tags)

    def forget_all(self) -> None:
        """Drop every answer and total of this process."""
        self.clear()
        self.counts.clear()

    def _drop_here(self, tags: Iterable[str]) -> None:
        self.drop(tags)
        self.counts.drop(tags)

    async def _look(self, key: str, tags: frozenset[str]) -> Look | None:
        second = self._second
        if second is None or not second.usable or (self._bus is not None and not self._bus.connected):
            return None
        return await second.look(key, tags)

    async def _on_notice(self, payload: bytes) -> None:
        try:
            notice = msgspec.msgpack.decode(payload, type=_Notice)
        except msgspec.MsgspecError:
            log.warning("cache: unknown notice, cache cleared")
            await self._on_gap()
            return
        if notice.origin == self._origin:
            return
        self._drop_here(notice.tags)
        if self._second is not None and not notice.second_knows:
            self._second.distrust()

    async def _on_gap(self) -> None:
        self.forget_all()
        if self._second is not None:
            self._second.distrust()


@lru_cache(maxsize=256)
def _as_set(tags: tuple[str, ...]) -> frozenset[str]:
    """Return a route's tags as a set, the same object for all of its answers."""
    return frozenset(tags)


def open_cache(
    redis_url: str | None,
    namespace: str,
    bus: Bus | None,
    *,
    max_bytes: int = MAX_BYTES,
    version: str = "",
) -> ResponseCache:
    """Return the cache of a product in this process, `.counts` included. Call `start()` once the bus has started.

    With `redis_url` and a bus there is a second level, for processes that share server, `namespace` and `version` (of
    the application: another release may answer in another shape).
    """
    second = None
    if redis_url and bus is not None:
        second = SecondLevel(open_redis(redis_url, timeout_seconds=0.5), namespace, version)
    return ResponseCache(max_bytes, bus=bus, namespace=namespace, second=second)
