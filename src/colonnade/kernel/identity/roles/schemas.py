"""Shapes of roles made at run time, and the errors about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import Conflict, Forbidden, Line, NotFound, Token

__all__ = [
    "CustomRole",
    "LastAdmin",
    "OwnRole",
    "Permission",
    "PermissionNotHeld",
    "Role",
    "RoleChange",
    "RoleCreate",
    "RoleFixed",
    "RoleInUse",
    "RoleTaken",
    "RoleUnknown",
    "RolesAndPermissions",
    "TooManyRoles",
]


class RoleName(
    Token,
    pattern=r"[a-z][a-z0-9-]*",
    rule="must begin with a letter and consist of a-z, 0-9 and -",
    max_length=48,
    examples=["night-editor"],
):
    """The name that accounts refer to a role by."""


class Title(Line, max_length=100, examples=["Night editor"]):
    """What people call a role."""


Permissions = Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(max_length=500)]


class RoleCreate(Struct, frozen=True):
    """A new role: the name that accounts refer to it by, a title for people, its permissions."""

    name: RoleName
    title: Title
    permissions: Permissions


class RoleChange(Struct, frozen=True):
    """Another title or other permissions; they hold at once for everybody who has the role."""

    title: Title | UnsetType = UNSET
    permissions: Permissions | UnsetType = UNSET


class CustomRole(Struct, frozen=True):
    """A role as it is stored."""

    name: str
    title: str
    permissions: list[str]
    version: int
    created_at: datetime
    updated_at: datetime


class Role(Struct, frozen=True, kw_only=True, rename="camel"):
    """A role; a built-in one is part of the product, cannot be changed here, and has no version and no dates."""

    name: str
    title: str
    permissions: list[str]
    built_in: bool
    accounts: int
    version: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Permission(Struct, frozen=True):
    """A permission that roles can have."""

    name: str
    description: str


class RolesAndPermissions(Struct, frozen=True):
    """Every role, built-in ones first, and every permission there is to give."""

    roles: list[Role]
    permissions: list[Permission]


class RoleUnknown(NotFound):
    """There is no such role, neither built in nor custom."""

    code = "ROLE_UNKNOWN"
    message = "There is no such role."


class RoleTaken(Conflict):
    """There is a role of this name."""

    code = "ROLE_TAKEN"
    message = "There is already a role of this name."


class RoleFixed(Conflict):
    """Built-in roles are part of the product."""

    code = "ROLE_BUILT_IN"
    message = "This role is built in and cannot be changed."


class LastAdmin(Conflict):
    """No active account would be left that has the administrators' role."""

    code = "LAST_ADMIN"
    message = "This is the last active administrator: make someone else administrator first."


class RoleInUse(Conflict):
    """Accounts have this role."""

    code = "ROLE_IN_USE"
    message = "Accounts have this role: give them another one first."


class TooManyRoles(Conflict):
    """There is the maximum number of roles."""

    code = "TOO_MANY_ROLES"
    message = "There are too many roles: delete one that nobody has."


class PermissionNotHeld(Forbidden):
    """A permission to be given or taken is one that the caller lacks."""

    code = "PERMISSION_NOT_HELD"
    message = "You can only give and take permissions that you have yourself."


class OwnRole(Forbidden):
    """Only somebody else may change one's own role."""

    code = "OWN_ROLE"
    message = "You cannot change your own role."
