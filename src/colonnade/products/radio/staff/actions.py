"""Creates and deactivates staff accounts, and changes their roles."""

from __future__ import annotations

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import Invalidate
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity import (
    Account,
    Accounts,
    end_account_sessions,
    fetch_account,
    insert_account,
    update_account,
)
from colonnade.products.radio.shared.schemas import SHOWN_WITH_NAMES
from colonnade.products.radio.staff.schemas import StaffCreate, StaffUpdate

__all__ = ["create_staff", "update_staff"]


async def create_staff(
    tx: Transaction,
    accounts: Accounts,
    caller: Principal,
    data: StaffCreate,
    password_hash: str,
    origin: Origin | None = None,
) -> Account:
    """Create an active account.

    Raise EmailTaken if another account has the address, and otherwise as `Accounts.check_grant` does.
    """
    await accounts.check_grant(tx, caller, data.role)
    account = await insert_account(
        tx, email=data.email, name=data.name, role=data.role, password_hash=password_hash
    )
    target = ("account", account.id)
    await record(tx, action="staff.created", target=target, after={"role": account.role}, origin=origin)
    return account


async def update_staff(
    tx: Transaction,
    accounts: Accounts,
    caller: Principal,
    account_id: int,
    data: StaffUpdate,
    origin: Origin | None = None,
) -> Account:
    """Change a member of staff; a lost role or a deactivation ends the account's sessions.

    Raise as `Accounts.lock_account` does: NotFound, LastAdmin, Forbidden or PermissionNotHeld if the account's role or
    the new one has permissions that the caller lacks, Unauthorized if the caller's session has ended.
    """
    await accounts.lock_account(
        tx, caller, account_id, role=data.role or None, demotes=data.is_active is False
    )
    before = await fetch_account(tx, account_id)
    account = await update_account(
        tx,
        account_id,
        name=data.name or None,
        role=data.role or None,
        is_active=None if data.is_active is UNSET else data.is_active,
    )
    if account.name != before.name:
        tx.after_commit(Invalidate(SHOWN_WITH_NAMES))
    if account.role != before.role or not account.is_active:
        await end_account_sessions(tx, account_id, "role-changed" if account.is_active else "deactivated")
    await record(
        tx,
        action="staff.updated",
        target=("account", account_id),
        before=_audited(before),
        after=_audited(account),
        hide=("name",),
        origin=origin,
    )
    return account


def _audited(account: Account) -> dict[str, object]:
    return {"name": account.name, "role": account.role, "is_active": account.is_active}
