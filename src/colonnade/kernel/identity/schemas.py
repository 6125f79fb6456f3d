"""Shapes of accounts and the errors about them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from colonnade.kernel.core import Conflict, Unauthorized

__all__ = ["Account", "EmailTaken", "InvalidCredentials", "StoredAccount"]


class Account(msgspec.Struct, frozen=True):
    """An account as its owner and administrators see it."""

    id: int
    name: str
    email: str
    role: str
    is_active: bool
    last_login_at: datetime | None
    created_at: datetime
    updated_at: datetime


class StoredAccount(msgspec.Struct, frozen=True):
    """An account as the login reads it."""

    id: int
    name: str
    email: str
    role: str
    is_active: bool
    password_hash: str | None


class EmailTaken(Conflict):
    """Another account has this e-mail address."""

    code = "EMAIL_TAKEN"
    message = "Another account already uses this e-mail address."


class InvalidCredentials(Unauthorized):
    """Unknown e-mail, wrong password or deactivated account: one answer for all three."""

    code = "INVALID_CREDENTIALS"
    message = "Invalid email or password"
