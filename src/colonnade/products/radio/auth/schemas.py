"""Shapes of signing in and of one's own profile."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.products.radio.shared.schemas import Email, StaffName

__all__ = ["Login", "Me", "ProfileUpdate"]


class Login(Struct, frozen=True):
    """E-mail and password of a staff account."""

    email: Email
    password: Annotated[str, Meta(min_length=8, max_length=1024)]


class Me(Struct, frozen=True):
    """One's own account."""

    id: int
    name: str
    email: str
    role: str
    permissions: list[str]
    last_login_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ProfileUpdate(Struct, frozen=True):
    """The changes of one's own profile."""

    name: StaffName | UnsetType = UNSET
    email: Email | UnsetType = UNSET
