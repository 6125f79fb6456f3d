"""Chooses the products of a command with PRODUCT…: those named or, by default, those that are set up here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from colonnade.app.cli.common import database_plan_for, fail, find_products, plan_for, say
from colonnade.app.databases import HasDatabase
from colonnade.app.installation import set_up_here
from colonnade.kernel.core.settings import Settings

if TYPE_CHECKING:  # importing it takes a second, which commands on databases spare
    from colonnade.app.facts import Facts
    from colonnade.app.preparation import Plan

__all__ = ["chosen_databases", "chosen_plan"]

P = TypeVar("P", bound=HasDatabase)


@contextmanager
def chosen_plan(names: Sequence[str] | None, *, or_all: bool = False) -> Iterator[Plan]:
    """Yield the products named, or those set up here, each with its settings; report those not set up yet.

    The command ends if one of those named is not set up. With `or_all`, for commands that set up what is missing,
    yield it all the same, and all products if none is named and none set up. Raise PreparationError.
    """
    with _choose(plan_for(find_products(names or [])), names, or_all=or_all) as plan:
        yield plan


@contextmanager
def chosen_databases(names: Sequence[str] | None) -> Iterator[Sequence[tuple[Facts, Settings]]]:
    """Yield the same as `chosen_plan` with `or_all`, for commands that need no more of a product than its database."""
    with _choose(database_plan_for(names or []), names, or_all=True) as plan:
        yield plan


@contextmanager
def _choose(
    plan: Sequence[tuple[P, Settings]], names: Sequence[str] | None, *, or_all: bool
) -> Iterator[Sequence[tuple[P, Settings]]]:
    if names and or_all:
        yield plan
        return
    with set_up_here(plan) as found:
        here = set(found)
        if or_all and not here:
            here = {product.name for product, _ in plan}
        for product, _ in plan:
            if product.name not in here:
                missing = f"{product.title}: not set up yet: colonnade up {product.name}"
                fail(missing) if names else say(missing)
        yield [(product, settings) for product, settings in plan if product.name in here]
