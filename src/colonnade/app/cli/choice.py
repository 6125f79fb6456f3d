"""Chooses the products of a command with PRODUCT…: those named or, by default, those that are set up here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from colonnade.app.cli.common import fail, find_products, plan_for, say
from colonnade.app.installation import set_up_here
from colonnade.app.preparation import Plan

__all__ = ["chosen_plan"]


@contextmanager
def chosen_plan(names: Sequence[str] | None, *, or_all: bool = False) -> Iterator[Plan]:
    """Yield the products named, or those set up here, each with its settings; report those not set up yet.

    The command ends if one of those named is not set up. With `or_all`, for commands that set up what is missing,
    yield it all the same, and all products if none is named and none set up. Raise PreparationError.
    """
    plan = plan_for(find_products(names or []))
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
