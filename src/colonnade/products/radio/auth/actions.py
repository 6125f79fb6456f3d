"""Changing one's own profile."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalidate
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity import Account, update_account
from colonnade.products.radio.auth.schemas import ProfileUpdate
from colonnade.products.radio.common import SHOWN_WITH_NAMES

__all__ = ["update_profile"]


async def update_profile(tx: Transaction, caller: Principal, data: ProfileUpdate) -> Account:
    """Change name or e-mail; raises EmailTaken."""
    if data.name:
        tx.after_commit(Invalidate(SHOWN_WITH_NAMES))
    return await update_account(tx, caller.id, name=data.name or None, email=data.email or None)
