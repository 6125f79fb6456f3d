"""The principal of a request, and the permissions of roles.

Permissions are `resource:action` strings; a product's `policy.py` maps each role to the permissions it has. A
permission that the policy does not declare cannot be granted, and an application with a route that requires one does
not start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from colonnade.kernel.core import Forbidden, Unauthorized

__all__ = ["RECENT_SECONDS", "Policy", "Principal", "VerificationNeeded", "check_allowed", "may"]

RECENT_SECONDS = 600
"""How long a login or a step-up counts as recent by default."""


class Principal(msgspec.Struct, frozen=True):
    """A signed-in account, or a client with its API key, as of this request.

    `uid` is the account's public id. `session_id` identifies the session, or the key (`via_key`), whose revocation ends
    the access. `expires_at` (Unix seconds) is when the token or key expires. `permissions` are those of the role;
    through a key, those of them that the key was given.
    """

    id: int
    uid: UUID
    role: str
    name: str
    email: str
    permissions: frozenset[str]
    session_id: UUID
    expires_at: float = 0.0
    via_key: bool = False

    def may(self, permission: str) -> bool:
        """Return whether this account's role has `permission`."""
        return permission in self.permissions


class VerificationNeeded(Forbidden):
    """The operation needs a recent proof of identity, and this session's last one is too old."""

    code = "STEP_UP_REQUIRED"
    message = "Please confirm that it is you: enter your password or second factor again."


class Policy:
    """The permissions of a product and the roles that have them.

    With `custom_roles` accounts may also have roles that were created at run time (`identity.role_routes`).
    `second_factor` names the roles that need one to sign in; MFA_REQUIRED_ROLES may add others. One active account
    always keeps `admin_role`: the last is not deleted, suspended or given another role (None: no role is kept).
    Raises ValueError if a role names a permission that is not declared, or `admin_role` is no role.
    """

    def __init__(
        self,
        permissions: Mapping[str, str],
        roles: Mapping[str, Iterable[str]],
        *,
        second_factor: Iterable[str] = (),
        custom_roles: bool = False,
        admin_role: str | None = None,
    ) -> None:
        self.permissions = dict(permissions)
        self.custom_roles = custom_roles
        self.admin_role = admin_role
        self.second_factor = frozenset(second_factor)
        self.roles = {role: frozenset(names) for role, names in roles.items()}
        for role, names in self.roles.items():
            if unknown := names - self.permissions.keys():
                raise ValueError(f"role {role!r} names unknown permissions: {', '.join(sorted(unknown))}")
        if admin_role is not None and admin_role not in self.roles:
            raise ValueError(f"the administrators' role {admin_role!r} is not among the roles")

    def of(self, role: str, granted: Iterable[str] | None = None) -> frozenset[str]:
        """Return the permissions of `role`; none for a role that does not exist.

        `granted` are the permissions of a role of this name that was created at run time. They are in force if the
        policy has no role of that name and allows custom roles, as far as it declares them.
        """
        fixed = self.roles.get(role)
        if fixed is not None or granted is None or not self.custom_roles:
            return fixed or frozenset()
        return frozenset(granted).intersection(self.permissions)


def may(caller: Principal | None, permission: str) -> bool:
    """Return whether `caller` has `permission`; an anonymous caller (None) has none."""
    return caller is not None and caller.may(permission)


def check_allowed(caller: Principal | None, permission: str) -> Principal:
    """Return `caller` if it has `permission`. Raise Unauthorized or Forbidden otherwise."""
    if caller is None:
        raise Unauthorized
    if not caller.may(permission):
        raise Forbidden
    return caller
