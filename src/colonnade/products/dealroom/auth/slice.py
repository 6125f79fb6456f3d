"""Sign-in, devices, passwords, second factors, addresses and providers; the personal data that this stores."""

from __future__ import annotations

from colonnade.kernel.identity import IDENTITY_DATA, SignInSettings
from colonnade.kernel.product import Slice
from colonnade.products.dealroom.auth.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="auth",
    routes=[ROUTES],
    settings=SignInSettings,
    personal_data=IDENTITY_DATA,
)
