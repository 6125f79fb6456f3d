"""Password hashing: argon2id for new ones, bcrypt verified and replaced, off the event loop, bounded."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time

import bcrypt
import pytest

from colonnade.kernel.identity import PasswordHasher

PASSWORD = "sangat-rahasia-123"


@pytest.fixture
def hasher():
    """Provide a hasher with cheap parameters."""
    made = PasswordHasher(memory_kib=64, passes=1, parallel=2)
    yield made
    made.close()


async def test_a_hash_verifies_its_password_only(hasher):
    hashed = await hasher.hash(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert hashed != await hasher.hash(PASSWORD)
    assert await hasher.verify(PASSWORD, hashed) == (True, None)
    for wrong in ("", "x", PASSWORD + " ", PASSWORD.upper(), PASSWORD[:-1]):
        assert await hasher.verify(wrong, hashed) == (False, None)


async def test_the_default_parameters_are_owasps():
    hasher = PasswordHasher()
    assert (await hasher.hash(PASSWORD)).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    hasher.close()


async def test_weaker_hashes_are_replaced(hasher):
    weak = await hasher.hash(PASSWORD)
    stronger = PasswordHasher(memory_kib=128, passes=2, parallel=1)
    right, new = await stronger.verify(PASSWORD, weak)
    assert right
    assert new is not None
    assert new.startswith("$argon2id$v=19$m=128,t=2,p=1$")
    assert await stronger.verify(PASSWORD, new) == (True, None)
    assert await stronger.verify("salah", weak) == (False, None)
    stronger.close()


async def test_bcrypt_where_it_is_wanted(hasher):
    chosen = PasswordHasher(memory_kib=64, passes=1, parallel=1, bcrypt_rounds=5)
    hashed = await chosen.hash(PASSWORD)
    assert hashed.startswith("$2b$05$")
    assert bcrypt.checkpw(PASSWORD.encode(), hashed.encode())
    assert await chosen.verify(PASSWORD, hashed) == (True, None)
    assert await chosen.verify("salah-sekali", hashed) == (False, None)
    for other in (await hasher.hash(PASSWORD), bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()):
        right, new = await chosen.verify(PASSWORD, other)
        assert right
        assert new is not None
        assert new.startswith("$2b$05$")
    assert await chosen.verify("x" * 100, hashed) == (False, None)
    chosen.close()


async def test_hashes_that_others_made_of_what_was_typed_open_and_are_replaced(hasher):
    typed = "cre\u0300me bru\u0302le\u0301e"
    old = bcrypt.hashpw(typed.encode(), bcrypt.gensalt(4)).decode()
    right, new = await hasher.verify(typed, old)
    assert right
    assert new is not None
    assert await hasher.verify("crème brûlée", new) == (True, None)
    assert await hasher.verify(typed, new) == (True, None)
    assert await hasher.verify("creme brulee", new) == (False, None)


@pytest.mark.parametrize("prefix", [b"2b", b"2a"])
async def test_bcrypt_is_verified_and_replaced(hasher, prefix):
    old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4, prefix=prefix)).decode()
    right, new = await hasher.verify(PASSWORD, old)
    assert right
    assert new is not None
    assert new.startswith("$argon2id$")
    assert await hasher.verify("salah-sekali", old) == (False, None)


@pytest.mark.parametrize(
    "stored", ["", "plain", "$1$md5", "$argon2id$broken", "$2b$04$short", PASSWORD, "*", "!"]
)
async def test_a_hash_that_is_none_verifies_nothing(hasher, stored):
    assert await hasher.verify(PASSWORD, stored) == (False, None)
    assert await hasher.verify(stored, stored) == (False, None)


async def test_no_hash_verifies_nothing_and_costs_the_same_work(hasher):
    for password in (PASSWORD, "", "decoy"):
        assert await hasher.verify(password, None) == (False, None)


@pytest.mark.parametrize("highest", [0, 8, 10])
async def test_a_failure_is_the_same_work_whatever_hash_there_is(highest):
    """CPU time of the thread; medians of nine, taken in turn, so that what else runs slows all of them down."""
    hasher = PasswordHasher(parallel=1)
    stored = {"none": None, "no hash": "!", "argon2id": await hasher.hash(PASSWORD)}
    for cost in (4, 8, 10):
        if cost <= highest:
            stored[f"bcrypt {cost}"] = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode()

    def work(hashed):
        began = time.thread_time()
        assert hasher._verify("salah-sekali", hashed, highest) == (False, None)
        return time.thread_time() - began

    samples: dict[str, list[float]] = {kind: [] for kind in stored}
    for _ in range(9):
        for kind, hashed in stored.items():
            samples[kind].append(await asyncio.to_thread(work, hashed))
    taken = {kind: statistics.median(values) for kind, values in samples.items()}
    hasher.close()
    assert max(taken.values()) < 1.25 * min(taken.values()), taken


async def test_the_longest_passwords(hasher):
    longest = "字" * 1024
    hashed = await hasher.hash(longest)
    assert await hasher.verify(longest, hashed) == (True, None)
    assert await hasher.verify(longest[:-1], hashed) == (False, None)
    assert await hasher.verify("x" * 1_000_000, hashed) == (False, None)
    assert await hasher.verify("\ud800", hashed) == (False, None)


async def test_the_event_loop_goes_on_and_threads_are_bounded():
    hasher = PasswordHasher(memory_kib=32_768, passes=4, parallel=2)
    running, most = 0, 0
    lock = threading.Lock()
    verify = hasher._verify

    def counting(*arguments):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            return verify(*arguments)
        finally:
            with lock:
                running -= 1

    hasher._verify = counting
    tasks = [asyncio.create_task(hasher.verify("salah", None)) for _ in range(8)]
    longest, last = 0.0, time.perf_counter()
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0.001)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    assert most == 2
    assert longest < 0.25
    hasher.close()
