"""Accounts of the station's staff."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.product import DemoLogin, Slice
from colonnade.products.radio.staff.queries import ROLE_OF
from colonnade.products.radio.staff.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="staff",
    routes=[ROUTES],
    personal_data=[PersonalData("role", rows_of(ROLE_OF))],
    demo_logins=(
        DemoLogin("admin", "admin@elshaddaifm.id", "admin-elshaddai", "Maria Simanjuntak"),
        DemoLogin("editor", "editor@elshaddaifm.id", "editor-elshaddai", "Rina Hutapea"),
        DemoLogin("penyiar", "penyiar@elshaddaifm.id", "penyiar-elshaddai", "Yohanes Situmorang"),
    ),
)
