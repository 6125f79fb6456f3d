"""Static pages."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.product import Slice
from colonnade.products.radio.pages import queries
from colonnade.products.radio.pages.routes import ROUTES
from colonnade.products.radio.pages.seed import seed_pages

__all__ = ["SLICE"]

SLICE = Slice(
    name="pages",
    routes=[ROUTES],
    trash=[queries.TRASH],
    personal_data=[
        PersonalData("pages", rows_of(queries.PAGES_OF)),
    ],
    seed=seed_pages,
)
