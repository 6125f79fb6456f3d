"""Signing in, one's own profile, sessions, passwords and second factors."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.radio.auth.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="auth",
    routes=[ROUTES],
)
