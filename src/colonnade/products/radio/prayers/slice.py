"""Prayer requests, encrypted, and redacted after the retention time."""

from __future__ import annotations

from colonnade.kernel.core import EncryptedColumn
from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.limits import Budget
from colonnade.kernel.privacy import LeftData
from colonnade.kernel.product import Slice
from colonnade.products.radio.prayers import actions, queries
from colonnade.products.radio.prayers.jobs import JOBS
from colonnade.products.radio.prayers.routes import ROUTES
from colonnade.products.radio.prayers.schemas import PrayerSettings
from colonnade.products.radio.prayers.seed import seed_prayers

__all__ = ["SLICE"]

SLICE = Slice(
    name="prayers",
    routes=[ROUTES],
    jobs=JOBS,
    budgets=[Budget("prayer-requests", "5/hour")],
    settings=PrayerSettings,
    encrypted=[EncryptedColumn("prayer_requests", name) for name in ("content", "name", "contact")],
    personal_data=[
        PersonalData("prayers_marked", rows_of(queries.PRAYERS_OF)),
        PersonalData("prayers_read", rows_of(queries.READS_OF), queries.forget_reader),
    ],
    left_data=[
        LeftData("prayer_requests", actions.find_left, actions.erase_left, tables=("prayer_requests",))
    ],
    seed=seed_prayers,
)
