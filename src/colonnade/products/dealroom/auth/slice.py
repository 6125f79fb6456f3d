"""Signing in, devices, passwords, and second factors; what is known of an account by that."""

from __future__ import annotations

from colonnade.kernel.identity import IDENTITY_DATA
from colonnade.kernel.product import Slice
from colonnade.products.dealroom.auth.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="auth",
    routes=[ROUTES],
    personal_data=IDENTITY_DATA,
)
