"""Shapes of vendors, and the errors about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import Conflict, NotFound
from colonnade.products.dealroom.shared.schemas.fields import Name, PhoneText

__all__ = ["Vendor", "VendorCreate", "VendorExists", "VendorNotFound", "VendorUpdate"]

Persona = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4000,
        description="How the vendor speaks and behaves.",
        examples=["Ramah, singkat, menyapa pelanggan dengan nama."],
    ),
]
Language = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$(?!\n)",
        max_length=35,
        description="BCP 47",
        examples=["id"],
    ),
]


class Vendor(Struct, frozen=True, rename="camel"):
    """The vendor who answers in a session: a persona and a telephone number (E.164, and as it was typed)."""

    id: int
    session_id: UUID
    name: str
    phone_number: str | None
    phone_number_typed: str | None
    persona: str | None
    language: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class VendorCreate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A new vendor of a session, which has one at most."""

    session_id: UUID
    name: Name
    phone_number: PhoneText | None = None
    persona: Persona | None = None
    language: Language | None = None


class VendorUpdate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The changes of a vendor; absent fields stay, `null` clears a field that may be empty."""

    name: Name | UnsetType = UNSET
    phone_number: PhoneText | UnsetType | None = UNSET
    persona: Persona | UnsetType | None = UNSET
    language: Language | UnsetType | None = UNSET


class VendorNotFound(NotFound):
    """There is no such vendor, or it is in somebody else's session."""

    code = "VENDOR_NOT_FOUND"
    message = "Vendor not found"


class VendorExists(Conflict):
    """The session has a vendor already."""

    code = "VENDOR_EXISTS"
    message = "A vendor already exists for this session"
