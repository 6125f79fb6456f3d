"""Figures of an owner's days, a flow over messages, answers and channels' contacts, of which it only reads."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.dealroom.reports.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="reports",
    routes=[ROUTES],
)
