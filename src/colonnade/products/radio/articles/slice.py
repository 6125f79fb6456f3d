"""Articles: written by editors, read by everybody."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.product import Slice
from colonnade.kernel.search import upkeep
from colonnade.products.radio.articles import queries
from colonnade.products.radio.articles.actions import unname_author
from colonnade.products.radio.articles.routes import ROUTES
from colonnade.products.radio.articles.seed import seed_articles

__all__ = ["SLICE"]

SLICE = Slice(
    name="articles",
    routes=[ROUTES],
    jobs=[upkeep(queries.CORPUS)],
    trash=[queries.TRASH],
    personal_data=[
        PersonalData("articles", rows_of(queries.ARTICLES_OF), unname_author),
    ],
    seed=seed_articles,
)
