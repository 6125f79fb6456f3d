"""Sign-up, one's own account, and administration."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData
from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Slice
from colonnade.products.dealroom.users.queries import collect_profile
from colonnade.products.dealroom.users.routes import ROUTES
from colonnade.products.dealroom.users.seed import DEMO_LOGINS, seed_profiles

__all__ = ["SLICE"]

SLICE = Slice(
    name="users",
    routes=[ROUTES],
    budgets=[Budget("sign-ups", "30/hour")],
    personal_data=[PersonalData("profile", collect_profile)],
    demo_logins=DEMO_LOGINS,
    seed=seed_profiles,
)
