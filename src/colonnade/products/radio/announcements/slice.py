"""Announcements that are shown for a while."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.product import Slice
from colonnade.products.radio.announcements import queries
from colonnade.products.radio.announcements.routes import ROUTES
from colonnade.products.radio.announcements.seed import seed_announcements

__all__ = ["SLICE"]

SLICE = Slice(
    name="announcements",
    routes=[ROUTES],
    trash=[queries.TRASH],
    personal_data=[
        PersonalData("announcements", rows_of(queries.ANNOUNCEMENTS_OF)),
    ],
    seed=seed_announcements,
)
