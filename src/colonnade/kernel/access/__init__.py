"""Authorisation: principals, roles and permissions."""

from colonnade.kernel.access.claims import TokenClaims, TokenHolder
from colonnade.kernel.access.principal import (
    RECENT_SECONDS,
    Policy,
    Principal,
    VerificationNeeded,
    check_allowed,
    may,
)

__all__ = [
    "RECENT_SECONDS",
    "Policy",
    "Principal",
    "TokenClaims",
    "TokenHolder",
    "VerificationNeeded",
    "check_allowed",
    "may",
]
