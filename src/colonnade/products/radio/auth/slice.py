"""Sign-in, one's own profile, sessions, passwords, second factors and keys; data export and account deletion."""

from __future__ import annotations

from colonnade.kernel.identity import IDENTITY_DATA
from colonnade.kernel.product import Slice
from colonnade.products.radio.auth.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="auth",
    routes=[ROUTES],
    personal_data=IDENTITY_DATA,
)
