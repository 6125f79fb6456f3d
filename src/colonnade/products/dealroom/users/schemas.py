"""Shapes of users, and the errors about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import UNSEEN, Conflict, Email, Forbidden, GivenPassword, Phone, Token

__all__ = ["NotYours", "Role", "User", "UserCreate", "UserExists", "UserUpdate"]

Role = Literal["user", "admin"]


class Username(
    Token,
    pattern=rf"[^{UNSEEN}@<>/\x22]+",
    rule='must be a name without spaces and @ < > / "',
    min_length=3,
    max_length=50,
    examples=["melati"],
):
    """A name without spaces, unique ignoring case."""


Password = Annotated[str, Meta(min_length=8, max_length=1024, examples=["kunci-rumah-kita-77"])]


class User(Struct, frozen=True, rename="camel"):
    """A user; `phone_number` is in E.164 form."""

    id: int
    username: str
    email: str
    phone_number: str | None
    role: str
    is_active: bool
    last_login_at: datetime | None
    created_at: datetime
    updated_at: datetime


class UserCreate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A new user."""

    username: Username
    email: Email
    password: Password
    phone_number: Phone


class UserUpdate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The changes of a user; absent fields stay.

    A new password or e-mail address of one's own needs `current_password`. `role` is for administrators.
    """

    username: Username | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone_number: Phone | UnsetType = UNSET
    password: Password | UnsetType = UNSET
    current_password: GivenPassword | UnsetType = UNSET
    role: Role | UnsetType = UNSET


class UserExists(Conflict):
    """Another user has this username, e-mail address or telephone number; the answer does not say which."""

    code = "USER_EXISTS"
    message = "User already exists"


class NotYours(Forbidden):
    """Only the account's owner may change this."""

    code = "OWNER_ONLY"
    message = "Only the user can change this. A forgotten password is reset by mail."
