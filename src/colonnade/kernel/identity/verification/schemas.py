"""Shapes of verifying an address."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from colonnade.kernel.core import Email, GivenPassword
from colonnade.kernel.identity.codes.schemas import Code

__all__ = ["EmailConfirmation"]


class EmailConfirmation(Struct, frozen=True):
    """An address, the code that was sent there, and the password of an account that somebody signed up for.

    The password is not needed by its session.
    """

    email: Email
    code: Code
    password: GivenPassword | UnsetType = UNSET
