"""Shapes of users, and the errors about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import Conflict, Email, Forbidden, GivenPassword, Line, Phone

__all__ = ["NotYours", "Role", "User", "UserCreate", "UserExists", "UserUpdate"]

Role = Literal["user", "admin"]


_NOT_IN_NAMES = frozenset('@<>/"')


class Username(Line, min_length=2, max_length=50, examples=["Melati Wulandari"]):
    """A name in any script, with spaces if it has some, and without @ < > / "; unique ignoring case."""

    @classmethod
    def judge(cls, text: str) -> None:
        """Refuse what makes an address or a tag of a name."""
        if not _NOT_IN_NAMES.isdisjoint(text):
            raise ValueError('must be a name without @ < > / "')


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
