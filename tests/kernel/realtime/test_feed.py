"""The order of one room's events, without any I/O."""

from __future__ import annotations

import random

import pytest

from colonnade.kernel.realtime.feed import RoomFeed


def feed(delivered: int | None = 0) -> tuple[RoomFeed[int], list[int]]:
    got: list[int] = []
    return RoomFeed(got.append, delivered), got


def test_events_in_order_are_delivered_at_once() -> None:
    room, got = feed()
    for seq in (1, 2, 3):
        room.offer(seq, seq)
        assert got[-1] == seq
    assert not room.waiting


def test_an_early_event_waits_for_those_before_it() -> None:
    room, got = feed()
    room.offer(3, 3)
    room.offer(2, 2)
    assert (got, room.waiting) == ([], True)
    room.offer(1, 1)
    assert (got, room.waiting) == ([1, 2, 3], False)


def test_doubles_are_dropped() -> None:
    room, got = feed(5)
    for seq in (5, 6, 6, 4, 7, 6):
        room.offer(seq, seq)
    assert got == [6, 7]


def test_before_it_is_primed_everything_waits() -> None:
    room, got = feed(None)
    for seq in (7, 5, 6):
        room.offer(seq, seq)
    assert got == []
    room.prime(5)
    assert (got, room.position) == ([6, 7], 7)
    room.prime(1)
    assert room.position == 7


def test_pruned_numbers_are_given_up() -> None:
    room, got = feed(1)
    room.offer(9, 9)
    room.skip_to(8)
    assert (got, room.position) == ([9], 9)
    room.skip_to(3)
    assert room.position == 9


def test_what_is_held_is_bounded_and_the_oldest_are_kept() -> None:
    room, got = feed()
    for seq in range(2, 3_000):
        room.offer(seq, seq)
    room.offer(1, 1)
    assert got == list(range(1, 1_001))
    room.offer(1_002, 1_002)
    for seq in range(5_000, 6_500):
        room.offer(seq, seq)
    room.offer(1_001, 1_001)
    assert (got[-2:], room.position) == ([1_001, 1_002], 1_002)


@pytest.mark.parametrize("seed", range(20))
def test_any_order_with_any_doubles_is_delivered_in_order_once(seed: int) -> None:
    chance = random.Random(seed)
    offers = [seq for seq in range(1, 60) for _ in range(chance.randint(1, 3))]
    chance.shuffle(offers)
    room, got = feed()
    for seq in offers:
        room.offer(seq, seq)
    assert got == list(range(1, 60))
