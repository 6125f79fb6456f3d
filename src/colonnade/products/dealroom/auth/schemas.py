"""Shapes of signing in."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from colonnade.kernel.core import Email, GivenPassword
from colonnade.products.dealroom.users.schemas import User

__all__ = ["Login", "SignedIn", "Tokens"]


class Login(Struct, frozen=True):
    """E-mail and password of an account."""

    email: Email
    password: GivenPassword


class SignedIn(Struct, frozen=True, rename="camel"):
    """An access token (send it as `Authorization: Bearer …`), a refresh token for the next one, and their account.

    The `expires_in` are seconds. With `?transport=cookie` the refresh token is in a cookie instead.
    """

    user: User
    token: str
    expires_in: int
    refresh_expires_in: int
    refresh_token: str | UnsetType = UNSET


class Tokens(Struct, frozen=True, rename="camel"):
    """A new access token and the refresh token for the next one (which is in the cookie if the old one was)."""

    token: str
    expires_in: int
    refresh_expires_in: int
    refresh_token: str | UnsetType = UNSET
