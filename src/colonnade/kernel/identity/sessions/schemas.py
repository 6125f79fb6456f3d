"""Shapes of sessions and refresh tokens, their events and their errors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import Event, Forbidden, GivenPassword, Unauthorized

__all__ = [
    "AccountEnded",
    "CrossSiteRefused",
    "EmailUnverified",
    "EndReason",
    "Issued",
    "LoggedIn",
    "Login",
    "Refresh",
    "RefreshRefused",
    "Refreshed",
    "Session",
    "SessionEnded",
    "SessionsEnded",
    "User",
]

EndReason = Literal[
    "logout",
    "revoked",
    "password-changed",
    "role-changed",
    "deactivated",
    "suspended",
    "deleted",
    "token-reused",
    "factors-reset",
]
"""Why a session ended, as its row and the audit log store it."""


class SessionEnded(Event, frozen=True):
    """One session (or API key, by its id) has ended: its sockets must close."""

    session_id: UUID


class AccountEnded(Event, frozen=True):
    """An account lost all its sessions (deactivated, role changed): its sockets must close."""

    account_id: int


class Issued(Struct, frozen=True):
    """The tokens of a session; each `expires_in` is in seconds. Of the refresh token only a hash is stored."""

    session_id: UUID
    account_id: int
    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int


class Session(Struct, frozen=True, rename="camel"):
    """A device that is signed in; `current` marks the one of this request. `last_seen_at` is exact to a minute."""

    id: UUID
    device: str
    address: str | None
    methods: list[str]
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool


class SessionsEnded(Struct, frozen=True):
    """How many other sessions were ended."""

    ended: int


class Login(Struct, frozen=True):
    """E-mail and password of an account."""

    email: Annotated[str, Meta(min_length=3, max_length=254, examples=["rina@example.org"])]
    password: GivenPassword


class User(Struct, frozen=True):
    """The account that signed in."""

    id: int
    name: str
    email: str
    role: str


class LoggedIn(Struct, frozen=True, rename="camel"):
    """An access token (send it as `Authorization: Bearer …`), a refresh token for the next one, and whose they are.

    The `expires_in` are seconds. With `?transport=cookie` the refresh token is in a cookie instead.
    """

    access_token: str
    expires_in: int
    refresh_expires_in: int
    user: User
    refresh_token: str | UnsetType = UNSET


class Refresh(Struct, frozen=True, rename="camel"):
    """A refresh token, or `{}` when it is in the cookie."""

    refresh_token: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET


class Refreshed(Struct, frozen=True, rename="camel"):
    """A new access token and the refresh token for the next one (which is in the cookie if the old one was)."""

    access_token: str
    expires_in: int
    refresh_expires_in: int
    refresh_token: str | UnsetType = UNSET


class EmailUnverified(Forbidden):
    """The product requires a verified e-mail address to sign in."""

    code = "EMAIL_UNVERIFIED"
    message = "Please verify your e-mail address first: ask for a code and confirm it."


class RefreshRefused(Unauthorized):
    """Unknown, used, expired or revoked: one answer for all of them."""

    code = "REFRESH_TOKEN_INVALID"
    message = "The session has ended. Please sign in again."


class CrossSiteRefused(Forbidden):
    """A page of another site would use or set the cookie."""

    code = "CROSS_SITE_REQUEST"
    message = "This request must come from a page of this site: its Origin header is missing or foreign."
