"""Partnership: its tiers, and registrations for them."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.limits import Budget
from colonnade.kernel.privacy import LeftData
from colonnade.kernel.product import Slice
from colonnade.products.radio.membership import actions, queries
from colonnade.products.radio.membership.routes import ROUTES
from colonnade.products.radio.membership.schemas import MembershipSettings
from colonnade.products.radio.membership.seed import seed_registrations

__all__ = ["SLICE"]

SLICE = Slice(
    name="membership",
    routes=[ROUTES],
    budgets=[Budget("memberships", "5/hour")],
    settings=MembershipSettings,
    personal_data=[
        PersonalData("registrations_handled", rows_of(queries.REGISTRATIONS_OF)),
    ],
    left_data=[
        LeftData("registrations", actions.find_left, actions.erase_left, tables=("membership_registrations",))
    ],
    seed=seed_registrations,
)
