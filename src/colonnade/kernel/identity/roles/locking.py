"""Locks an account together with the accounts whose rights decide whether it may be changed.

These are the caller's, whose rights count as they are now and not as of the start of the request, and the
administrators', one of which has to stay.
"""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.kernel.access import Policy, Principal
from colonnade.kernel.core import Forbidden, NotFound
from colonnade.kernel.db import Record, Transaction
from colonnade.kernel.identity.queries import check_live, check_recent_proof
from colonnade.kernel.identity.roles import queries

__all__ = ["LockedAccount", "check_still_holds", "lock_account"]


@dataclass(frozen=True, slots=True)
class LockedAccount:
    """An account that is locked until the transaction ends; `permissions` are those of its role.

    `is_last_admin`: the change demotes it, and no other active account has the policy's `admin_role`.
    """

    id: int
    name: str
    email: str
    role: str
    permissions: frozenset[str]
    is_last_admin: bool


async def lock_account(
    tx: Transaction, policy: Policy, caller: Principal | None, account_id: int, *, demotes: bool = False
) -> LockedAccount:
    """Lock an account that is not deleted. `demotes`: the change may take its role or its sign-in away.

    Roles are locked before accounts and accounts in id order, so that two who change each other, or two who each
    demote the last but one administrator, wait for one another. Somebody else's account takes a recent proof of who
    the caller is: whoever finds an open session must not get at all accounts. Raise VerificationNeeded without one,
    NotFound if there is no such account, Forbidden if the caller has lost rights since the request began, Unauthorized
    if the caller's session has ended.
    """
    held = await _held_by(tx, policy, caller) if caller else frozenset()
    ids = [account_id] if caller is None else [account_id, caller.id]
    rows = await queries.lock_accounts(tx, ids, role=policy.admin_role if demotes else None)
    if caller is not None:
        await check_live(tx, caller)
        _check(caller, rows.get(caller.id), held)
        if caller.id != account_id:
            await check_recent_proof(tx, caller)
    row = rows.get(account_id)
    if row is None or row["deleted_at"] is not None:
        raise NotFound("There is no such account.")
    admins = {id_ for id_, each in rows.items() if each["is_active"] and each["role"] == policy.admin_role}
    return LockedAccount(
        id=account_id,
        name=row["name"],
        email=row["email"],
        role=row["role"],
        permissions=await _permissions_of(tx, policy, row["role"]),
        is_last_admin=demotes and admins == {account_id},
    )


async def check_still_holds(tx: Transaction, policy: Policy, caller: Principal) -> None:
    """Lock the caller's account.

    Raise Forbidden if it has lost rights since the request began, Unauthorized if its session has ended.
    """
    held = await _held_by(tx, policy, caller)
    rows = await queries.lock_accounts(tx, [caller.id], role=None)
    await check_live(tx, caller)
    _check(caller, rows.get(caller.id), held)


async def _permissions_of(tx: Transaction, policy: Policy, role: str) -> frozenset[str]:
    """Return the permissions of a role as they are now.

    This is a statement of its own: a subselect of the one that locks the account would be answered from the time
    before the wait for the lock.
    """
    if role in policy.roles or not policy.custom_roles:
        return policy.of(role)
    custom = await queries.find_custom_role(tx, role)
    return policy.of(role, custom.permissions if custom else None)


async def _held_by(tx: Transaction, policy: Policy, caller: Principal) -> frozenset[str]:
    """Lock the caller's role and return its permissions; they stay until the transaction ends."""
    if caller.role in policy.roles or not policy.custom_roles:
        return policy.of(caller.role)
    custom = (await queries.lock_roles_shared(tx, caller.role)).get(caller.role)
    return policy.of(caller.role, custom.permissions if custom else None)


def _check(caller: Principal, row: Record | None, held: frozenset[str]) -> None:
    if row is None or not row["is_active"] or row["role"] != caller.role or not caller.permissions <= held:
        raise Forbidden
