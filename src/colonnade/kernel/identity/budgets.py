"""The budgets of identity's own routes, the same in every product that mounts them."""

from __future__ import annotations

from colonnade.kernel.identity.codes.requests import REDEMPTIONS, REQUESTS
from colonnade.kernel.identity.mfa.second_factors import GUESSES
from colonnade.kernel.identity.oauth.routes import CALLS
from colonnade.kernel.limits import Budget

__all__ = ["IDENTITY_BUDGETS"]

IDENTITY_BUDGETS: tuple[Budget, ...] = (REQUESTS, REDEMPTIONS, GUESSES, CALLS)
