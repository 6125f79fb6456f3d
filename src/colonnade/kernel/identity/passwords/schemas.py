"""The rules for passwords, shapes of changing one, and the errors about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from colonnade.kernel.core import BadRequest, Conflict, Email, GivenPassword, Invalid
from colonnade.kernel.identity.codes import Code

__all__ = [
    "MAX_LENGTH",
    "RULES",
    "NewPassword",
    "PasswordChange",
    "PasswordChanged",
    "PasswordReset",
    "Rules",
    "StoredPassword",
    "WeakPassword",
    "WrongPassword",
]

MAX_LENGTH = 256
"""Far more characters than anybody types, and few enough to hash."""


class Rules(Struct, frozen=True):
    """`min_length` in characters; the last `remembered` passwords, the present one included, may not be reused."""

    min_length: int
    remembered: int


RULES: Mapping[str, Rules] = {
    "default": Rules(min_length=8, remembered=3),
    "hardened": Rules(min_length=12, remembered=10),
}

NewPassword = Annotated[
    str, Meta(min_length=8, max_length=MAX_LENGTH, description="A password of one's choice.")
]


class PasswordChange(Struct, frozen=True, rename="camel"):
    """The present password, and the one to replace it."""

    current_password: GivenPassword
    new_password: NewPassword


class PasswordReset(Struct, frozen=True):
    """The code of the mail, and a new password."""

    email: Email
    code: Code
    password: NewPassword


class StoredPassword(Struct, frozen=True):
    """An account's present password hash (None: it has no password) and its earlier ones, newest first."""

    account_id: int
    email: str
    name: str
    password_hash: str | None
    earlier_hashes: list[str]


class WeakPassword(Invalid):
    """The password is too short, among the most common, known from a leak, used before, or made of its owner's name."""

    code = "WEAK_PASSWORD"
    message = "Please choose another password."


class WrongPassword(BadRequest):
    """The present password is another one. Not 401: the caller stays signed in."""

    code = "WRONG_PASSWORD"
    message = "The current password is not correct."


class PasswordChanged(Conflict):
    """The password was changed by another request in the meantime."""

    code = "PASSWORD_CHANGED"
    message = "The password was changed in the meantime. Please try again."
