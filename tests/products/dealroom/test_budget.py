"""An account's budget of model calls and tokens for a day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from colonnade.products.dealroom.assistant.actions.budget import describe_usage
from colonnade.products.dealroom.assistant.queries.usage import (
    Budget,
    Used,
    find_used,
    mark_told,
    reserve_call,
)


async def test_no_call_exceeds_the_budget_not_even_the_first(room: Any) -> None:
    db = room.services.db
    assert await reserve_call(db, 1, 101, Budget(2, 100)) is None
    assert await reserve_call(db, 1, 1, Budget(0, 100)) is None
    assert await find_used(db, 1) is None
    first = await reserve_call(db, 1, 60, Budget(2, 100))
    assert first is not None
    assert (first.calls, first.tokens) == (1, 60)
    assert await reserve_call(db, 1, 41, Budget(2, 100)) is None
    second = await reserve_call(db, 1, 40, Budget(2, 100))
    assert second is not None
    assert (second.calls, second.tokens) == (2, 100)
    assert await reserve_call(db, 1, 0, Budget(2, 100)) is None
    assert await reserve_call(db, 2, 100, Budget(2, 100)) is not None  # another account's own


@pytest.mark.parametrize(
    ("calls", "tokens", "state"),
    [
        (0, 0, "ample"),
        (79, 799, "ample"),
        (80, 0, "low"),
        (0, 800, "low"),
        (99, 999, "low"),
        (100, 0, "spent"),
    ],
)
def test_four_fifths_are_low_and_all_of_it_is_spent(calls: int, tokens: int, state: str) -> None:
    shown = describe_usage(Used(date(2026, 11, 30), calls, tokens, 0), Budget(100, 1000))
    assert (shown.state, shown.share) == (state, max(calls / 100, tokens / 1000))


def test_a_budget_that_is_raised_is_spent_no_more() -> None:
    spent = Used(date(2026, 11, 30), 85, 0, 2, Budget(100, 1000))
    for budget, state in [
        (Budget(100, 1000), "spent"),
        (Budget(90, 1000), "spent"),
        (Budget(101, 1000), "low"),
        (Budget(100, 2000), "low"),
        (Budget(2000, 1000), "ample"),
    ]:
        assert describe_usage(spent, budget).state == state


async def test_the_end_of_a_budget_that_was_raised_is_told_again(room: Any) -> None:
    db = room.services.db
    small, large = Budget(2, 100), Budget(4, 100)
    async with db.transaction() as tx:
        used = await reserve_call(tx, 1, 0, Budget(1, 100))
        assert used is not None
        assert await mark_told(tx, 1, used.day, 2, small) is not None
        assert await mark_told(tx, 1, used.day, 2, small) is None
        shown = await find_used(tx, 1)
        assert shown is not None
        assert (shown.told_about(small), shown.told_about(large)) == (2, 0)
        assert await mark_told(tx, 1, used.day, 1, large) is not None
        assert await mark_told(tx, 1, used.day, 1, large) is None
