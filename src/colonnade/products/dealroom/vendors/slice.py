"""Vendors, in whose name customers are answered; each session has one, or its channel's."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData
from colonnade.kernel.product import Slice
from colonnade.products.dealroom.vendors.queries import TRASH, collect_vendors
from colonnade.products.dealroom.vendors.routes import CHANNEL_ROUTES, ROUTES
from colonnade.products.dealroom.vendors.seed import seed_vendors

__all__ = ["SLICE"]

SLICE = Slice(
    name="vendors",
    routes=[ROUTES, CHANNEL_ROUTES],
    trash=[TRASH],
    personal_data=[PersonalData("vendors", collect_vendors)],
    seed=seed_vendors,
)
