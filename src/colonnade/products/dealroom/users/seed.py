"""Demonstration profiles."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.shared.rules.phones import parse_phone
from colonnade.products.dealroom.users.queries import insert_profile

__all__ = ["NAMES", "seed_profiles"]

NAMES = {"admin": "dimas", "user": "melati"}
_PHONES = {"admin": "+62 811 1000 001", "user": "+62 811 1000 002"}


async def seed_profiles(tx: Transaction, accounts: Mapping[str, int]) -> None:
    """Give each demonstration account its username and telephone number."""
    for role, account_id in accounts.items():
        await insert_profile(tx, account_id, NAMES[role], parse_phone(_PHONES[role]))
