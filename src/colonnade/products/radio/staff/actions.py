"""Changes staff accounts."""

from __future__ import annotations

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalidate
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity import Account, Accounts, ClientOrigin, fetch_account
from colonnade.products.radio.shared.schemas import SHOWN_WITH_NAMES
from colonnade.products.radio.staff.schemas import StaffUpdate

__all__ = ["update_staff"]


async def update_staff(
    tx: Transaction,
    accounts: Accounts,
    caller: Principal,
    account_id: int,
    data: StaffUpdate,
    origin: ClientOrigin,
) -> Account:
    """Change a member of staff; a lost role or a deactivation ends the account's sessions.

    Raise as `Accounts.change` does: NotFound, VerificationNeeded, LastAdmin, Forbidden or PermissionNotHeld if the
    account's role or the new one has permissions that the caller lacks, Unauthorized if the caller's session has ended.
    """
    before = await fetch_account(tx, account_id)
    account = await accounts.change(
        tx,
        caller,
        account_id,
        name=data.name or None,
        role=data.role or None,
        is_active=None if data.is_active is UNSET else data.is_active,
        origin=origin,
    )
    if account.name != before.name:
        tx.after_commit(Invalidate(SHOWN_WITH_NAMES))
    return account
