"""Testimonials of listeners, reviewed before they are shown."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Slice
from colonnade.products.radio.testimonials import queries
from colonnade.products.radio.testimonials.routes import ROUTES
from colonnade.products.radio.testimonials.seed import seed_testimonials

__all__ = ["SLICE"]

SLICE = Slice(
    name="testimonials",
    routes=[ROUTES],
    budgets=[Budget("testimonials", "5/hour"), Budget("testimonial-edits", "30/hour")],
    personal_data=[
        PersonalData("testimonials_reviewed", rows_of(queries.TESTIMONIALS_OF)),
    ],
    seed=seed_testimonials,
)
