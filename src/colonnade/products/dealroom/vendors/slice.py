"""Vendors, in whose name customers are answered; each session has one."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.dealroom.vendors.queries import TRASH
from colonnade.products.dealroom.vendors.routes import ROUTES
from colonnade.products.dealroom.vendors.seed import seed_vendors

__all__ = ["SLICE"]

SLICE = Slice(
    name="vendors",
    routes=[ROUTES],
    trash=[TRASH],
    seed=seed_vendors,
)
