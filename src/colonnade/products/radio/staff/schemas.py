"""Shapes of staff administration, and its errors."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.products.radio.shared.schemas import Email, StaffName

__all__ = ["Role", "StaffCreate", "StaffUpdate"]

Role = Literal["admin", "editor", "penyiar"]


class StaffCreate(Struct, frozen=True):
    """A new member of staff."""

    email: Email
    name: StaffName
    password: Annotated[str, Meta(min_length=8, max_length=1024)]
    role: Role = "editor"


class StaffUpdate(Struct, frozen=True):
    """The changes of a staff account; deactivating it ends its sessions at once."""

    name: StaffName | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
