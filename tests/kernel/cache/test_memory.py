"""The caches occupy no more memory than they count, compressed copies, keys and objects included."""

from __future__ import annotations

import gc
import os
import tracemalloc
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from colonnade.kernel.cache import CountCache, Entry, ResponseCache

MAX_BYTES = 8 * 1024 * 1024
Build = Callable[[], Awaitable[Entry]]


def build(number: int, body_bytes: int) -> Build:
    """Return a builder of an answer whose body, headers and ETag are objects of its own; gzip halves the body."""

    async def make() -> Entry:
        return Entry.build(
            status=200,
            headers=[
                (b"content-type", b"application/json"),
                (b"cache-control", b"public, no-cache"),
                (b"vary", b"Origin"),
                (b"content-security-policy", b"default-src 'none'"),
                (b"x-own", b"%032d" % number),
            ],
            body=os.urandom(body_bytes // 2).hex().encode(),
            etag=b'"%032d"' % number,
        )

    return make


async def fill(cache: ResponseCache, body_bytes: int, *, zipped: bool) -> None:
    """Cache answers of as many bytes as would fill it three times, as requests for them would."""
    for number in range(3 * MAX_BYTES // (body_bytes + 1_024)):
        key = f"?n={number}-ß{'x' * (number % 200)} /articles"
        entry = await cache.get_or_build(key, build(number, body_bytes), 60, ("articles",))
        entry.head(zipped=False)
        if zipped and entry.zipped() is not None:
            entry.head(zipped=True)


async def traced(work: Callable[[], Awaitable[None]]) -> int:
    """Return how many bytes `work` leaves allocated, those that wait for the garbage collector included."""
    tracemalloc.start()
    try:
        gc.collect()
        gc.disable()
        before = tracemalloc.get_traced_memory()[0]
        await work()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        gc.enable()
        tracemalloc.stop()


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("body_bytes", [200, 3_000, 40_000])
async def test_answers_occupy_what_is_counted(body_bytes: int, zipped: bool) -> None:
    cache = ResponseCache(max_bytes=MAX_BYTES)
    occupied = await traced(lambda: fill(cache, body_bytes, zipped=zipped))
    assert cache.evictions > 0
    assert MAX_BYTES - 200_000 < cache.weight <= MAX_BYTES
    assert 0.7 * cache.weight < occupied < 1.02 * cache.weight


async def test_a_compressed_copy_takes_the_place_of_other_answers() -> None:
    cache = ResponseCache(max_bytes=100_000)
    entries = [await cache.get_or_build(str(n), build(n, 8_700), 60, ("articles",)) for n in range(9)]
    before = cache.weight
    small = entries[8].zipped()
    assert small is not None
    assert cache.get("0") is None
    assert cache.get("8") is entries[8]
    assert cache.weight == before + len(small) + 33 - entries[0].weight("0")
    assert cache.weight <= 100_000
    gone = cache.weight
    assert entries[0].zipped() is not None
    assert cache.weight == gone


async def test_totals_occupy_what_is_counted() -> None:
    counts = CountCache(MAX_BYTES)

    async def count(db: str, search: str, *, category_id: int) -> int:
        return category_id

    async def fill_totals() -> None:
        for number in range(30_000):
            asked = partial(count, "db", f"{number} {'ß' * (number % 100)}", category_id=number)
            await counts.total(("articles", "categories"), asked)

    occupied = await traced(fill_totals)
    assert counts.evictions > 0
    assert MAX_BYTES - 2_000 < counts.weight <= MAX_BYTES
    assert 0.6 * counts.weight < occupied < 1.02 * counts.weight
