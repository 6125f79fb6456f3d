"""Demonstration data: a shop owner with three customers; written once into an empty database, slice by slice."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.db import Transaction
from colonnade.kernel.product import DemoLogin
from colonnade.products.dealroom.messages.seed import seed_messages
from colonnade.products.dealroom.sellers.seed import seed_sellers
from colonnade.products.dealroom.sessions.seed import seed_sessions
from colonnade.products.dealroom.users.seed import NAMES, seed_profiles
from colonnade.products.dealroom.vendors.seed import seed_vendors

__all__ = ["DEMO_LOGINS", "seed"]

DEMO_LOGINS = (
    DemoLogin("admin", "admin@dealroom.test", "admin-dealroom", NAMES["admin"]),
    DemoLogin("user", "melati@dealroom.test", "melati-dealroom", NAMES["user"]),
)


async def seed(tx: Transaction, accounts: Mapping[str, int]) -> None:
    """Write what each slice shows."""
    await seed_profiles(tx, accounts)
    await seed_sessions(tx, accounts)
    await seed_vendors(tx, accounts)
    await seed_sellers(tx, accounts)
    await seed_messages(tx, accounts)
