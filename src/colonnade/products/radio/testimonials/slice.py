"""Testimonials of listeners, reviewed before they are shown."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.limits import Budget
from colonnade.kernel.privacy import LeftData
from colonnade.kernel.product import Slice
from colonnade.kernel.search import upkeep
from colonnade.products.radio.testimonials import actions, queries
from colonnade.products.radio.testimonials.routes import ROUTES
from colonnade.products.radio.testimonials.seed import seed_testimonials

__all__ = ["SLICE"]

SLICE = Slice(
    name="testimonials",
    routes=[ROUTES],
    jobs=[upkeep(queries.CORPUS)],
    budgets=[Budget("testimonials", "5/hour"), Budget("testimonial-edits", "30/hour")],
    personal_data=[
        PersonalData("testimonials_reviewed", rows_of(queries.TESTIMONIALS_OF)),
    ],
    left_data=[LeftData("testimonials", actions.find_left, actions.erase_left, tables=("testimonials",))],
    seed=seed_testimonials,
)
