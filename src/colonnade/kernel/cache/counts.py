"""Caches the totals of lists by filter until one of the list's tags is invalidated.

Counting is most of a list's cost.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from colonnade.kernel.cache.tagged import Made, TaggedStore
from colonnade.kernel.core.providing import provided

__all__ = ["CountCache"]


@provided("counts")
class CountCache(TaggedStore[int]):
    """At most `max_entries` totals, in this process. As part of a ResponseCache it is invalidated with it."""

    def __init__(self, max_entries: int = 10_000, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(max_entries, clock=clock)

    async def total(
        self,
        tags: Iterable[str],
        count: partial[Coroutine[Any, Any, int]],
        *,
        fresh_until: datetime | None = None,
    ) -> int:
        """Return the total that `count` counts: a query, the database it asks and the filters, in this order.

        Kept under the query's name and all of its filters, otherwise as by `get_or_count`.
        """
        query = count.func
        key = f"{query.__module__}.{query.__qualname__} {count.args[1:]} {count.keywords}"
        return await self.get_or_count(key, tags, count, fresh_until=fresh_until)

    async def get_or_count(
        self,
        key: str,
        tags: Iterable[str],
        count: Callable[[], Awaitable[int]],
        *,
        ttl_seconds: float = 300,
        fresh_until: datetime | None = None,
    ) -> int:
        """Return the total of the list whose filter `key` names; `count` counts it if it is not cached.

        `fresh_until` is when the total changes by itself (a scheduled publication). Raises the errors of `count`.
        """
        wanted = frozenset(tags)

        async def make() -> Made[int]:
            total = await count()
            expires = self._clock() + ttl_seconds
            if fresh_until is not None:
                expires = min(expires, fresh_until.timestamp())
            return Made(total, 1, expires, wanted)

        return await self.get_or_make(key, wanted, make)
