"""Injection by type: who provides, what a function is called with, and what is refused at the start."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from colonnade.kernel.core import SliceSettings
from colonnade.kernel.core.providing import call, check_provided, find_provider, needs_of, provided
from colonnade.kernel.core.settings import Settings


@provided("oven")
class Oven:
    """A provided type."""


class GasOven(Oven):
    """A subclass of it."""


class BakerySettings(SliceSettings):
    loaves: int = 12


OVEN = GasOven()
SERVICES: Any = SimpleNamespace(oven=OVEN, settings=Settings().including(BakerySettings(loaves=3)))


def test_what_is_not_provided_comes_from_the_caller_in_order() -> None:
    def bake(dough: str, oven: Oven, minutes: int, settings: BakerySettings) -> tuple[Any, ...]:
        return dough, oven, minutes, settings.loaves

    assert call(bake, SERVICES, "rye", 40) == ("rye", OVEN, 40, 3)
    assert [name for name, _ in needs_of(bake).own] == ["dough", "minutes"]
    assert [name for name, _ in needs_of(bake).provided] == ["oven", "settings"]


def test_a_function_may_leave_out_the_last_things_that_are_given() -> None:
    def rest(oven: GasOven) -> Oven:
        return oven

    assert call(rest, SERVICES, "rye", 40) is OVEN


def test_a_function_that_wants_more_than_is_given_is_named() -> None:
    def bake(dough: str, minutes: int) -> None: ...

    with pytest.raises(TypeError, match="bake: nothing provides minutes"):
        call(bake, SERVICES, "rye")


def test_settings_that_were_not_loaded_have_their_defaults() -> None:
    class ShopSettings(SliceSettings):
        open_at: int = 6

    getter = find_provider(ShopSettings)
    assert getter is not None
    assert getter(SERVICES) == ShopSettings(open_at=6)


@pytest.mark.parametrize("hint", [int, "Oven", Oven | None, list[Oven], None])
def test_other_types_are_nobodys(hint: Any) -> None:
    assert find_provider(hint) is None


def test_what_these_services_lack_is_refused_at_the_start() -> None:
    def bake(dough: str, oven: Oven) -> None: ...

    check_provided(bake, SERVICES)
    with pytest.raises(TypeError, match="bake: this product has no oven"):
        check_provided(bake, SimpleNamespace(oven=None))
