"""Caches the totals of lists by filter until one of the list's tags is invalidated.

Counting is most of a list's cost.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from colonnade.kernel.cache.tagged import Made, TaggedStore
from colonnade.kernel.core.providing import provided

__all__ = ["CountCache"]

TTL_SECONDS = 300
MAX_BYTES = 4 * 1024 * 1024
_OVERHEAD_BYTES = 768
"""Objects, dictionary slots and index sets around a total; tests/kernel/cache/test_memory.py measures them."""


@provided("counts")
class CountCache(TaggedStore[int]):
    """Totals in this process, bounded by `max_bytes`. As part of a ResponseCache it is invalidated with it."""

    def __init__(self, max_bytes: int = MAX_BYTES, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(max_bytes, clock=clock)

    async def total(
        self,
        tags: Iterable[str],
        count: partial[Coroutine[Any, Any, int]],
        *,
        fresh_until: datetime | None = None,
    ) -> int:
        """Return the total that `count` counts: a query, the database it asks and the filters, in this order.

        It is cached under the query's name and all of its filters for `TTL_SECONDS`, at most until `fresh_until`,
        when the total changes by itself (a scheduled publication). Raise the errors of `count`.
        """
        query = count.func
        key = f"{query.__module__}.{query.__qualname__} {count.args[1:]} {count.keywords}"
        wanted = frozenset(tags)

        async def make() -> Made[int]:
            total = await count()
            expires = self._clock() + TTL_SECONDS
            if fresh_until is not None:
                expires = min(expires, fresh_until.timestamp())
            return Made(total, sys.getsizeof(key) + _OVERHEAD_BYTES, expires, wanted)

        return await self.get_or_make(key, wanted, make)
