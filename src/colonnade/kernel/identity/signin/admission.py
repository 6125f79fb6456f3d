"""Letting in whoever has proved a first factor. Every way of signing in ends in `admit`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from colonnade.kernel.db import Transaction
from colonnade.kernel.identity.factors.actions import methods_of
from colonnade.kernel.identity.factors.queries import fetch_factors
from colonnade.kernel.identity.factors.required import role_requires_factor
from colonnade.kernel.identity.schemas import Account
from colonnade.kernel.identity.sessions.actions import open_session
from colonnade.kernel.identity.signin.schemas import MfaRequired, SignedIn

if TYPE_CHECKING:
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["admit"]

MFA_TTL = timedelta(minutes=5)
ENROLLMENT_TTL = timedelta(minutes=15)


async def admit(
    tx: Transaction,
    services: IdentityServices,
    account: Account,
    *,
    methods: Sequence[str],
    address: str,
    user_agent: str | None,
) -> SignedIn | MfaRequired:
    """Open a session for an account that has proved its first factor, or ask for the second.

    Every way of signing in ends here, but for those that are two factors by themselves. Raises
    InvalidCredentials for an account that is not active.
    """
    found = await fetch_factors(tx, account.id)
    available = methods_of(found)
    required = role_requires_factor(services, account.role)
    if not available and not required:
        issued = await open_session(
            tx, services, account.id, address=address, user_agent=user_agent, methods=methods
        )
        return SignedIn(account, issued)
    ttl = MFA_TTL if available else ENROLLMENT_TTL
    token = services.tokens.issue(
        "mfa",
        str(account.id),
        ttl,
        {"first": list(methods), "enroll": not available, "pwd": found["password_mark"]},
    )
    return MfaRequired(
        mfa_required=True,
        mfa_token=token,
        methods=list(available),
        enrollment_required=not available,
        expires_in=int(ttl.total_seconds()),
    )
