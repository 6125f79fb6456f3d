"""State changes of roles: create, change, delete, assign. Nobody gives or takes a permission that they lack."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET

from colonnade.kernel.access import Policy, Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import Invalid, check_version
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity.notices import Notices
from colonnade.kernel.identity.origins import ClientOrigin
from colonnade.kernel.identity.queries import check_recent_proof, fetch_account
from colonnade.kernel.identity.roles import queries
from colonnade.kernel.identity.roles.locking import check_still_holds, lock_account
from colonnade.kernel.identity.roles.schemas import (
    CustomRole,
    LastAdmin,
    OwnRole,
    PermissionNotHeld,
    RoleChange,
    RoleCreate,
    RoleFixed,
    RoleInUse,
    RoleTaken,
    RoleUnknown,
    TooManyRoles,
)
from colonnade.kernel.identity.schemas import Account
from colonnade.kernel.identity.sessions.actions import end_account_sessions
from colonnade.kernel.identity.sessions.schemas import AccountEnded

__all__ = ["assign_role", "change_role", "check_held", "create_role", "remove_role"]

MAX_ROLES = 100


async def create_role(
    tx: Transaction, caller: Principal, policy: Policy, data: RoleCreate, origin: Origin | None = None
) -> CustomRole:
    """Create a role.

    Raise Invalid for an unknown permission, PermissionNotHeld for one that the caller lacks, Forbidden if the caller
    has lost rights since the request began, Unauthorized if its session has ended, RoleTaken if the name is used,
    TooManyRoles beyond `MAX_ROLES`.
    """
    permissions = _checked(caller, policy, data.permissions)
    await check_still_holds(tx, policy, caller)
    if data.name in policy.roles:
        raise RoleTaken(field="name")
    if await queries.count_custom_roles(tx) >= MAX_ROLES:
        raise TooManyRoles
    role = await queries.insert_role(tx, data.name, data.title, permissions)
    await record(tx, action="role.created", target=("role", role.name), after=_kept(role), origin=origin)
    return role


async def change_role(
    tx: Transaction,
    caller: Principal,
    policy: Policy,
    name: str,
    data: RoleChange,
    *,
    version: int | None = None,
    origin: Origin | None = None,
) -> CustomRole:
    """Change a role's title or permissions, at once; the sockets of accounts with the role have to reconnect.

    Raise RoleUnknown if there is no such role, RoleFixed if it is built in, OwnRole if it is the caller's,
    PreconditionFailed if `version` is not the current one, VerificationNeeded without a recent proof of who the caller
    is; Invalid, PermissionNotHeld, Forbidden and Unauthorized as `create_role` does.
    """
    before = await _lock(tx, caller, policy, name)
    await check_recent_proof(tx, caller)
    check_version(version, before.version)
    permissions = (
        before.permissions if data.permissions is UNSET else _checked(caller, policy, data.permissions)
    )
    title = before.title if data.title is UNSET else data.title
    if (title, permissions) == (before.title, before.permissions):
        return before
    role = await queries.update_role(tx, name, title, permissions)
    await record(
        tx,
        action="role.changed",
        target=("role", name),
        before=_kept(before),
        after=_kept(role),
        origin=origin,
    )
    if role.permissions != before.permissions:
        for account_id in await queries.list_signed_in(tx, name):
            # Sessions continue; sockets keep the permissions that their caller had when they connected.
            tx.after_commit(AccountEnded(account_id))
    return role


async def remove_role(
    tx: Transaction,
    caller: Principal,
    policy: Policy,
    name: str,
    *,
    version: int | None = None,
    origin: Origin | None = None,
) -> None:
    """Delete a role. Raise RoleInUse if an account has it, and otherwise as `change_role` does, without the proof."""
    role = await _lock(tx, caller, policy, name)
    check_version(version, role.version)
    if await queries.is_used(tx, name):
        raise RoleInUse
    await queries.delete_role(tx, name)
    await record(tx, action="role.deleted", target=("role", name), before=_kept(role), origin=origin)


async def assign_role(
    tx: Transaction,
    notices: Notices,
    caller: Principal,
    policy: Policy,
    account_id: int,
    name: str,
    origin: ClientOrigin | None = None,
) -> Account:
    """Give another account a role, built-in or custom; its sessions end, so that new ones have the role.

    The owner is told by mail. Raise VerificationNeeded without a recent proof of who the caller is, RoleUnknown or
    NotFound if there is no such role or account, OwnRole if the account is the caller's, PermissionNotHeld if the
    present or the new role has a permission that the caller lacks, LastAdmin if no administrator would be left,
    Forbidden if the caller has lost rights since the request began, Unauthorized if its session has ended.
    """
    if account_id == caller.id:
        raise OwnRole
    given = {name, caller.role} - policy.roles.keys() if policy.custom_roles else set()
    custom = (await queries.lock_roles_shared(tx, *given)).get(name) if given else None
    if name not in policy.roles and custom is None:
        raise RoleUnknown
    account = await lock_account(tx, policy, caller, account_id, demotes=name != policy.admin_role)
    check_held(caller, account.permissions)
    check_held(caller, policy.of(name, custom.permissions if custom else None))
    if account.is_last_admin:
        raise LastAdmin
    if account.role != name:
        await queries.set_role(tx, account_id, name)
        await end_account_sessions(tx, account_id, "role-changed")
        await notices.note_change(
            tx, account_id, "role-changed", origin, {"role": name}, before={"role": account.role}
        )
    return await fetch_account(tx, account_id)


async def _lock(tx: Transaction, caller: Principal, policy: Policy, name: str) -> CustomRole:
    if name in policy.roles:
        raise RoleFixed
    role = (await queries.lock_roles(tx, name, caller.role)).get(name)
    if role is None:
        raise RoleUnknown
    if name == caller.role:
        raise OwnRole
    check_held(caller, policy.of(name, role.permissions))
    await check_still_holds(tx, policy, caller)
    return role


def _checked(caller: Principal, policy: Policy, names: Iterable[str]) -> list[str]:
    permissions = sorted(set(names))
    if unknown := [name for name in permissions if name not in policy.permissions]:
        raise Invalid(fields={"permissions": f"There is no permission called {', '.join(unknown)}"})
    check_held(caller, permissions)
    return permissions


def check_held(caller: Principal, permissions: Iterable[str]) -> None:
    """Raise PermissionNotHeld if the caller lacks one of the permissions to be given or taken."""
    if missing := sorted(name for name in permissions if not caller.may(name)):
        raise PermissionNotHeld(details={"permissions": missing})


def _kept(role: CustomRole) -> dict[str, object]:
    return {"title": role.title, "permissions": role.permissions}
