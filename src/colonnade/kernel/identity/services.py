"""What identity adds to the services below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from colonnade.kernel.exports.services import ExportServices
from colonnade.kernel.identity.oauth.client import ProviderClient
from colonnade.kernel.identity.password_policy.breach import BreachCheck
from colonnade.kernel.identity.passwords import PasswordHasher
from colonnade.kernel.limits import LoginGuard
from colonnade.kernel.outbound import Outbound

__all__ = ["IdentityServices"]


@dataclass(kw_only=True)
class IdentityServices(ExportServices):
    """What people are known with."""

    login_guard: LoginGuard
    hasher: PasswordHasher
    outbound: Outbound
    providers: Mapping[str, ProviderClient]
    breaches: BreachCheck | None = None
