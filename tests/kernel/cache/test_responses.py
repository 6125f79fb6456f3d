"""The cache in one process: hits, single flight, invalidation during a build, bounds and expiry."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.kernel.cache import CountCache, Entry, ResponseCache
from colonnade.kernel.cache.tagged import Made, TaggedStore
from colonnade.kernel.core import Invalidate


def answer(text: str, **more: Any) -> Entry:
    options: dict[str, Any] = {"status": 200, "headers": [(b"content-type", b"text/plain")]}
    return Entry.build(**{**options, "body": text.encode(), **more})


class Builder:
    """Builds numbered answers; if `gated`, each build waits to be released."""

    def __init__(self, gated: bool = False, **more: Any) -> None:
        self.builds = 0
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self._more = more
        if not gated:
            self.gate.set()

    async def __call__(self) -> Entry:
        self.builds += 1
        number = self.builds
        self.begun.set()
        await self.gate.wait()
        return answer(f"answer {number}", **self._more)


async def test_a_hit_is_the_same_entry_and_builds_nothing() -> None:
    cache, build = ResponseCache(), Builder()
    first = await cache.get_or_build("k", build, 60, ("a",))
    second = await cache.get_or_build("k", build, 60, ("a",))

    assert first is second is cache.get("k")
    assert (build.builds, first.body) == (1, b"answer 1")


async def test_a_hundred_misses_build_once() -> None:
    cache, build = ResponseCache(), Builder(gated=True)
    callers = [asyncio.create_task(cache.get_or_build("k", build, 60, ("a",))) for _ in range(100)]
    await build.begun.wait()
    build.gate.set()

    assert {entry.body for entry in await asyncio.gather(*callers)} == {b"answer 1"}
    assert build.builds == 1


async def test_a_failing_builder_fails_its_callers_and_poisons_nothing() -> None:
    cache = ResponseCache()
    begun, gate = asyncio.Event(), asyncio.Event()

    async def broken() -> Entry:
        begun.set()
        await gate.wait()
        raise LookupError("no")

    callers = [asyncio.create_task(cache.get_or_build("k", broken, 60, ())) for _ in range(3)]
    await begun.wait()
    gate.set()
    results = await asyncio.gather(*callers, return_exceptions=True)

    assert [type(result) for result in results] == [LookupError] * 3
    assert (await cache.get_or_build("k", Builder(), 60, ())).body == b"answer 1"


async def test_a_caller_that_hangs_up_leaves_the_build_to_the_next() -> None:
    cache, build = ResponseCache(), Builder(gated=True)
    first = asyncio.create_task(cache.get_or_build("k", build, 60, ()))
    await build.begun.wait()
    others = [asyncio.create_task(cache.get_or_build("k", build, 60, ())) for _ in range(3)]
    await asyncio.sleep(0)
    others[1].cancel()
    first.cancel()
    build.gate.set()

    assert [(await other).body for other in (others[0], others[2])] == [b"answer 2"] * 2
    assert build.builds == 2
    assert first.cancelled()
    assert others[1].cancelled()


async def test_a_build_overtaken_by_an_invalidation_is_not_kept() -> None:
    cache, build = ResponseCache(), Builder(gated=True)
    before = asyncio.create_task(cache.get_or_build("k", build, 60, ("articles",)))
    await build.begun.wait()

    await cache.invalidate(["articles"])
    after = asyncio.create_task(cache.get_or_build("k", build, 60, ("articles",)))
    await asyncio.sleep(0)
    build.gate.set()

    assert (await before).body == b"answer 1"
    assert (await after).body == b"answer 2"
    assert (await cache.get_or_build("k", build, 60, ("articles",))).body == b"answer 2"


async def test_an_invalidation_of_other_tags_does_not_disturb_a_build() -> None:
    cache, build = ResponseCache(), Builder(gated=True)
    before = asyncio.create_task(cache.get_or_build("k", build, 60, ("articles",)))
    await build.begun.wait()
    await cache.invalidate(["gallery"])
    after = asyncio.create_task(cache.get_or_build("k", build, 60, ("articles",)))
    await asyncio.sleep(0)
    build.gate.set()

    assert await before is await after is cache.get("k")
    assert build.builds == 1


async def test_tags_that_only_the_answer_knows_count_too() -> None:
    cache, build = ResponseCache(), Builder(gated=True, tags=("article:7",))
    before = asyncio.create_task(cache.get_or_build("k", build, 60, ("articles",)))
    await build.begun.wait()
    await cache.invalidate(["article:7"])
    after = asyncio.create_task(cache.get_or_build("k", build, 60, ("articles",)))
    await asyncio.sleep(0)
    build.gate.set()

    assert (await before).body == b"answer 1"
    assert (await after).body == b"answer 2"
    await cache.invalidate(["article:7"])
    assert cache.get("k") is None


async def test_forgetting_all_reaches_builds_under_way() -> None:
    cache, build = ResponseCache(), Builder(gated=True)
    before = asyncio.create_task(cache.get_or_build("k", build, 60, ()))
    await build.begun.wait()
    cache.forget_all()
    build.gate.set()
    await before

    assert cache.get("k") is None


async def test_an_invalidate_event_drops_answers_and_totals_of_its_tags_only() -> None:
    cache = ResponseCache()
    for key, tags in (("list", ("articles",)), ("home", ("articles", "gallery")), ("info", ("tiers",))):
        await cache.get_or_build(key, Builder(), 60, tags)

    asked: list[str] = []

    async def count(db: str, table: str) -> int:
        asked.append(table)
        return len(asked)

    async def totals() -> list[int]:
        return [
            await cache.counts.total((table,), partial(count, "db", table)) for table in ("articles", "tiers")
        ]

    assert await totals() == [1, 2]
    assert await totals() == [1, 2]

    await cache.handle(Invalidate(tags=("articles",)))

    assert [cache.get(key) is None for key in ("list", "home", "info")] == [True, True, False]
    assert await totals() == [3, 2]
    assert asked == ["articles", "tiers", "articles"]


@pytest.mark.parametrize(
    ("status", "kept"), [(200, True), (301, True), (404, False), (500, False), (429, False)]
)
async def test_errors_are_not_kept(status: int, kept: bool) -> None:
    cache = ResponseCache()
    entry = await cache.get_or_build("k", Builder(status=status), 60, ())

    assert entry.status == status
    assert (cache.get("k") is not None) is kept


async def test_the_caller_may_say_what_is_kept() -> None:
    cache = ResponseCache()
    await cache.get_or_build("k", Builder(), 60, (), keep=lambda entry: b"1" not in entry.body)

    assert cache.get("k") is None


async def test_answers_end_with_their_ttl_or_their_own_moment(clock: Any) -> None:
    cache = ResponseCache(clock=clock)
    moment = datetime.fromtimestamp(clock(), UTC) + timedelta(seconds=10)
    await cache.get_or_build("ttl", Builder(), 60, ())
    await cache.get_or_build("scheduled", Builder(fresh_until=moment), 60, ())
    await cache.get_or_build("late", Builder(fresh_until=moment + timedelta(hours=1)), 60, ())

    def present() -> list[str]:
        return [key for key in ("ttl", "scheduled", "late") if cache.get(key) is not None]

    clock.seconds += 9.9
    assert present() == ["ttl", "scheduled", "late"]
    clock.seconds += 0.1
    assert present() == ["ttl", "late"]
    clock.seconds += 50
    assert present() == []
    assert (len(cache), cache.weight) == (0, 0)


async def test_an_answer_whose_moment_has_passed_is_not_kept(clock: Any) -> None:
    cache = ResponseCache(clock=clock)
    await cache.get_or_build("k", Builder(fresh_until=clock() - 1), 60, ())
    assert cache.get("k") is None


async def test_jitter_shortens_and_never_lengthens(clock: Any) -> None:
    cache = ResponseCache(clock=clock, jitter=0.5)
    for number in range(50):
        await cache.get_or_build(str(number), Builder(), 100, ())
    clock.seconds += 50
    assert len([n for n in range(50) if cache.get(str(n)) is not None]) >= 49
    clock.seconds += 25
    assert 0 < len([n for n in range(50) if cache.get(str(n)) is not None]) < 50
    clock.seconds += 25
    assert [n for n in range(50) if cache.get(str(n)) is not None] == []


async def test_bytes_are_bounded_and_the_least_used_goes_first() -> None:
    cache = ResponseCache(max_bytes=100_000)
    big = "x" * 9_000
    for number in range(9):
        await cache.get_or_build(str(number), _constant(big), 60, ("t",))
    assert cache.get("0") is not None
    await cache.get_or_build("9", _constant(big), 60, ("t",))

    assert [n for n in range(10) if cache.get(str(n)) is None] == [1]
    assert 80_000 < cache.weight <= 100_000
    await cache.get_or_build("huge", _constant("x" * 20_000), 60, ())
    assert cache.get("huge") is None
    await cache.invalidate(["t"])
    assert (len(cache), cache.weight, cache._by_tag) == (0, 0, {})


async def test_a_flood_of_unknown_parameters_stays_within_the_bound() -> None:
    cache = ResponseCache(max_bytes=1_000_000)
    for number in range(5_000):
        await cache.get_or_build(f"?x={number} /articles", _constant("y" * 100), 60, ("articles",))
    assert cache.weight <= 1_000_000
    assert len(cache) < 1_000


def _constant(text: str) -> Callable[[], Awaitable[Entry]]:
    async def build() -> Entry:
        return answer(text)

    return build


async def test_totals_are_counted_once_until_their_tag_falls(clock: Any) -> None:
    counts = CountCache(clock=clock)
    calls = 0

    async def count(db: str) -> int:
        nonlocal calls
        calls += 1
        return 0

    for _ in range(3):
        assert await counts.total(("articles",), partial(count, "db")) == 0
    assert calls == 1
    counts.drop(("articles",))
    await counts.total(("articles",), partial(count, "db"))
    assert calls == 2
    clock.seconds += 300
    soon = datetime.fromtimestamp(clock() + 5, UTC)
    await counts.total(("articles",), partial(count, "db"), fresh_until=soon)
    assert calls == 3
    clock.seconds += 5
    await counts.total(("articles",), partial(count, "db"))
    assert calls == 4


async def test_a_total_is_that_of_its_query_and_filters() -> None:
    counts = CountCache()
    asked: list[tuple[object, ...]] = []

    async def things(db: str, kind: str | None, *, old: bool = False) -> int:
        asked.append((db, kind, old))
        return len(asked)

    async def people(db: str, kind: str | None) -> int:
        asked.append((db, "people", kind))
        return 100

    async def totals(db: str) -> list[int]:
        return [
            await counts.total(("things",), partial(things, db, "a")),
            await counts.total(("things",), partial(things, db, None)),
            await counts.total(("things",), partial(things, db, "None")),
            await counts.total(("things",), partial(things, db, "a", old=True)),
            await counts.total(("people",), partial(people, db, "a")),
        ]

    assert await totals("one connection") == [1, 2, 3, 4, 100]
    assert await totals("another") == [1, 2, 3, 4, 100]
    assert asked == [
        ("one connection", "a", False),
        ("one connection", None, False),
        ("one connection", "None", False),
        ("one connection", "a", True),
        ("one connection", "people", "a"),
    ]
    counts.drop(("things",))
    assert await totals("a third") == [6, 7, 8, 9, 100]


async def test_totals_are_bounded() -> None:
    counts = CountCache(100_000)

    async def one(db: str, number: int) -> int:
        return 1

    for number in range(1_000):
        await counts.total((), partial(one, "db", number))
    assert 100 < len(counts) < 120
    assert counts.weight <= 100_000


KEYS, TAGS = st.sampled_from("abcd"), st.frozensets(st.sampled_from("xyz"))


@settings(max_examples=200)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("put"), KEYS, TAGS, st.integers(1, 12)),
            st.tuples(st.just("get"), KEYS, st.none(), st.none()),
            st.tuples(st.just("drop"), TAGS, st.none(), st.none()),
            st.tuples(st.just("wait"), st.integers(0, 60), st.none(), st.none()),
            st.tuples(st.just("clear"), st.none(), st.none(), st.none()),
        ),
        max_size=60,
    )
)
def test_the_store_behaves_like_its_model(steps: list[tuple[str, Any, Any, Any]]) -> None:
    now = [0.0]
    store: TaggedStore[int] = TaggedStore(96, clock=lambda: now[0])
    # The model: oldest use first; weights of at most 12 (an eighth of 96) always fit, 4 keys never overflow.
    model: dict[str, tuple[int, float, frozenset[str], int]] = {}
    for number, (kind, what, tags, weight) in enumerate(steps):
        if kind == "put":
            assert store.put(what, Made(number, weight, now[0] + 50, tags)) is True
            model[what] = (number, now[0] + 50, tags, weight)
        elif kind == "get":
            expected = model.get(what)
            if expected is not None and expected[1] <= now[0]:
                del model[what]
                expected = None
            assert store.get(what) == (expected[0] if expected else None)
        elif kind == "drop":
            store.drop(what)
            model = {key: value for key, value in model.items() if not value[2] & what}
        elif kind == "wait":
            now[0] += what
        else:
            store.clear()
            model = {}
        assert len(store) == len(model)
        assert store.weight == sum(value[3] for value in model.values())
        assert {tag for value in model.values() for tag in value[2]} == set(store._by_tag)
