"""Programmes, presenters, and the schedule of broadcasts."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.radio.programs.queries import PRESENTERS_TRASH, PROGRAMS_TRASH
from colonnade.products.radio.programs.routes import ROUTES
from colonnade.products.radio.programs.seed import seed_programs

__all__ = ["SLICE"]

SLICE = Slice(
    name="programs",
    routes=[ROUTES],
    trash=[PROGRAMS_TRASH, PRESENTERS_TRASH],
    seed=seed_programs,
)
