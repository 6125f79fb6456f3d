"""Partnership: its tiers, and who registers for them."""

from __future__ import annotations

from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Slice
from colonnade.products.radio.membership.routes import ROUTES
from colonnade.products.radio.membership.schemas import MembershipSettings
from colonnade.products.radio.membership.seed import seed_registrations

__all__ = ["SLICE"]

SLICE = Slice(
    name="membership",
    routes=[ROUTES],
    budgets=[Budget("memberships", "5/hour")],
    settings=MembershipSettings,
    seed=seed_registrations,
)
