"""The login guard: failures count, successes do not, races gain nothing, and the owner always gets in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest

from colonnade.kernel.core import TooManyRequests, Unauthorized, Unavailable
from colonnade.kernel.core.redis import open_redis
from colonnade.kernel.limits import Limiter, LoginGuard

Open = Callable[..., Limiter]
Address = Callable[[], str]
OWNER = "owner@example.org"


async def attempt(guard: LoginGuard, address: str, account: str, right: bool = False) -> bool:
    """Sign in once; return False if the guard refused before the password was checked."""
    try:
        async with await guard.check(address, account) as attempt:
            await asyncio.sleep(0)
            if right:
                await attempt.succeeded()
    except TooManyRequests:
        return False
    return True


@pytest.mark.parametrize("shared", [False, True])
async def test_five_failures_and_the_account_waits_there(
    opened: Open, address: Address, shared: bool
) -> None:
    guard = LoginGuard(opened(shared))
    bad = address()

    assert [await attempt(guard, bad, OWNER) for _ in range(6)] == [True] * 5 + [False]
    with pytest.raises(TooManyRequests) as refused:
        await guard.check(bad, OWNER)

    assert 895 <= refused.value.retry_after_seconds <= 900
    # A neighbour behind the same address, with the right password, and the owner at another one.
    assert await attempt(guard, bad, "neighbour@example.org", right=True) is True
    assert await attempt(guard, address(), OWNER, right=True) is True


@pytest.mark.parametrize("shared", [False, True])
async def test_fifty_failures_and_the_address_waits(opened: Open, address: Address, shared: bool) -> None:
    guard = LoginGuard(opened(shared))
    bad = address()
    for number in range(50):
        # What the attacker's own account gets back is what it has taken.
        assert await attempt(guard, bad, "attacker@example.org", right=True) is True
        assert await attempt(guard, bad, f"victim{number}@example.org") is True

    assert await attempt(guard, bad, "attacker@example.org", right=True) is False
    assert await attempt(guard, bad, "victim51@example.org") is False
    assert await attempt(guard, address(), "victim51@example.org") is True


async def test_whoever_is_signed_in_is_counted_by_the_session(opened: Open, address: Address) -> None:
    guard = LoginGuard(opened(False))
    wifi, session, other = address(), uuid4(), uuid4()
    for number in range(10):
        for _ in range(5):
            await attempt(guard, wifi, OWNER if number == 0 else f"victim{number}@example.org")
    assert await attempt(guard, wifi, OWNER) is False

    for _ in range(5):
        await (await guard.check(wifi, OWNER, session=session)).failed()
    for place in (wifi, address()):
        with pytest.raises(TooManyRequests):
            await guard.check(place, OWNER, session=session)
    await (await guard.check(wifi, OWNER, session=other)).succeeded()


@pytest.mark.parametrize("shared", [False, True])
async def test_successes_do_not_count(opened: Open, address: Address, shared: bool) -> None:
    guard = LoginGuard(opened(shared))
    home = address()

    assert [await attempt(guard, home, OWNER, right=True) for _ in range(20)] == [True] * 20
    assert [await attempt(guard, home, OWNER) for _ in range(4)] == [True] * 4
    assert await attempt(guard, home, OWNER, right=True) is True
    assert [await attempt(guard, home, OWNER) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("shared", [False, True])
async def test_twenty_at_once_get_five_verifications(opened: Open, address: Address, shared: bool) -> None:
    guards = [LoginGuard(opened(shared))] * 2 if not shared else [LoginGuard(opened()), LoginGuard(opened())]
    bad = address()
    verified = 0

    async def guess(guard: LoginGuard) -> None:
        nonlocal verified
        async with await guard.check(bad, OWNER):
            verified += 1
            await asyncio.sleep(0.01)
            raise Unauthorized

    results = await asyncio.gather(
        *(guess(guard) for _ in range(10) for guard in guards), return_exceptions=True
    )

    assert verified == 5
    assert (
        sorted(type(result).__name__ for result in results) == ["TooManyRequests"] * 15 + ["Unauthorized"] * 5
    )


async def test_an_office_that_signs_in_at_nine_is_let_in(opened: Open, address: Address) -> None:
    guard = LoginGuard(opened(False))
    office = address()

    results = await asyncio.gather(
        *(attempt(guard, office, f"clerk{n}@example.org", right=True) for n in range(30))
    )

    assert results == [True] * 30


@pytest.mark.parametrize("shared", [False, True])
async def test_the_owner_gets_in_from_another_address(opened: Open, address: Address, shared: bool) -> None:
    guard = LoginGuard(opened(shared))
    for _ in range(30):
        bad = address()
        for _ in range(5):
            await attempt(guard, bad, OWNER)

    # The account's loose budget is used up by now: strangers have one attempt, the owner needs no more.
    assert await attempt(guard, address(), OWNER, right=True) is True
    stranger = address()
    assert [await attempt(guard, stranger, OWNER) for _ in range(3)] == [True, False, False]
    assert await attempt(guard, stranger, "somebody@example.org") is True


async def test_known_networks_and_sessions_keep_their_five(opened: Open) -> None:
    guard = LoginGuard(opened())
    assert await attempt(guard, "198.51.100.7", OWNER, right=True) is True
    for number in range(20):
        for _ in range(5):
            await attempt(guard, f"2001:db8:{number:x}::1", OWNER)

    # The same network, another address in it.
    assert [await attempt(guard, "198.51.100.8", OWNER) for _ in range(6)] == [True] * 5 + [False]
    session = uuid4()
    for _ in range(5):
        await (await guard.check("192.0.2.1", OWNER, session=session)).failed()
    with pytest.raises(TooManyRequests):
        await guard.check("192.0.2.1", OWNER, session=session)


async def test_ipv6_counts_by_64(opened: Open) -> None:
    guard = LoginGuard(opened(False))

    assert [await attempt(guard, f"2001:db8::{n:x}", OWNER) for n in range(6)] == [True] * 5 + [False]
    assert await attempt(guard, "2001:db8:0:1::1", OWNER) is True


async def test_our_own_fault_does_not_count_and_hanging_up_does(opened: Open, address: Address) -> None:
    guard = LoginGuard(opened(False))
    home = address()
    for fault in (RuntimeError("the database is away"), Unavailable("too many are signing in")) * 5:
        with pytest.raises(type(fault)):
            async with await guard.check(home, OWNER):
                raise fault

    async def hang_up() -> None:
        async with await guard.check(home, OWNER):
            await asyncio.Event().wait()

    for _ in range(5):
        task = asyncio.create_task(hang_up())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    with pytest.raises(TooManyRequests):
        await guard.check(home, OWNER)


async def test_a_verdict_counts_once(opened: Open, address: Address) -> None:
    limiter = opened(False)
    guard = LoginGuard(limiter)
    home = address()
    reserved = await guard.check(home, OWNER)
    await reserved.succeeded()
    await reserved.succeeded()
    await reserved.failed()

    assert [await attempt(guard, home, OWNER) for _ in range(6)] == [True] * 5 + [False]


async def test_a_reservation_that_is_dropped_counts_and_keeps_nobody_waiting(
    opened: Open, address: Address
) -> None:
    guard = LoginGuard(opened(False))
    home = address()
    for _ in range(5):
        await guard.check(home, OWNER)

    with pytest.raises(TooManyRequests) as refused:
        await guard.check(home, OWNER)

    assert refused.value.retry_after_seconds > 800


async def test_without_redis_the_login_does_not_open(opened: Open, address: Address) -> None:
    guard = LoginGuard(opened(url="redis://127.0.0.1:1", processes=2))
    bad = address()

    assert [await attempt(guard, bad, OWNER) for _ in range(4)] == [True, True, False, False]
    assert await attempt(guard, address(), OWNER, right=True) is True


async def test_redis_does_not_learn_accounts(opened: Open, address: Address, redis_url: str) -> None:
    await attempt(LoginGuard(opened()), address(), "Secret.Name@Example.org", right=True)
    client = open_redis(redis_url)
    names = [key.lower() async for key in client.scan_iter("test-*:limit:login-*")]
    await client.aclose()

    assert names
    assert not [name for name in names if b"secret" in name or b"example" in name]


async def test_case_and_blanks_do_not_make_another_account(opened: Open, address: Address) -> None:
    guard = LoginGuard(opened(False, overrides={"login-account": "2/hour", "login-stranger": "1/hour"}))
    await attempt(guard, address(), "Owner@Example.org")
    await attempt(guard, address(), " owner@example.ORG ")
    stranger = address()

    assert [await attempt(guard, stranger, OWNER) for _ in range(2)] == [True, False]
