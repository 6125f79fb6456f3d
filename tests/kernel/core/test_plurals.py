"""A number takes the noun's singular only when it is one."""

from __future__ import annotations

import pytest

from colonnade.kernel.core import counted


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (21, "21 entries")]
)
def test_the_noun_agrees_with_its_number(number: int, text: str) -> None:
    assert counted(number, "entry", "entries") == text


def test_an_s_makes_the_plural_by_default() -> None:
    assert (counted(1, "live session"), counted(3, "live session")) == ("1 live session", "3 live sessions")
