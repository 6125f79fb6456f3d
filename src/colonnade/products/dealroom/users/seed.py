"""Demonstration accounts: an administrator, and a shop owner."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.core import Phone
from colonnade.kernel.db import Transaction
from colonnade.kernel.product import DemoLogin
from colonnade.products.dealroom.users.queries import insert_profile

__all__ = ["DEMO_LOGINS", "seed_profiles"]

DEMO_LOGINS = (
    DemoLogin("admin", "admin@dealroom.test", "admin-dealroom", "dimas"),
    DemoLogin("user", "melati@dealroom.test", "melati-dealroom", "melati"),
)
_PHONES = {"admin": "+62 811 1000 001", "user": "+62 811 1000 002"}


async def seed_profiles(tx: Transaction, accounts: Mapping[str, int]) -> None:
    """Give each demonstration account its username and telephone number."""
    for login in DEMO_LOGINS:
        await insert_profile(tx, accounts[login.role], login.name, Phone.read(_PHONES[login.role]))
