"""Who is calling, and what a role may do.

Permissions are `resource:action` strings; a product's `policy.py` maps each role to the permissions it has. A
permission that no role map names cannot be granted, and a route that asks for an unknown one does not start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from colonnade.kernel.core import Forbidden, Unauthorized

__all__ = ["Policy", "Principal", "check_allowed", "may"]


class Principal(msgspec.Struct, frozen=True):
    """A signed-in account, or somebody with its API key, as of this request.

    `session_id` names what ends when it is revoked: the session, or the key (`via_key`). `expires_at` (Unix
    seconds) is when the token or key is no longer accepted. `permissions` are those of the role; through a key
    those of them that the key was given.
    """

    id: int
    role: str
    name: str
    email: str
    permissions: frozenset[str]
    session_id: UUID
    expires_at: float = 0.0
    via_key: bool = False

    def may(self, permission: str) -> bool:
        """Whether this account's role has `permission`."""
        return permission in self.permissions


class Policy:
    """The permissions of a product and the roles that have them.

    With `custom_roles` accounts may also have roles that were made at run time (`identity.role_routes`).
    `second_factor` names the roles that must have one to sign in; MFA_REQUIRED_ROLES may add some.
    Raises ValueError when a role names a permission that is not declared.
    """

    def __init__(
        self,
        permissions: Mapping[str, str],
        roles: Mapping[str, Iterable[str]],
        *,
        second_factor: Iterable[str] = (),
        custom_roles: bool = False,
    ) -> None:
        self.permissions = dict(permissions)
        self.custom_roles = custom_roles
        self.second_factor = frozenset(second_factor)
        self.roles = {role: frozenset(names) for role, names in roles.items()}
        for role, names in self.roles.items():
            if unknown := names - self.permissions.keys():
                raise ValueError(f"role {role!r} names unknown permissions: {', '.join(sorted(unknown))}")

    def of(self, role: str, granted: Iterable[str] | None = None) -> frozenset[str]:
        """The permissions of `role`; none for a role that does not exist.

        `granted` are those of a role of this name that was made at run time. They count where the policy has
        no role of that name, allows custom roles, and still knows the permission.
        """
        fixed = self.roles.get(role)
        if fixed is not None or granted is None or not self.custom_roles:
            return fixed or frozenset()
        return frozenset(granted).intersection(self.permissions)


def may(caller: Principal | None, permission: str) -> bool:
    """Return whether `caller` has `permission`; nobody (None) has none."""
    return caller is not None and caller.may(permission)


def check_allowed(caller: Principal | None, permission: str) -> Principal:
    """`caller`, when it has `permission`; raises Unauthorized or Forbidden otherwise."""
    if caller is None:
        raise Unauthorized
    if not caller.may(permission):
        raise Forbidden
    return caller
