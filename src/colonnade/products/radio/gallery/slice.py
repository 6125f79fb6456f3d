"""Pictures of the station."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Slice
from colonnade.kernel.search import upkeep
from colonnade.products.radio.gallery import queries
from colonnade.products.radio.gallery.routes import ROUTES
from colonnade.products.radio.gallery.seed import seed_gallery

__all__ = ["SLICE"]

SLICE = Slice(
    name="gallery",
    routes=[ROUTES],
    jobs=[upkeep(queries.CORPUS)],
    budgets=[Budget("uploads", "10/hour")],
    personal_data=[
        PersonalData("pictures", rows_of(queries.PICTURES_OF)),
    ],
    seed=seed_gallery,
)
