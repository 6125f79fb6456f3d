"""Changes one's own profile."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalidate
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity import Account, Accounts, ClientOrigin
from colonnade.kernel.mail import same_address
from colonnade.products.radio.auth.schemas import ProfileUpdate
from colonnade.products.radio.shared.schemas import SHOWN_WITH_NAMES

__all__ = ["changes_email", "update_profile"]


def changes_email(caller: Principal, data: ProfileUpdate) -> bool:
    """Return whether the e-mail address would be another one, apart from its case."""
    return bool(data.email) and not same_address(str(data.email), caller.email)


async def update_profile(
    tx: Transaction, accounts: Accounts, caller: Principal, data: ProfileUpdate, origin: ClientOrigin
) -> Account:
    """Change name or e-mail, and tell the old address of a new one. Raise as `Accounts.change` does."""
    account = await accounts.change(
        tx, caller, caller.id, name=data.name or None, email=data.email or None, origin=origin
    )
    if account.name != caller.name:
        tx.after_commit(Invalidate(SHOWN_WITH_NAMES))
    return account
