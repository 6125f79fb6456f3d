"""Explains in sentences, from the account over its role to the permission, why an account has it or not.

It predicts the decision of the guards and decides nothing itself.

Out of scope: permissions that depend on the object (`access_*` in a slice's actions).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

from colonnade.kernel.access import Policy
from colonnade.kernel.core import counted
from colonnade.kernel.db import Executor, Record
from colonnade.kernel.identity import queries
from colonnade.kernel.identity.roles.queries import list_custom_roles

__all__ = ["Explanation", "explain_access"]


class Explanation(msgspec.Struct, frozen=True):
    """Whether the account has the permission (given a session), and the reasons."""

    allowed: bool
    reasons: tuple[str, ...]


async def explain_access(db: Executor, policy: Policy, user: str, permission: str) -> Explanation:
    """Explain why the account `user` (an id or e-mail address) has `permission`, or why not."""
    if permission not in policy.permissions:
        return Explanation(False, (_unknown("permission", permission, policy.permissions),))
    row = await queries.find_access(db, user)
    if row is None:
        return Explanation(False, (f"There is no account {user}.",))
    reasons = [f"Account {row['id']} ({row['name']}) has the role {row['role']!r}."]
    active = _describe_state(row, reasons)
    held = policy.of(row["role"], row["granted"])
    _describe_role(policy, row, reasons)
    if permission in held:
        reasons.append(f"The role has {permission!r} ({policy.permissions[permission]}).")
    else:
        others = sorted(role for role, names in policy.roles.items() if permission in names)
        others += [name for name in await _custom_roles_with(db, policy, permission) if name not in others]
        who = f"Roles that have it: {', '.join(others)}." if others else "No role has it."
        reasons.append(f"The role does not have {permission!r} ({policy.permissions[permission]}). {who}")
    if active:
        reasons.append(await _describe_ways(db, row["id"], permission))
    return Explanation(active and permission in held, tuple(reasons))


def _describe_state(row: Record, reasons: list[str]) -> bool:
    """Add the reason why the account cannot act, if there is one; return whether it can."""
    if row["deleted_at"] is not None:
        reasons.append("The account was deleted: nobody can sign in to it.")
    elif row["suspended_at"] is not None:
        when = row["suspended_at"].date().isoformat()
        reasons.append(
            f"The account has been suspended since {when} ({row['suspended_reason']}): it may do nothing."
        )
    elif not row["is_active"]:
        reasons.append("The account is deactivated: it may do nothing.")
    return bool(row["is_active"])


def _describe_role(policy: Policy, row: Record, reasons: list[str]) -> None:
    role = row["role"]
    if role in policy.roles:
        reasons.append("The role is built in: its permissions are in the product's policy.")
    elif row["granted"] is None:
        reasons.append(_unknown("role", role, policy.roles))
    elif not policy.custom_roles:
        reasons.append(
            "The role was made at run time, which this product's policy does not allow: it has no permissions."
        )
    else:
        reasons.append(f"The role was made at run time ({row['role_title']}).")
    if role in policy.second_factor:
        reasons.append("The role demands a second factor at sign-in.")


async def _custom_roles_with(db: Executor, policy: Policy, permission: str) -> list[str]:
    if not policy.custom_roles:
        return []
    made = await list_custom_roles(db)
    return [role.name for role in made if permission in role.permissions and role.name not in policy.roles]


async def _describe_ways(db: Executor, account_id: int, permission: str) -> str:
    row = await queries.count_ways_in(db, account_id, permission)
    keys = f" API keys with this permission: {row['scoped']} of {row['keys']}." if row["keys"] else ""
    return f"The account has {counted(row['sessions'], 'live session')}.{keys}"


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=3)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    return f"The product has no {kind} {name!r}.{hint}"
